"""Stories told with real browsers."""
