"""What is compared: a `record`, and its `names`, `countries` and `hosts` in the one form in which they are equal."""
