"""Staff: who works where, in which roles and language, and the password they sign in with."""
