"""Engines: what runs a workflow definition, the embedded one and a real Conductor server."""
