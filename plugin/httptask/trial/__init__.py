"""Test request: the production pipeline with a bigger recorder, for one task."""
