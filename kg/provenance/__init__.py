"""The evidence of facts: `sources`, `verify`, `citations`, `answer_evidence`, `lineage`, `bibliography`."""
