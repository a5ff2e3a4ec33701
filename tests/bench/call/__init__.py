"""How long people wait: for the first picture of a call, for the desk."""
