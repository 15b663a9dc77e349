"""Access of other systems: tokens that are shown once, bound to a system, a unit and a few scopes."""
