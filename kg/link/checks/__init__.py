"""Checks of links: `tables` against each other and the ontology, `records` against a target, `retired` records."""
