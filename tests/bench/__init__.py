"""The project against its floor: the same work written by hand with bare clients, in interleaved rounds.

Such machines drift by a factor of two within the hour, so a figure is the median of the rounds' ratios, each round
measuring both right after each other, and never a single absolute time. `python -m tests.bench [--quick] [name ...]`
writes `var/bench.json` and the table in `docs/bench.md`. PostgreSQL and RabbitMQ are real, durable, on this machine;
logging and metrics stay on.
"""
