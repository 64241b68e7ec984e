"""The HTTP step for workflow engines."""
