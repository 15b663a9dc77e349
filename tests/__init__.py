"""What holds Steward to its word."""
