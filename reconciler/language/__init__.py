"""The audience language: what an audience definition means, as pure functions over its text."""

from reconciler.language.check import check
from reconciler.language.describe import describe_change
from reconciler.language.evaluate import deciding_term, evaluate, type_of
from reconciler.language.explain import Explained, explain_tree
from reconciler.language.literals import instant, instant_text
from reconciler.language.membership import complement, intersection, union
from reconciler.language.normalize import normal_text, normalize
from reconciler.language.parse import parse
from reconciler.language.problems import PROBLEMS, DefinitionError, Problem
from reconciler.language.properties import DEVICE_PROPERTIES, Property, PropertyType, canonical_name
from reconciler.language.reach import is_empty, is_everyone
from reconciler.language.relation import Relation, relation
from reconciler.language.sayable import ill_typed, unsayable
from reconciler.language.show import show, show_constant
from reconciler.language.sql import instant_sql, json_column, where
from reconciler.language.syntax import (
    And,
    Compare,
    Constant,
    Expr,
    In,
    Match,
    Not,
    Or,
    Term,
    constants,
    properties_of,
    span,
    terms,
)

__all__ = [
    "DEVICE_PROPERTIES",
    "PROBLEMS",
    "And",
    "Compare",
    "Constant",
    "DefinitionError",
    "Explained",
    "Expr",
    "In",
    "Match",
    "Not",
    "Or",
    "Problem",
    "Property",
    "PropertyType",
    "Relation",
    "Term",
    "canonical_name",
    "check",
    "complement",
    "constants",
    "deciding_term",
    "describe_change",
    "evaluate",
    "explain_tree",
    "ill_typed",
    "instant",
    "instant_sql",
    "instant_text",
    "intersection",
    "is_empty",
    "is_everyone",
    "json_column",
    "normal_text",
    "normalize",
    "parse",
    "properties_of",
    "relation",
    "show",
    "show_constant",
    "span",
    "terms",
    "type_of",
    "union",
    "unsayable",
    "where",
]
