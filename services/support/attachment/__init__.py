"""Files that clients and staff send: checked by content, kept by hash, attached to something within the hour."""
