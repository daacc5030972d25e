"""The graph in other formats: `rdf` selects and writes any format, `release` makes a folder to publish."""
