"""What a build keeps for the next one, what has changed since, and what must be validated again."""
