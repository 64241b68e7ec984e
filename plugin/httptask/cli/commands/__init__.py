"""The commands, one per file; each module's ``command`` is the command."""
