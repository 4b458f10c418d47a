"""State Manager: associations, their rules and their runs."""
