"""The queue of what waits to be classified."""
