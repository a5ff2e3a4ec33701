"""What breaks in the field, broken on purpose: lines, machines, disks, strangers."""
