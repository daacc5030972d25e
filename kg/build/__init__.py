"""Files to store: the `pipeline`, its `manifest`, and `publish` to a server. `incremental/` is private."""
