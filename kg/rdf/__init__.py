"""RDF terms, their numbers, their datatypes, their canonical names and how they are written.

Public: `terms`, `encoding`, `datatypes`, `canonical`, `serialize`. Nothing here knows of files, stores or queries.
"""
