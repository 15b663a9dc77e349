"""Failed work: rows with a story, grouped by cause, replayed or discarded by a person with a name and a reason."""
