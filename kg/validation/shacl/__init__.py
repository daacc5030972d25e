"""SHACL without an engine: the shapes graph (`reader`, `model`, `paths`), its `dependencies`, and SPARQL of it."""
