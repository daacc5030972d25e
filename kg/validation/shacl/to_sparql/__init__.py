"""SHACL compiled to SPARQL, so that a graph is validated where it is: in a store, or on any SPARQL server."""

from kg.validation.shacl.to_sparql.run import check_on_store, run_queries

__all__ = ["check_on_store", "run_queries"]
