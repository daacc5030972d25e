"""Settings and fixtures that the tests share."""

import pytest
from hypothesis import settings
from small_project import write_small_project

import kg

# No deadline for a single example: the first one of a test also pays for the imports, and machines differ.
settings.register_profile("kg", deadline=None)
settings.load_profile("kg")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The small project, for tests that change nothing in it."""
    return write_small_project(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def graph(folder):
    """The small project's graph, built."""
    return kg.open(folder)
