"""What is kept of a session: the packet log, what is produced from it, its timeline."""
