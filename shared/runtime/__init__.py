"""How a process starts, runs and stops: settings, manifests, roles, loops, signals, telemetry, the command line."""
