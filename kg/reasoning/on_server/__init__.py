"""The closure computed by a SPARQL server itself: `closure` is public, the rest serves it."""
