"""A demonstration: two scripted participants with media made at run time."""
