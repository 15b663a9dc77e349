"""Clocks: every promise runs against one engine, on running or on working time.

Invariants: a due step fires exactly once, never early, over restarts, replays and clock jumps; a pause needs a reason
and evidence; a changed policy or calendar keeps the time used and logs old and new due times; what was late stays
late; an explanation's intervals add up to the time used, to the second.
"""
