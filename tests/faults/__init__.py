"""Faults on real servers and real processes, and one checker of what must hold after each of them.

`system` starts the product as processes of their own, `load` asks it for things and writes down every promise it gave,
`driver` runs a role that dies, stumbles or sees another time at a named point, `proxy` loses bytes, `broker` looks at
queues and listens in, and `checker` compares promises, databases, queues and mails when all is quiet. A test's number
is that of the fault; each prints the checker's one line.
"""
