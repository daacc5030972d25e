"""Settings that all tests share."""

from hypothesis import settings

# No deadline for a single example: the first one of a test also pays for the imports, and machines differ.
settings.register_profile("kg", deadline=None)
settings.load_profile("kg")
