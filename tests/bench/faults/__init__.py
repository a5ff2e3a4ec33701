"""What faults cost those who are in a call: networks, crashes, disks, floods."""
