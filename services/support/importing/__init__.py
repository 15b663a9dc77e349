"""Taking in a tracking record that was kept elsewhere: upload, columns, dry run, import with progress, undo."""
