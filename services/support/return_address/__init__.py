"""Where a client's answer to our mails goes: the inbound address of a unit with an unguessable token of the ticket."""
