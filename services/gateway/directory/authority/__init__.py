"""Who may handle which kind of request in a unit, from which day on, where it differs from the playbook's table."""
