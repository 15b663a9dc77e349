"""Prepared texts for replies: written once by a lead, in the languages of the clients, filled in for one ticket."""
