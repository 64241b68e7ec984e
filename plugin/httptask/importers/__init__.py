"""Requests that people already have, as HTTP tasks; nothing of a source is run or fetched.

An importer reads one format into drafts (``drafts.py``). What a draft's values become, a secret, an
input or a literal text, is decided once, in ``task.py``, by the rules of
``core/secret_names.py``.
"""
