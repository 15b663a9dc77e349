"""What every model may import: errors, ids, time, lifecycles. Standard library only."""
