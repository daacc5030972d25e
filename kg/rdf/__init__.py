"""RDF terms, their ids, their datatypes, their canonical names and how they are written.

Public: `terms`, `encoding`, `datatypes`, `canonical`, `serialize`. Nothing here knows of files, stores or queries.
"""
