"""Tags of SSM resources."""
