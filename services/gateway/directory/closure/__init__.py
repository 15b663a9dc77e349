"""When a branch is closed on days that its country works."""
