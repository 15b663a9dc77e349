"""What is said about a ticket: replies to the client, the client's answers, and what colleagues say to each other."""
