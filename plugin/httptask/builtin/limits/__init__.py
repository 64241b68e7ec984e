"""Limits that all tasks and processes of a machine keep together."""
