"""Turtle and TriG as text, with comments, order and places: `syntax`, `formatter`, `positions`; `lexer` is private."""
