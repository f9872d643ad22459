"""Print a syntax tree as the text of a definition."""

from __future__ import annotations

from typing import assert_never

from reconciler.language.literals import instant_text
from reconciler.language.syntax import And, Compare, Constant, Expr, In, Match, Not, Or, Term


def show(expr: Expr) -> str:
    """Return the text of a definition; parsing it gives the same tree."""
    match expr:
        case Compare() | In() | Match():
            return show_term(expr)
        case Not(operand):
            return f"not {_part(operand)}"
        case And(operands):
            return " and ".join(map(_part, operands))
        case Or(operands):
            return " or ".join(map(_part, operands))
        case _:
            assert_never(expr)


def _part(expr: Expr) -> str:
    # More parentheses than precedence asks for: a reviewer should not have to know that `and` binds before `or`.
    return f"({show(expr)})" if isinstance(expr, (And, Or)) else show(expr)


def show_term(term: Term) -> str:
    """Return the text of one comparison."""
    if isinstance(term, Compare):
        name, operator, constant, _, _ = term
        return f"{name} {operator} {show_constant(constant)}"
    if isinstance(term, In):
        return f"{term.name} in ({', '.join(map(show_constant, term.constants))})"
    return f"{term.function}({term.name}, {show_constant(term.constant)})"


def show_constant(constant: Constant) -> str:
    """Return the text of one literal: quotes doubled, date-times in UTC."""
    value = constant.value
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'" if "'" in value else f"'{value}'"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if constant.type == "date_time":
        return instant_text(int(value))
    return repr(value)
