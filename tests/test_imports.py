"""Heavy imports happen late: `import kg` and a query load nothing that they do not use.

Which module may import which is told by the contracts in pyproject.toml, which `lint-imports` checks.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def loaded_by(code: str, *arguments: str) -> set[str]:
    """Run Python code in a process of its own; return the names of the modules that it has loaded."""
    show = f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", show, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "KG_PROJECT": str(ROOT)},
    )
    return set(done.stderr.splitlines()[-1].split())


HEAVY = {
    "rdflib",
    "owlrl",
    "pyshacl",
    "pyld",
    "rich",
    "yaml",
    "numpy",
    "elementpath",
    "rapidfuzz",
    "filelock",
    "httpx",
    "platformdirs",
    "tenacity",
    "importlib.metadata",
    "babel",
    "pydantic",
    "sssom_pydantic",
}


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_by("import kg") & (HEAVY | {"pyoxigraph", "click"})


def test_a_query_loads_nothing_heavy(tmp_path):
    run = "from kg.cli import cli\ncli(['--store', {!r}, 'query', 'run', 'initiators', *{!r}], standalone_mode=False)"
    plain, cited = (run.format(str(tmp_path), options) for options in ([], ["--cite"]))
    loaded_by(plain)  # builds the store
    found = loaded_by(plain)
    assert not found & {*HEAVY, "kg.sparql.patterns"}
    assert "pyoxigraph" in found
    assert not loaded_by(cited) & HEAVY


def test_help_imports_no_command():
    code = "from kg.cli import cli\ntry: cli(['--help'])\nexcept SystemExit: pass"
    assert {name for name in loaded_by(code) if name.startswith("kg.cli.")} <= {
        "kg.cli.context",
        "kg.cli.deadline",
        "kg.cli.groups",
    }
