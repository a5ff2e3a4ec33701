"""Organisations, sites, machines and tickets."""
