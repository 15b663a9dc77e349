"""The files of a ticket, for whoever may see the ticket."""
