"""Who was asked for advice about which object: that lets them see it and advise, and nothing else (letter C)."""
