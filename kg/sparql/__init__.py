"""SPARQL as text: `tokens`, `syntax`, `errors`, answers (`results`) and their standard formats (`result_formats`)."""
