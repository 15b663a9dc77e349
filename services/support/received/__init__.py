"""Whether all that came in was recorded: by unit and channel, with everything that was not (S004-52)."""
