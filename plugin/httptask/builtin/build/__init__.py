"""Pure functions that make the parts of a request: URL, headers, body."""
