"""HTML pages, one noun a file."""
