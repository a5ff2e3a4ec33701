"""How people and machines reach Farhand: pages, API, signalling, media, commands."""
