"""The terms of SHACL, in one table: what each takes, where it may stand, what it looks at, and what kg does not do.

All that has to know the terms reads them here: the check of shapes that stands before every engine, the reader, the
dependencies of shapes, mutation, messages. A new constraint component is a row here and its compilation in to_sparql.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from kg.rdf.terms import SH


class Takes(Enum):
    """What kind of values a term takes."""

    ANYTHING = auto()
    TERM = auto()
    IRI = auto()
    LITERAL = auto()
    TEXT = auto()  # with a language or not
    COUNT = auto()
    SWITCH = auto()
    NODE_KIND = auto()
    SEVERITY = auto()
    FLAGS = auto()
    PATH = auto()
    SHAPE = auto()
    PROPERTY_SHAPE = auto()
    LIST = auto()  # of anything; the next three, too, are lists
    IRIS = auto()
    TEXTS = auto()
    SHAPES = auto()
    CONSTRAINT = auto()  # a node that has a query
    QUERY = auto()


class DependsOn(Enum):
    """What a shape that has a term looks at in the data, from a value node."""

    NOTHING = auto()
    CLASSES = auto()
    PROPERTIES = auto()  # all of them
    PAIR = auto()  # the property that is the value of the term, of the focus node
    SHAPES = auto()  # what the shapes that are its values look at
    QUERY = auto()
    ANYTHING = auto()


@dataclass(frozen=True)
class Term:
    """A term that describes a shape, or something that belongs to one.

    A node may have one value for it, `many` where that is true. `on_paths` is true where only property shapes may have
    it. Where it `needs` others, it has no meaning without one of them.
    """

    name: str
    takes: Takes = Takes.ANYTHING
    many: bool = field(default=False, kw_only=True)
    depends: DependsOn = field(default=DependsOn.NOTHING, kw_only=True)
    on_paths: bool = field(default=False, kw_only=True)
    needs: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Component(Term):
    """A parameter that makes a constraint (SHACL, sections 4 and 5).

    `fault` says what is wrong where it is not satisfied. Each value node satisfies it or not; where it is `of_the_set`,
    all values of a path do together. `expects` is what it lets mutation expect of a property.
    """

    fault: str = ""
    of_the_set: bool = field(default=False, kw_only=True)
    expects: str = field(default="", kw_only=True)

    @property
    def iri(self) -> str:
        """The IRI of the component."""
        return f"{SH}{'SPARQL' if self.name == 'sparql' else self.name[0].upper() + self.name[1:]}ConstraintComponent"


_PAIR, _SHAPES = DependsOn.PAIR, DependsOn.SHAPES
_COUNTS = ("qualifiedMinCount", "qualifiedMaxCount")
COMPONENTS = (
    Component("class", Takes.IRI, "A value is not of the class", many=True, depends=DependsOn.CLASSES),
    Component("datatype", Takes.IRI, "A value does not have the datatype"),
    Component("nodeKind", Takes.NODE_KIND, "A value is not of the kind (IRI, blank node, literal)"),
    Component("minCount", Takes.COUNT, "There are too few values", on_paths=True, of_the_set=True, expects="required"),
    Component("maxCount", Takes.COUNT, "There are too many values", on_paths=True, of_the_set=True, expects="single"),
    Component("minExclusive", Takes.LITERAL, "A value is too small, or of another kind"),
    Component("minInclusive", Takes.LITERAL, "A value is too small, or of another kind", expects="minimum"),
    Component("maxExclusive", Takes.LITERAL, "A value is too great, or of another kind"),
    Component("maxInclusive", Takes.LITERAL, "A value is too great, or of another kind"),
    Component("minLength", Takes.COUNT, "A value is too short"),
    Component("maxLength", Takes.COUNT, "A value is too long"),
    Component("pattern", Takes.TEXT, "A value does not match the pattern"),
    Component("languageIn", Takes.TEXTS, "A value is in none of the languages"),
    Component("uniqueLang", Takes.SWITCH, "A language has several values", on_paths=True, of_the_set=True),
    Component("equals", Takes.IRI, "Two properties differ in a value", many=True, depends=_PAIR, of_the_set=True),
    Component("disjoint", Takes.IRI, "Two properties have a value in common", many=True, depends=_PAIR),
    *(
        Component(name, Takes.IRI, fault, many=True, depends=_PAIR, on_paths=True, of_the_set=True, expects="ordered")
        for name, fault in (
            ("lessThan", "A value is not less than one of another property"),
            ("lessThanOrEquals", "A value is greater than one of another property"),
        )
    ),
    Component(
        "not", Takes.SHAPE, "A value conforms to a shape that it must not conform to", many=True, depends=_SHAPES
    ),
    Component("and", Takes.SHAPES, "A value does not conform to each of the shapes", many=True, depends=_SHAPES),
    Component("or", Takes.SHAPES, "A value conforms to none of the shapes", many=True, depends=_SHAPES),
    Component("xone", Takes.SHAPES, "A value does not conform to just one of the shapes", many=True, depends=_SHAPES),
    Component("node", Takes.SHAPE, "A value does not conform to a shape", many=True, depends=_SHAPES),
    Component("property", Takes.PROPERTY_SHAPE, "A value does not conform to a shape", many=True, depends=_SHAPES),
    *(
        Component(name, Takes.COUNT, fault, on_paths=True, of_the_set=True, needs=("qualifiedValueShape",))
        for name, fault in zip(_COUNTS, ("Too few values conform", "Too many values conform"), strict=True)
    ),
    Component(
        "closed", Takes.SWITCH, "A property is not one of those that the shape allows", depends=DependsOn.PROPERTIES
    ),
    Component("hasValue", Takes.ANYTHING, "A value is missing", many=True, of_the_set=True),
    Component("in", Takes.LIST, "A value is not in the list"),
    Component(
        "sparql", Takes.CONSTRAINT, "A query finds it wrong", many=True, depends=DependsOn.QUERY, of_the_set=True
    ),
)
# How kg.validation.shacl.model.Target calls the kinds of targets.
TARGETS = {
    "targetClass": "class",
    "targetNode": "node",
    "targetSubjectsOf": "subjectsOf",
    "targetObjectsOf": "objectsOf",
}
_FURTHER = (
    *(Term(name, Takes.TERM if name == "targetNode" else Takes.IRI, many=True) for name in TARGETS),
    Term("path", Takes.PATH),
    Term("flags", Takes.FLAGS),
    Term("ignoredProperties", Takes.IRIS),
    Term("qualifiedValueShape", Takes.SHAPE, depends=_SHAPES, on_paths=True, needs=_COUNTS),
    # The values of one property shape are held against the shapes of others.
    Term("qualifiedValueShapesDisjoint", Takes.SWITCH, depends=DependsOn.ANYTHING),
    Term("severity", Takes.SEVERITY),
    Term("message", Takes.TEXT, many=True),
    Term("deactivated", Takes.SWITCH),
    Term("select", Takes.QUERY),
    Term("ask", Takes.QUERY),
    # What a constraint component of a project's own looks at is not followed (SHACL, section 6).
    Term("parameter", Takes.PROPERTY_SHAPE, many=True, depends=DependsOn.ANYTHING),
)
# What is taken as it is: notes for people, parts of what stands above, reports (which may stand beside shapes).
_PLAIN = """
    name description order group defaultValue labelTemplate optional prefixes declare prefix namespace shapesGraph
    suggestedShapesGraph shapesGraphWellFormed validator nodeValidator propertyValidator inversePath alternativePath
    zeroOrMorePath oneOrMorePath zeroOrOnePath resultAnnotation annotationProperty annotationVarName annotationValue
    conforms result detail focusNode value resultPath resultMessage resultSeverity sourceShape sourceConstraint
    sourceConstraintComponent
