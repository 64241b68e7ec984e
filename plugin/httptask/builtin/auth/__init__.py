"""The default authentication kinds, and the adapter for ``requests.auth`` objects."""
