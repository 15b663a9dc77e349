"""Sessions: who is signed in, where, since when."""
