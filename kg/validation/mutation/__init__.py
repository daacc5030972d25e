"""Mutation tests of shapes: a graph is broken on purpose, one change at a time, and each time validated."""

from kg.validation.mutation.mutants import Kind, Mutant
from kg.validation.mutation.mutation import Check, make_mutants, mutation_report, standard_checks
from kg.validation.mutation.report import ENOUGH, MutationReport, as_json, as_text

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
