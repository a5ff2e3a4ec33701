"""The HTTP API under /api/v1, one noun a file."""
