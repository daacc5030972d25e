"""Other data sets to link with: `registry` (kept on disk), `library` (opened together) and `readers` of their files."""
