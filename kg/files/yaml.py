"""YAML in the headers of files, read within bounds: a header of a few lines must not take a machine down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kg.errors import InputError

_DEPTH = 50  # of collections within each other


def read_yaml(source: str, path: Path, columns: int = 0) -> tuple[Any, Any]:
    """Read a YAML document that stands in the header of a file.

    Args:
        source: the document, each line at the place that it has in the file.
        path: the file, for the error.
        columns: how many characters before each line are left out of `source`.

    Returns:
        what the document says, and its tree of nodes, which have places.

    Raises:
        InputError: with line and column: it is not YAML, has aliases (a few lines of which stand for more than fits
            into any memory), is nested too deeply, or has a value that cannot be read.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0

    def fault(message: str, mark: Any, hint: str | None = None) -> InputError:
        line, column = (mark.line + 1, mark.column + 1 + columns) if mark else (None, None)
        return InputError(f"the header is not valid: {message}", hint, path=path, line=line, column=column)

    try:
        # Events first: they come one by one, whatever they stand for.
        for event in yaml.parse(source, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                raise fault("YAML aliases are not allowed", event.start_mark, "write the value instead of the alias")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEPTH:
                raise fault(f"more than {_DEPTH} nested collections", event.start_mark)
        node = yaml.compose(source, Loader=loader)
        return yaml.load(source, Loader=loader), node
    except yaml.MarkedYAMLError as error:
        raise fault(f"not valid YAML ({error.problem})", error.context_mark or error.problem_mark) from error
    except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
        # Characters that YAML does not have, integers and dates that Python does not take, keys that cannot be keys.
        raise fault(str(error).partition("\n")[0], None) from error
