"""Procedures and the checklists that run them."""
