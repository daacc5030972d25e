"""Depth-first search: it puts rules into an order in which they feed each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def postorder(roots: Iterable[int], following: Callable[[int], Iterable[int]], done: set[int]) -> list[int]:
    """Return what is reached from some roots, each after all that is reached from it, but for circles.

    Turned round, it has each before what follows it.

    Args:
        roots: where the search begins, one after the other.
        following: what follows one directly.
        done: what was reached before and is left out; it gets what is found.
    """
    found = []
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        place, finished = stack.pop()
        if finished:
            found.append(place)
        elif place not in done:
            done.add(place)
            stack.append((place, True))
            stack += [(other, False) for other in following(place) if other not in done]
    return found
