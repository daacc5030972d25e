"""Which record is which entity: candidates, their evidence, one-to-one assignment, proposals, evaluation."""
