"""The editor panel: a web application on loopback, and a custom element for other editors."""
