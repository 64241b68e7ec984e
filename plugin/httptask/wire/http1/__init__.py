"""HTTP/1.1 over connections of our own, each judged when it is made and when it is used again."""
