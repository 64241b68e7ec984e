"""One way out for every byte: exchanges that go through layers, judged and recorded."""
