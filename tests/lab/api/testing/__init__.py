"""What tests use: the served lab, and nodes with or without a script."""
