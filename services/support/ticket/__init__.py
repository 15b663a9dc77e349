"""A ticket: one request of a client, from its arrival to the client's confirmation and the record."""
