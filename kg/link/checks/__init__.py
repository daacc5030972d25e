"""Are the links right: `tables` against each other and the ontology, `records` against a target, `retired` records."""
