"""Default plugins, each replaceable."""
