"""Files with faults of every kind: each is read or refused, by each command, in finite time and with no fault of kg.

The search that CONTRIBUTING.md names tries two thousand others each time. A fault is repeated by its seed:
`next(attacks(project, place, kind, [seed]))`.
"""

import pytest
from faults import KINDS, attacks, write_project

EACH = 10  # of 20 kinds: 200 mutations


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("fuzzed") / "project")


def faults(found):
    return [str(attack) for attack in found if attack.fault]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_a_file_with_faults_is_read_or_refused(kind, project, tmp_path):
    assert faults(attacks(project, tmp_path / "project", kind, range(EACH))) == []


@pytest.mark.random
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_many_files_with_faults_are_read_or_refused(kind, project, tmp_path, request):
    first = EACH + int(request.config.option.hypothesis_seed or 0)
    assert faults(attacks(project, tmp_path / "project", kind, range(first, first + 10 * EACH))) == []
