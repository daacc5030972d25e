"""Two states of a graph (`snapshots`) and what differs between them (`compare`)."""
