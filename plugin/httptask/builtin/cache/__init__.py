"""Responses that are kept for the same request to come (RFC 9111)."""
