"""Support's copy of the directory."""