"""
TERMS = {
    SH + term.name: term for term in (*COMPONENTS, *_FURTHER, *(Term(name, many=True) for name in _PLAIN.split()))
}  # fmt: skip
_CLASSES = """
    Shape NodeShape PropertyShape PropertyGroup PrefixDeclaration NodeKind Severity ConstraintComponent Parameter
    Parameterizable Validator SPARQLAskValidator SPARQLSelectValidator SPARQLConstraint SPARQLExecutable
    SPARQLAskExecutable SPARQLSelectExecutable SPARQLConstructExecutable ResultAnnotation AbstractResult
    ValidationReport ValidationResult
"""
CLASSES = frozenset(SH + name for name in _CLASSES.split())
NODE_KINDS = frozenset(
    SH + name for name in ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
)
# What not all engines know, or not in the same way, with where it is from.
UNSUPPORTED = {
    SH + name: origin
    for origin, names in {
        "SHACL, section 1.5": "entailment",
        "SHACL Advanced Features": """
            target Target TargetType SPARQLTarget SPARQLTargetType expression ExpressionConstraintComponent this
            filterShape nodes intersection union if then else exists distinct limit offset orderBy desc count sum min
            max groupConcat separator rule Rule SPARQLRule TripleRule condition construct subject predicate object
            Function SPARQLFunction returnType update""",
        "SHACL-JS": """
            js jsFunctionName jsLibrary jsLibraryURL JSConstraint JSExecutable JSFunction JSLibrary JSRule JSTarget
            JSTargetType JSValidator""",
        "SHACL 1.2": """
            targetWhere shape ShapeClass memberShape minListLength maxListLength uniqueMembers someValue singleLine
            subsetOf rootClass uniqueValuesFor reifierShape reificationRequired nodeByExpression expectedType ByTypes
            Debug Trace TripleTerm""",
    }.items()
    for name in names.split()
}
