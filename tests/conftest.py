"""Settings and fixtures that the tests share."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from forked import KG
from hypothesis import settings
from servers import ENGINES
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


def pytest_sessionfinish():
    KG.end()


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


@pytest.fixture(scope="session")
def running():
    """A function from a kind of server to the address of one, started when it is first asked for.

    All tests of a worker share it: each has graphs of its own there, or replaces what it finds in those of its file.
    """
    addresses = {}
    with ExitStack() as servers:

        def address(kind):
            if kind not in addresses:
                addresses[kind] = servers.enter_context(ENGINES[kind]())
            return addresses[kind]

        yield address


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, running):
    """The address of a server: one of each kind."""
    return running(request.param)
