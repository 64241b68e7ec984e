"""A second transport, on ``requests.Session``: for those who have adapters, mocks and cassettes."""
