"""The kinds of request that a ticket is classified as."""
