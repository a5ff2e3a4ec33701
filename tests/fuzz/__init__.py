"""What broken clients and strangers may send: a hundred thousand messages, the same each time."""
