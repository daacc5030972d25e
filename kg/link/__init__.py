"""Links with other open data: targets, candidates, review, checks, and how good the candidates are."""
