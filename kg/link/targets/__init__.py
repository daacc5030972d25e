"""Other people's data sets: the `registry` of a project, the `library` of known ones, their `record`s and `readers`."""
