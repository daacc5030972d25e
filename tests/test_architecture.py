"""The house rules: imports go downwards, heavy ones happen late, and each library has one home."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KG = ROOT / "kg"

# From top to bottom; a module imports from layers below its own, or from its own where the order there allows.
LAYERS = [
    {"cli"},
    {"__init__", "__main__"},
    {"build", "docs", "link", "mutate", "publishing"},
    {"changes", "pages", "release", "reports", "revalidation", "validation", "verify"},
    {"sparql_shapes"},
    {"cite", "diff", "locate", "proofs", "shapes"},
    {"explain", "server_closure"},
    {"reason"},
    {
        "bibliography",
        "citations",
        "describe",
        "evidence",
        "export",
        "formatting",
        "row_facts",
        "snapshots",
        "sources",
        "state",
        "stats",
    },
    {"federation"},
    {"materialize"},
    {"sameness"},
    {"affected", "delta", "facts", "rules"},
    {"owl2rl", "relations", "shape_reads"},
    {"blank_nodes", "catalog", "checks", "datatypes", "entities", "jsonld", "manifest", "paths", "tables", "reading"},
    {"services"},
    {"answer_cache", "findings", "header", "labels", "linksets"},
    {"new", "project", "results", "sssom", "syntaxes", "turtle"},
    {"lexer", "store"},
    {"group_patterns", "query_faults"},
    {"answers", "dictionary", "http", "sparql"},
    {"credentials", "response", "terms"},
    {"depth_first", "errors", "progress"},
]
MODULES = {module: number for number, layer in enumerate(LAYERS) for module in layer}


def imports(path: Path) -> set[str]:
    """Return the full names of what a file imports, at its top or inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def module_of(path: Path) -> str:
    return path.relative_to(KG).parts[0].removesuffix(".py")


FILES = sorted(KG.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(KG)))
def test_imports_go_downwards(path):
    module = module_of(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "kg" or module in ("__init__", "cli", "__main__"):
            continue
        imported = parts[1] if parts[1] in MODULES else "__init__"
        if name == "kg.__version__":
            continue  # the package's own version, which stands above everything
        if imported != module:
            assert MODULES[module] < MODULES[imported], f"{path} imports {name}"


def users(*libraries: str) -> set[str]:
    """Return the files that import one of some libraries."""
    return {
        path.relative_to(KG).as_posix()
        for path in FILES
        for name in imports(path)
        if any(name == library or name.startswith(f"{library}.") for library in libraries)
    }


def test_each_library_has_one_home():
    assert {file.split("/")[0] for file in users("click")} == {"cli"}
    assert users("owlrl") == {"reason.py"}
    engine = {
        "affected.py",
        "delta.py",
        "dictionary.py",
        "revalidation.py",
        "reason.py",
        "facts.py",
        "materialize.py",
        "relations.py",
        "sameness.py",
        "state.py",
    }
    assert users("numpy") == engine | {f"link/{name}.py" for name in ("arrays", "index", "vocabulary", "word_index")}
    assert users("sssom_pydantic") == {"sssom.py"}
    assert users("pyshacl", "shacl") == {"shapes.py"}
    assert users("pyld") == {"jsonld.py"}
    assert users("pyoxigraph.Store") == {"store/embedded.py"}
    # Credentials are a kind of httpx.Auth, answers raise errors of httpx; connections are opened in kg.http alone.
    network = users("socket", "http", "httpx", "tenacity", "urllib.request", "requests")
    assert network == {"credentials.py", "http.py", "response.py"}


def test_only_the_command_line_prints_and_exits():
    for path in FILES:
        if module_of(path) in ("cli", "store"):  # a child process of the store answers on its stdout
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not calls & {"print", "exit", "sys.exit", "os._exit"}, path


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
    run = "from kg.cli import cli\ncli(['--store', {!r}, 'query', 'run', 'initiators'], standalone_mode=False)"
    code = run.format(str(tmp_path))
    loaded_by(code)  # builds the store
    assert not loaded_by(code) & HEAVY
    assert "pyoxigraph" in loaded_by(code)


def test_help_imports_no_command():
    code = "from kg.cli import cli\ntry: cli(['--help'])\nexcept SystemExit: pass"
    assert {name for name in loaded_by(code) if name.startswith("kg.cli.")} <= {"kg.cli.context", "kg.cli.groups"}


def test_files_stay_small():
    assert max(len(path.read_text(encoding="utf-8").splitlines()) for path in FILES) <= 310
