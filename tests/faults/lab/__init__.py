"""The laboratory: networks, servers and disks that fail when a test says so, and only then."""
