"""Who says so: `sources`, `verify`, `citations`, `answer_evidence`, `lineage`, `bibliography`."""
