"""First-run set-up: the real company and its administrator, once."""
