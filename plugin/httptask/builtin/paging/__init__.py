"""``httptask.paging``: every page of a list, proven to end."""
