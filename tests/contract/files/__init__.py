"""What every store of files promises, held against each adapter."""
