"""The bus: how events travel between databases. The only place that knows kombu.

A transport takes messages from an outbox and says what became of each. Two transports keep one contract: RabbitMQ
(`rabbit`) and direct delivery into the subscribers' inboxes (`embedded`).
"""
