"""Bytes and places to JSON documents, and references across them; nothing about APIs."""
