"""Files to quads: `project` and its settings, `reading`, SSSOM tables (`sssom`, `linksets`), `template`, `turtle/`."""
