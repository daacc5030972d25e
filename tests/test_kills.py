"""Commands that write are killed: nothing is lost or half written, and nothing is left over after the next run."""

import pytest
from kills import PUBLISH, WRITERS, kills, write_project

MANY = 20  # kills of each command in the search: 300 in all
FEW = [writer for writer in WRITERS if writer.name.split()[0] in ("build", "format", "new")]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("killed") / "project")


def wrong(found):
    return [str(kill) for kill in found if kill.wrong]


@pytest.mark.parametrize("writer", FEW, ids=lambda writer: writer.name)
def test_a_killed_command_leaves_all_as_it_was(writer, project, tmp_path):
    assert wrong(kills(project, tmp_path, writer, 1, 0)) == []


def test_a_killed_publish_leaves_all_as_it_was(project, tmp_path, running):
    assert wrong(kills(project, tmp_path, PUBLISH, 1, 0, running("oxigraph"))) == []


@pytest.mark.random
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name)
def test_a_command_killed_often_leaves_all_as_it_was(writer, project, tmp_path, request):
    seed = int(request.config.option.hypothesis_seed or 1)
    assert wrong(kills(project, tmp_path, writer, MANY, seed)) == []


@pytest.mark.random
def test_a_publish_killed_often_leaves_all_as_it_was(project, tmp_path, running, request):
    seed = int(request.config.option.hypothesis_seed or 1)
    assert wrong(kills(project, tmp_path, PUBLISH, MANY, seed, running("oxigraph"))) == []
