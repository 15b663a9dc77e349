"""Rules: which event tells whom what."""
