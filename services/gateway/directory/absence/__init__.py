"""Who is away, from one day to another."""
