"""Settings and fixtures that the tests share."""

from contextlib import ExitStack
from pathlib import Path
from random import randrange

import pytest
from forked import KG
from hypothesis import settings
from search import ORDINARY, RANDOM
from servers import ENGINES
from small_project import write_small_project

import kg

settings.register_profile("kg", ORDINARY)
settings.register_profile("random", RANDOM)
settings.load_profile("kg")


def pytest_addoption(parser):
    parser.addoption(
        "--shared",
        type=Path,
        default=Path(__file__).parent.parent.parent / "shared",
        help="Folder with the W3C suites and the evaluation sets (default: beside the checkout).",
    )
    parser.addoption("--no-skips", action="store_true", help="Fail what would be skipped, as in CI.")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Choose the seed of a random search, before the workers start and Hypothesis reads it."""
    if config.option.hypothesis_profile == "random" and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(randrange(10**9))


def pytest_terminal_summary(terminalreporter, config):
    if config.option.hypothesis_profile == "random":
        terminalreporter.write_line(f"To search so again: --hypothesis-seed={config.option.hypothesis_seed}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and item.config.option.no_skips:
        report.outcome, report.longrepr = "failed", f"skipped, which --no-skips forbids: {report.longrepr[2]}"
    return report


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


@pytest.fixture(scope="module")
def running():
    """A function from a kind of server to the address of one, started when it is first asked for.

    The tests of a file share it: each has graphs of its own there, or replaces what it finds. Not those of all files:
    Virtuoso 7.2 came to a stop when one database held what four files of tests write and delete.
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
