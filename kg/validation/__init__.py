"""Is the graph right: `report` runs every check, `engines` the shapes, `mutation` tries them."""
