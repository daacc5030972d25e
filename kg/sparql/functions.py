"""The functions of SPARQL 1.1 Query Language (section 17.4), and the casts to datatypes that Oxigraph has."""

FUNCTIONS = """
    BOUND IF COALESCE sameTerm isIRI isURI isBLANK isLITERAL isNUMERIC STR LANG DATATYPE IRI URI BNODE STRDT STRLANG
    UUID STRUUID STRLEN SUBSTR UCASE LCASE STRSTARTS STRENDS CONTAINS STRBEFORE STRAFTER ENCODE_FOR_URI CONCAT
    LANGMATCHES REGEX REPLACE ABS ROUND CEIL FLOOR RAND NOW YEAR MONTH DAY HOURS MINUTES SECONDS TIMEZONE TZ MD5 SHA1
    SHA256 SHA384 SHA512
""".split()  # noqa: SIM905  # a list of 50 strings is read by nobody
AGGREGATES = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
CASTS = """
    boolean integer decimal double float string dateTime date time duration dayTimeDuration yearMonthDuration gYear
    gYearMonth gMonth gDay gMonthDay
""".split()  # noqa: SIM905
