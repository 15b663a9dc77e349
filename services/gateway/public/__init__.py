"""What clients do without an account: ask for something, follow it, answer by a link."""
