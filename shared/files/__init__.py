"""Files by their content: kept once under their hash, durable before they are acknowledged, checked when they are read.

`port` says what a store does, `local` does it on disks, `place` finds the store of a service in the settings.
"""
