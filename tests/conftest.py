"""Settings and fixtures that the tests share."""

from pathlib import Path

import pytest
from hypothesis import settings
from small_project import write_small_project

import kg

# No deadline for a single example: the first one of a test also pays for the imports, and machines differ.
settings.register_profile("kg", deadline=None)
settings.load_profile("kg")


def pytest_addoption(parser):
    parser.addoption(
        "--shared",
        type=Path,
        default=Path(__file__).parent.parent.parent / "shared",
        help="Folder with the W3C suites and the evaluation sets (default: beside the checkout).",
    )


@pytest.fixture(scope="session")
def shared(request):
    """The folder with the W3C suites; a test that asks for it fails where it is not there."""
    found = request.config.getoption("--shared")
    assert found.is_dir(), f"{found} is no folder: say where the suites are with --shared=DIR"
    return found


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The small project, for tests that change nothing in it."""
    return write_small_project(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def graph(folder):
    """The small project's graph, built."""
    return kg.open(folder)
