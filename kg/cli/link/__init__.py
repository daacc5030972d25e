"""`kg link`: links with other open data, from looking for them to bringing them into the graph."""

from __future__ import annotations

from kg.cli.groups import lazy_group

link = lazy_group(
    "link",
    "Find, review and check links with other open data, and bring them into the graph.",
    {
        "targets": ("kg.cli.link.targets", "Read other people's data, to find links into it."),
        "find": ("kg.cli.link.find", "Look for candidates in a target, each with the evidence for it."),
        "accept": ("kg.cli.link.accept", "Accept many candidates at once, above a confidence and with evidence."),
        "review": ("kg.cli.link.review", "Decide about candidates one by one, in the terminal."),
        "check": ("kg.cli.link.check", "Look for links that contradict each other or have gone stale."),
        "apply": ("kg.cli.link.apply", "Bring the accepted links into the graph."),
        "enrich": ("kg.cli.link.enrich", "Bring facts of linked records into the graph, with source and licence."),
        "eval": ("kg.cli.link.eval", "Measure how good the candidates are, against links known to be right."),
    },
    """\b
Examples:
  kg link targets add ror --file v2.8-ror-data_schema_v2.json
  kg link find --target ror --type Organization
  kg link review --target ror
  kg link check
""",
)
