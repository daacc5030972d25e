"""Graphs of our own ontology of any size: seeded, with deep trees of places and topics, and a share of owl:sameAs.

As in the shipped graph, each fact is in the named graph of a passage, and passages are described in a graph of their
own. Newer entities refer to older ones, more often to very old ones: some become hubs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import sha256

from pyoxigraph import Literal, NamedNode, Quad, Triple

AIGOV = "https://w3id.org/aigov-kg/ontology#"
ID = "https://w3id.org/aigov-kg/id/"
SOURCE = "https://w3id.org/aigov-kg/source/"
OA = "http://www.w3.org/ns/oa#"
OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
METADATA = NamedNode("https://w3id.org/aigov-kg/graph/sources")
STATUSES = ("reportedFact", "background")
FACTS_OF_A_PASSAGE = 20
DEEPEST = 8  # levels of the trees of places and topics
SHARE_OF_FAULTS = 0.005  # of the passages lack the description that the shapes ask for, where faults are wanted
SHARE_OF_ALIASES = 0.02  # of the organizations have a second name of their own, said to be the same

TYPE, LABEL, SAME_AS = NamedNode(RDF + "type"), NamedNode(RDFS + "label"), NamedNode(OWL + "sameAs")


def aigov(name: str) -> NamedNode:
    return NamedNode(AIGOV + name)


class Generator:
    """Makes facts until there are enough."""

    def __init__(self, seed: int, faults: bool) -> None:
        self.random = random.Random(seed)
        self.share_of_faults = SHARE_OF_FAULTS if faults else 0.0
        self.share_of_aliases = SHARE_OF_ALIASES if faults else 0.0  # the shapes of our graph refuse them
        self.entities: dict[str, list[NamedNode]] = {}
        self.depth: dict[NamedNode, int] = {}
        self.passages = 0
        self.facts: list[Triple] = []

    def new(self, kind: str, class_: str) -> NamedNode:
        """Make an entity with a class and a label."""
        found = self.entities.setdefault(kind, [])
        node = NamedNode(f"{ID}{kind}-{len(found) + 1}")
        found.append(node)
        self.say(node, TYPE, aigov(class_))
        self.say(node, LABEL, Literal(f"{kind} {len(found)}", language="en"))
        return node

    def any(self, kind: str) -> NamedNode:
        """Choose an entity, the older the likelier."""
        found = self.entities[kind]
        return found[int(len(found) * self.random.random() ** 2)]

    def say(self, subject: NamedNode, predicate: NamedNode | str, value: NamedNode | Literal) -> None:
        """Add a fact."""
        predicate = aigov(predicate) if isinstance(predicate, str) else predicate
        self.facts.append(Triple(subject, predicate, value))

    def tree(self, kind: str, class_: str, property_: str, root: str) -> NamedNode:
        """Make an entity that is in an older one of its kind, or in a root of the tree."""
        parents = self.entities.get(kind, [])
        parent = self.random.choice(parents) if parents and self.random.random() < 0.9 else self.any(root)
        while self.depth.get(parent, 0) >= DEEPEST:
            parent = self.any(root)
        node = self.new(kind, class_)
        self.depth[node] = self.depth.get(parent, 0) + 1
        self.say(node, property_, parent)
        return node

    def block(self) -> None:
        """Make about a hundred facts: some places, bodies, people, events, instruments and what they state."""
        for _ in range(2):
            self.tree("city", "City", "locatedIn", "country")
        self.tree("subject", "Topic", "partOf", "topic")
        for _ in range(4):
            body = self.new("body", self.random.choice(("Company", "ResearchInstitute", "GovernmentBody")))
            self.say(body, "seatedIn", self.any("city"))
            self.say(body, "country", self.any("country"))
            if self.random.random() < self.share_of_aliases:
                alias = self.new("alias", "Company")
                self.say(alias, SAME_AS, body)
        conference = self.new("conference", "Conference")
        self.say(conference, "heldIn", self.any("city"))
        self.say(conference, "hostedBy", self.any("body"))
        self.say(conference, "date", Literal(self.date(), datatype=NamedNode(XSD + "date")))
        for _ in range(3):
            self.say(conference, "participant", self.any("body"))
        for _ in range(2):
            person, post = self.new("person", "Person"), self.new("post", "Post")
            self.say(person, "holdsPost", post)
            self.say(post, "postIn", self.any("body"))
        for _ in range(2):
            initiative = self.new("initiative", "Initiative")
            self.say(initiative, "proposedBy", self.any("body"))
            self.say(initiative, "concerns", self.any("subject"))
            announcement = self.new("announcement", "Announcement")
            self.say(announcement, "announces", initiative)
            self.say(announcement, "partOfEvent", self.any("conference"))
            for class_ in ("Principle", "Recommendation"):
                provision = self.new("provision", class_)
                self.say(initiative, "states", provision)
                if class_ == "Recommendation":
                    self.say(provision, "addressedTo", self.any("body"))
                self.say(provision, "concerns", self.any("subject"))

    def date(self) -> str:
        """Return a date of the last years."""
        return f"{self.random.randint(2015, 2026)}-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}"

    def passage(self, facts: list[Triple]) -> Iterator[Quad]:
        """Yield facts in the named graph of a passage, and the description of the passage."""
        self.passages += 1
        node = NamedNode(f"{SOURCE}generated#p{self.passages}s1")
        yield from (Quad(*fact, node) for fact in facts)
        selector = NamedNode(f"{node.value}-position")
        number = self.passages
        if self.random.random() >= self.share_of_faults:
            text = Literal(f"What sentence {number} says.", language="en")
            yield Quad(node, NamedNode("http://purl.org/dc/terms/description"), text, METADATA)
        for subject, predicate, value in (
            (node, TYPE, aigov("Passage")),
            (node, aigov("inSource"), NamedNode(SOURCE + "generated")),
            (node, aigov("paragraph"), Literal(number)),
            (node, aigov("sentence"), Literal(1)),
            (node, aigov("status"), aigov(self.random.choice(STATUSES))),
            (node, aigov("sha256"), Literal(sha256(str(number).encode()).hexdigest())),
            (node, NamedNode(OA + "hasSelector"), selector),
            (selector, TYPE, NamedNode(OA + "TextPositionSelector")),
            (selector, NamedNode(OA + "start"), Literal(100 * number)),
            (selector, NamedNode(OA + "end"), Literal(100 * number + 98)),
        ):
            yield Quad(subject, predicate, value, METADATA)


def generate(triples: int, seed: int = 1, faults: bool = True) -> Iterator[Quad]:
    """Yield the quads of a graph of about so many triples, the ontology not counted.

    Without faults, our shapes find nothing in it.
    """
    generator = Generator(seed, faults)
    source, digest = NamedNode(SOURCE + "generated"), Literal(sha256(b"generated").hexdigest())
    yield Quad(source, TYPE, aigov("Dataset"), METADATA)
    yield Quad(source, LABEL, Literal("a generated graph", language="en"), METADATA)
    yield Quad(source, aigov("textSha256"), digest, METADATA)
    yield Quad(source, aigov("version"), Literal("1"), METADATA)
    yield Quad(source, aigov("url"), NamedNode("https://e.example/"), METADATA)
    for number in range(1, 201):
        country = generator.new("country", "Country")
        code = chr(65 + number // 26) + chr(65 + number % 26)
        generator.say(country, "isoCode", Literal(code))
    for _ in range(20):
        generator.new("topic", "Topic")
    yielded = 5
    while generator.facts or yielded < triples:
        while yielded < triples and len(generator.facts) < FACTS_OF_A_PASSAGE:
            generator.block()
        facts, generator.facts = generator.facts[:FACTS_OF_A_PASSAGE], generator.facts[FACTS_OF_A_PASSAGE:]
        for quad in generator.passage(facts):
            yield quad
            yielded += 1
