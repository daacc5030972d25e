"""Tells what in an ontology lies outside OWL 2 RL (OWL 2 Profiles, section 4.2, and its RDF mapping)."""

from collections.abc import Iterator

from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

# Section 4.2.1. xsd:date and xsd:gMonth are no datatypes of OWL 2, so no axiom can speak of them.
XSD_TYPES = """
    decimal integer nonNegativeInteger nonPositiveInteger positiveInteger negativeInteger long int short byte
    unsignedLong unsignedInt unsignedShort unsignedByte float double string normalizedString token language Name NCName
    NMTOKEN boolean hexBinary base64Binary anyURI dateTime dateTimeStamp
"""
DATATYPES = {RDF.PlainLiteral, RDF.XMLLiteral, RDFS.Literal} | {XSD[name] for name in XSD_TYPES.split()}
# What a triple of the RDF mapping may say besides class axioms: declarations, property axioms (4.2.5), annotations.
TYPES = {
    OWL.AllDisjointClasses,
    OWL.AllDisjointProperties,
    OWL.AnnotationProperty,
    OWL.AsymmetricProperty,
    OWL.Class,
    OWL.DatatypeProperty,
    OWL.FunctionalProperty,
    OWL.InverseFunctionalProperty,
    OWL.IrreflexiveProperty,
    OWL.ObjectProperty,
    OWL.Ontology,
    OWL.Restriction,
    OWL.SymmetricProperty,
    OWL.TransitiveProperty,
}
OF_DATA_PROPERTIES = {OWL.DatatypeProperty, OWL.FunctionalProperty}
PREDICATES = {
    OWL.allValuesFrom,
    OWL.complementOf,
    OWL.disjointWith,
    OWL.equivalentClass,
    OWL.equivalentProperty,
    OWL.hasKey,
    OWL.hasValue,
    OWL.imports,
    OWL.intersectionOf,
    OWL.inverseOf,
    OWL.maxCardinality,
    OWL.maxQualifiedCardinality,
    OWL.members,
    OWL.onClass,
    OWL.onDataRange,
    OWL.onProperty,
    OWL.oneOf,
    OWL.propertyChainAxiom,
    OWL.propertyDisjointWith,
    OWL.someValuesFrom,
    OWL.unionOf,
    OWL.versionInfo,
}


def outside_rl(graph: Graph) -> list[str]:
    """List the axioms of an ontology that OWL 2 RL does not allow, each as a phrase with the axiom's subject.

    An inverse without a name of its own, inside a property chain, is allowed by the profile and listed all the same:
    the rule for chains (prp-spo2) sees named properties only.
    """
    return sorted(f"{fault}: {subject}" for subject, fault in _faults(graph))


def _faults(graph: Graph) -> Iterator[tuple[Node, str]]:
    for subject, predicate, value in graph:
        if predicate == RDF.type and str(value).startswith(str(OWL)):
            if value not in TYPES:
                yield subject, f"{graph.qname(value)} is not allowed"
            elif _is_data_property(graph, subject) and value not in OF_DATA_PROPERTIES:
                yield subject, f"a datatype property cannot be {graph.qname(value)}"
        elif predicate not in PREDICATES and str(predicate).startswith(str(OWL)):
            yield subject, f"{graph.qname(predicate)} is not allowed"
        elif predicate == RDFS.subClassOf and not (_is_sub(graph, subject) and _is_super(graph, value)):
            yield subject, "no subclass axiom of the profile"
        elif predicate == OWL.equivalentClass and not (_is_equivalent(graph, subject) and _is_equivalent(graph, value)):
            yield subject, "no equivalence of the profile"
        elif predicate == OWL.disjointWith and not (_is_sub(graph, subject) and _is_sub(graph, value)):
            yield subject, "no disjointness of the profile"
        elif predicate == OWL.members and not all(_is_sub(graph, member) for member in Collection(graph, value)):
            yield subject, "no disjointness of several classes"
        elif predicate == RDFS.domain and not _is_super(graph, value):
            yield subject, "no domain of the profile"
        elif predicate == RDFS.range and not (
            value in DATATYPES if _is_data_property(graph, subject) else _is_super(graph, value)
        ):
            yield subject, "no range of the profile"
        elif predicate == OWL.hasKey and not _is_sub(graph, subject):
            yield subject, "no key of the profile"
        elif predicate == OWL.propertyChainAxiom and not all(
            isinstance(link, URIRef) for link in Collection(graph, value)
        ):
            yield subject, "a property without a name in a chain"


def _is_sub(graph: Graph, node: Node) -> bool:
    """Tell a subClassExpression (4.2.3)."""
    if isinstance(node, URIRef):
        return node != OWL.Thing
    filler = graph.value(node, OWL.someValuesFrom)
    if filler is not None:
        is_data = _is_data_property(graph, graph.value(node, OWL.onProperty))
        return filler in DATATYPES if is_data else filler == OWL.Thing or _is_sub(graph, filler)
    for operator in (OWL.intersectionOf, OWL.unionOf):
        members = graph.value(node, operator)
        if members is not None:
            return all(_is_sub(graph, member) for member in Collection(graph, members))
    return any((node, operator, None) in graph for operator in (OWL.oneOf, OWL.hasValue))


def _is_super(graph: Graph, node: Node) -> bool:
    """Tell a superClassExpression (4.2.3)."""
    if isinstance(node, URIRef):
        return node != OWL.Thing
    members = graph.value(node, OWL.intersectionOf)
    if members is not None:
        return all(_is_super(graph, member) for member in Collection(graph, members))
    negated = graph.value(node, OWL.complementOf)
    if negated is not None:
        return _is_sub(graph, negated)
    filler = graph.value(node, OWL.allValuesFrom)
    if filler is not None:
        is_data = _is_data_property(graph, graph.value(node, OWL.onProperty))
        return filler in DATATYPES if is_data else _is_super(graph, filler)
    for operator in (OWL.maxCardinality, OWL.maxQualifiedCardinality):
        limit = graph.value(node, operator)
        if isinstance(limit, Literal):
            class_ = graph.value(node, OWL.onClass, default=OWL.Thing)
            return int(limit) in (0, 1) and (class_ == OWL.Thing or _is_sub(graph, class_))
    return (node, OWL.hasValue, None) in graph


def _is_equivalent(graph: Graph, node: Node) -> bool:
    """Tell an equivClassExpression (4.2.3)."""
    if isinstance(node, URIRef):
        return node != OWL.Thing
    members = graph.value(node, OWL.intersectionOf)
    if members is not None:
        return all(_is_equivalent(graph, member) for member in Collection(graph, members))
    return isinstance(node, BNode) and (node, OWL.hasValue, None) in graph


def _is_data_property(graph: Graph, node: Node | None) -> bool:
    return (node, RDF.type, OWL.DatatypeProperty) in graph
