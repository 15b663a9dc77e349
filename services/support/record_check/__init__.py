"""The lead's daily check of the record (S004-162, S004-163): one for each unit and working day, with what is missing,
late or unanswered, and demands that a record be completed."""
