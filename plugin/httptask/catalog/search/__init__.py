"""Words to ranked operations."""
