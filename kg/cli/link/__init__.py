"""`kg link`: links with other open data, from finding candidates to adding accepted links to the graph."""

from __future__ import annotations

from kg.cli.groups import lazy_group

link = lazy_group(
    "link",
    "Find, review and check links with other open data.",
    {
        "targets": ("kg.cli.link.targets", "Add other data sets to find links into."),
        "find": ("kg.cli.link.find", "List candidate links, with the evidence for each."),
        "accept": ("kg.cli.link.accept", "Accept all candidates above a given confidence."),
        "review": ("kg.cli.link.review", "Review candidates one by one, in the terminal."),
        "check": ("kg.cli.link.check", "Find links that contradict each other or are outdated."),
        "apply": ("kg.cli.link.apply", "Add the accepted links to the graph."),
        "enrich": ("kg.cli.link.enrich", "Copy facts of linked records, with their source."),
        "eval": ("kg.cli.link.eval", "Measure the candidates against links known to be right."),
    },
    """\b
Examples:
  kg link targets add ror --file v2.8-ror-data_schema_v2.json
  kg link find --target ror --type Organization
  kg link review --target ror
  kg link check
""",
)
