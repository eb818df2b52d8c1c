"""One file per flow; each `Flow` found here is run and proven."""
