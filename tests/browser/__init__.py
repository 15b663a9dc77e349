"""The pages in a real browser: a support day from the client's question to the record, and every page looked at."""
