"""Mail that comes in: each one becomes a ticket, an answer, a bounce that is told, or is parked with its reason."""
