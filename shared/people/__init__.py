"""A service's own copy of the directory, kept from `directory.*` events; it converges by `sequence`."""
