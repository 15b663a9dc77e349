"""Messages: one per event, rule and recipient, with every attempt to deliver it."""
