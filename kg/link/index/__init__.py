"""Names on disk, looked up by words; used by `kg.link.matching` and `kg.link.targets` alone."""
