"""Do the shapes catch what they should? A graph is broken in many ways, one at a time, and each time validated."""

from kg.mutate.mutants import Kind, Mutant
from kg.mutate.mutation import Check, make_mutants, mutation_report, standard_checks
from kg.mutate.report import ENOUGH, MutationReport, as_json, as_text

__all__ = [
    "ENOUGH",
    "Check",
    "Kind",
    "Mutant",
    "MutationReport",
    "as_json",
    "as_text",
    "make_mutants",
    "mutation_report",
    "standard_checks",
]
