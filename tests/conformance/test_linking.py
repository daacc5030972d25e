"""Linking on real open data: on the halves that nothing was tuned on, no worse than what is known to be reachable."""

import importlib.util
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.conformance

# The least F1 on the test half, and the simple ways that must do worse (benchmarks/linking.py).
LEAST = {"titles": 0.96, "cities": 0.87, "dblp_acm": 0.985, "anatomy": 0.88}


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("linking", ROOT / "benchmarks" / "linking.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["linking"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def extracted(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("archives")
    for path in (shared / "opendata").glob("*.tar.xz"):
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("name", LEAST)
def test_real_data_is_linked_well(benchmark, shared, extracted, tmp_path, name):
    task = getattr(benchmark, name)(extracted if name in ("dblp_acm", "anatomy") else shared)
    found, _ = benchmark.with_kg(task, tmp_path / "index", 1)

    def on_test_half(answers):
        rows = benchmark.measure(task, answers)
        return next(row["f1"] for row in rows if (row["setting"], row["half"]) == ("best F1", "test"))

    reached = on_test_half(found)
    assert reached >= LEAST[name]
    assert reached > on_test_half(benchmark.with_equal_names(task))


def test_labels_with_websites_are_linked_well_to_a_register_that_lacks_most_of_them(benchmark, shared, tmp_path):
    task = benchmark.labels(shared, with_website=True)
    found, _ = benchmark.with_kg(task, tmp_path / "index", 1)
    best, cautious = (row for row in benchmark.measure(task, found) if row["half"] == "test")
    assert best["f1"] >= 0.82
    assert best["precision"] >= 0.88
    assert cautious["precision"] >= 0.95
    assert cautious["recall"] >= 0.55
