"""Quads as term ids: each term is kept once, in a dictionary, and a quad is four integers.

That is how files of any size are held in memory: 16 bytes for a quad, where an object takes hundreds. Iterating
yields quads and triples as ever; code for millions of them works on the term ids.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, compress, count, islice, repeat
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, overload

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Node = NamedNode | BlankNode | Literal | DefaultGraph
Statement = TypeVar("Statement", Triple, Quad)
_AT_ONCE = 250_000  # lines of text that are made at once


class Dictionary:
    """Terms and their ids, in the order in which they were met. It only grows.

    `terms` has them by their ids, and of these the first `given` were there from the start; of named graphs, the
    default graph counts as a term.
    """

    def __init__(self, terms: Iterable[Node] = ()) -> None:
        self.terms: list[Any] = list(terms)
        self.given = len(self.terms)
        self._ids: defaultdict[object, int] = defaultdict(count(len(self.terms)).__next__)
        self._ids.update(zip(self.terms, count(), strict=False))

    def term_id(self, term: Node) -> int:
        """Return the id of a term; a new one for a new term."""
        term_id = self._ids[term]
        if term_id == len(self.terms):
            self.terms.append(term)
        return term_id

    def find(self, term: Node) -> int | None:
        """Return the id of a term, if it has one."""
        return self._ids.get(term)

    def encode(self, statements: Iterable[Iterable[Any]]) -> array[int]:
        """Return the ids of the terms of many statements, one after the other."""
        term_ids = array("i")
        try:
            term_ids.extend(map(self._ids.__getitem__, chain.from_iterable(statements)))
        finally:  # the list keeps up with the ids even if a file has an error
            new = len(self._ids) - len(self.terms)
            self.terms += [*islice(reversed(self._ids), new)][::-1]
        return term_ids


class _Encoded(Sequence[Statement]):
    """A sequence of statements that is kept as term ids."""

    WIDTH: ClassVar[int]
    MAKE: ClassVar[Any]

    def __init__(self, dictionary: Dictionary | None = None, term_ids: array[int] | None = None) -> None:
        self.dictionary = Dictionary() if dictionary is None else dictionary
        self.term_ids = array("i") if term_ids is None else term_ids

    @classmethod
    def of(cls, statements: Iterable[Statement], dictionary: Dictionary | None = None) -> Self:
        """Encode statements; those that are encoded already, with the same dictionary, are returned as they are."""
        if isinstance(statements, cls) and dictionary in (None, statements.dictionary):
            return statements
        dictionary = Dictionary() if dictionary is None else dictionary
        return cls(dictionary, dictionary.encode(statements))

    def column(self, place: int) -> array[int]:
        """Return the term ids of the subjects (0), predicates (1), objects (2) or graphs (3)."""
        return self.term_ids[place :: self.WIDTH]

    def columns(self) -> list[Iterator[Any]]:
        """Return the subjects, the predicates, the objects (and the graphs), each when it is asked for."""
        term = self.dictionary.terms.__getitem__
        return [map(term, self.column(place)) for place in range(self.WIDTH)]

    def part(self, start: int, end: int) -> Self:
        """Return the statements from one to before another."""
        return type(self)(self.dictionary, self.term_ids[start * self.WIDTH : end * self.WIDTH])

    def rows(self) -> Iterator[tuple[int, ...]]:
        """Yield the term ids of each statement."""
        return zip(*(self.column(place) for place in range(self.WIDTH)), strict=True)

    def where(self, keep: Iterable[bool]) -> Self:
        """Return the statements for which there is a True."""
        return type(self)(self.dictionary, array("i", chain.from_iterable(compress(self.rows(), keep))))

    def table(self) -> NDArray[np.intc]:
        """Return the term ids as rows of a NumPy array, which shares their memory."""
        import numpy as np

        return np.frombuffer(self.term_ids, dtype=np.intc).reshape(-1, self.WIDTH)

    def of_rows(self, *parts: NDArray[np.intc]) -> Self:
        """Return other statements about the same terms, from rows of term ids."""
        return type(self)(self.dictionary, array("i", b"".join(rows.tobytes() for rows in parts)))

    def lines(self, places: Sequence[int]) -> Iterator[str]:
        """Yield text with a line for each statement, as in N-Triples: its terms in some places, and a full stop.

        Hundreds of thousands of lines at a time.
        """
        terms, texts = self.dictionary.terms, [""] * len(self.dictionary.terms)
        for term_id in set(self.term_ids):
            texts[term_id] = f"{terms[term_id]} "
        for start in range(0, len(self), _AT_ONCE):
            part = self.part(start, start + _AT_ONCE)
            columns = (map(texts.__getitem__, part.column(place)) for place in places)
            yield "".join(chain.from_iterable(zip(*columns, repeat(".\n"))))

    def ordered(self, places: Sequence[int]) -> Self:
        """Return the statements sorted by the text of their terms in some places, each once.

        The default graph comes before the named ones. Statements that differ in none of the places count as one.
        """
        import numpy as np

        texts = {term_id: self.dictionary.terms[term_id] for term_id in set(self.term_ids)}
        texts = {term_id: "" if isinstance(term, DefaultGraph) else str(term) for term_id, term in texts.items()}
        ranks = np.zeros(len(self.dictionary.terms), dtype=np.intc)
        ranks[sorted(texts, key=texts.__getitem__)] = np.arange(len(texts), dtype=np.intc)
        rows = self.table()
        keys = ranks[rows[:, list(places)]]
        order = np.lexsort(keys.T[::-1])
        is_new = np.ones(len(order), dtype=bool)
        is_new[1:] = (np.diff(keys[order], axis=0) != 0).any(axis=1)
        return self.of_rows(rows[order[is_new]])

    def __len__(self) -> int:
        return len(self.term_ids) // self.WIDTH

    def __iter__(self) -> Iterator[Statement]:
        return map(self.MAKE, *self.columns())

    @overload
    def __getitem__(self, index: int) -> Statement: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Statement | Self:
        if isinstance(index, slice):
            places = range(len(self))[index]
            return self.where(place in places for place in range(len(self)))
        place = range(len(self))[index]  # raises IndexError as a sequence does
        found: Statement = next(iter(self.part(place, place + 1)))
        return found

    def __add__(self, other: Iterable[Statement]) -> Self:
        more = type(self).of(other, self.dictionary)
        return type(self)(self.dictionary, self.term_ids + more.term_ids)


class Triples(_Encoded[Triple]):
    """Triples that are kept as term ids."""

    WIDTH, MAKE = 3, Triple


class Quads(_Encoded[Quad]):
    """Quads that are kept as term ids."""

    WIDTH, MAKE = 4, Quad

    def objects(self, predicate: str) -> dict[int, int]:
        """Return the object of each subject that has a predicate, as term ids; the last one where it has several."""
        wanted = self.dictionary.find(NamedNode(predicate))
        if wanted is None:
            return {}
        rows = self.table()
        chosen = rows[rows[:, 1] == wanted]
        return dict(zip(chosen[:, 0].tolist(), chosen[:, 2].tolist(), strict=True))

    def outside(self, graphs: Collection[int]) -> Quads:
        """Return the quads that are in none of some graphs, which are given by their ids."""
        import numpy as np

        rows = self.table()
        return self.of_rows(rows[~np.isin(rows[:, 3], np.fromiter(graphs, dtype=np.intc, count=len(graphs)))])

    def triples_among(self, triples: Iterable[Triple]) -> set[Triple]:
        """Return those of some triples that stand in a graph of these quads."""
        by_ids = {tuple(map(self.dictionary.find, triple)): triple for triple in triples}
        wanted = by_ids.keys()
        return {
            by_ids[row] for row in zip(self.column(0), self.column(1), self.column(2), strict=True) if row in wanted
        }

    def without(self, quads: Iterable[Quad]) -> Quads:
        """Return these quads but for some."""
        gone = {tuple(map(self.dictionary.find, quad)) for quad in quads}
        return self.where(row not in gone for row in self.rows())
