"""One file per payment provider, found by its name."""
