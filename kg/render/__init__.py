"""Answers for people: tables, descriptions, proofs, differences, reports and the page of an ontology."""
