"""The contact book: how each client can be reached, built from what other services' events say."""
