"""The inbox: each event is stored once and takes effect once, in the order of its object.

Invariants:
- A row's effect and its `done` mark are one transaction; the key of a row is (source, id) of its event.
- While an event waits for its retry, later events of the same subject wait; when it is parked, they go on. Nothing
  else ever waits.
- `started` is committed before a reaction runs, `finished` after: a row with started > finished killed its process
  and runs alone, so that a poison event parks itself and not its neighbours.
"""
