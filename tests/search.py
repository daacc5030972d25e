"""How far tests that draw their examples search: the same few in every run, many others where a search is asked for.

    python -m pytest -m 'random or hypothesis' --hypothesis-profile=random

searches twenty times as far from another seed each time, makes what it finds small, and says at its end with which
`--hypothesis-seed` it can be repeated. What it finds becomes an `@example`, which every run tries.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings

# No deadline for a single example: the first one of a test also pays for the imports, and machines differ.
ORDINARY = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=50,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
RANDOM = settings(deadline=None, max_examples=20 * ORDINARY.max_examples, print_blob=True)
# For tests that draw by themselves.
SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.random) for seed in range(2, 12))]


def examples(number: int) -> settings:
    """Return the settings of a test that tries so many examples in every run."""
    return settings(max_examples=number * settings().max_examples // ORDINARY.max_examples)
