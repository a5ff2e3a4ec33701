"""Live rooms: who is in, what they see, what they say to the server."""
