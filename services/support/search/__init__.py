"""The index by which tickets are found: terms, kept with the ticket, and read by the rarest first."""
