"""OpenAPI 2.0, 3.0, 3.1 and 3.2 to operations with JSON Schema 2020-12."""
