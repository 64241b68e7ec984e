"""Pure functions that read a response body: events, JSON, JSON lines, text."""
