"""Small sums in the sculptor's data: "tall * 0.5 + 0.1" with the names that a kind of object draws. No code, only arithmetic."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache

Sum = float | int | str
_TWO: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Mod: operator.mod,
    ast.Pow: operator.pow, ast.Lt: operator.lt, ast.Gt: operator.gt, ast.LtE: operator.le, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne}
_CALLS: dict[str, Callable[..., float]] = {
    "sin": lambda degrees: math.sin(math.radians(degrees)), "cos": lambda degrees: math.cos(math.radians(degrees)), "min": min, "max": max,
    "abs": abs, "sqrt": math.sqrt, "floor": math.floor}


class SumError(ValueError):
    """A sum that cannot be read; the message names it."""


def value(sum_: Sum, names: Mapping[str, float]) -> float:
    """What a sum comes to; plain numbers are themselves."""
    if not isinstance(sum_, str):
        return float(sum_)
    try:
        return float(_value(_read(sum_), names))
    except (KeyError, TypeError, ZeroDivisionError) as error:
        raise SumError(f"{sum_!r} cannot be worked out: {error}") from error


def values(sums: list[Sum] | tuple[Sum, ...], names: Mapping[str, float]) -> list[float]:
    """What several sums come to."""
    return [value(each, names) for each in sums]


@lru_cache(4096)
def _read(sum_: str) -> ast.expr:
    try:
        return ast.parse(sum_.strip(), mode="eval").body
    except SyntaxError as error:
        raise SumError(f"{sum_!r} is no sum") from error


def _value(node: ast.expr, names: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, names)
        case ast.BinOp(left=left, op=op, right=right):
            return _TWO[type(op)](_value(left, names), _value(right, names))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return float(_TWO[type(op)](_value(left, names), _value(right, names)))
        case ast.Call(func=ast.Name(id=name), args=given):
            return _CALLS[name](*(_value(each, names) for each in given))
    raise SumError(f"only sums are read here, not {ast.unparse(node)!r}")
