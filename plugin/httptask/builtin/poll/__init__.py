"""``httptask.poll``: a long-running operation as one task; nothing is held open while it waits."""
