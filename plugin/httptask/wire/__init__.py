"""Every byte that leaves: connections, and the exchanges that go over them."""
