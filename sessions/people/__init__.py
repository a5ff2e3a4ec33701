"""Persons, roles, logins, invitations and who may see what."""
