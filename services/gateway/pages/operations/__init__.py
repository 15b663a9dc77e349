"""The console of whoever is on call: how every service is, what failed, and what is decided about it."""
