"""pydantic's findings as one sentence a person can act on."""

from typing import Any

from pydantic import ValidationError

from engines.errors import BadRequest

MOST = 3


def refusal(error: ValidationError) -> BadRequest:
    """One BadRequest that names the fields and says what they must be."""
    found = error.errors(include_url=False, include_context=True)
    said = [_sentence(each) for each in found[:MOST]]
    if len(found) > MOST:
        said.append(f"and {len(found) - MOST} more")
    fields = list(dict.fromkeys(".".join(map(str, each["loc"])) for each in found if each["loc"]))
    return BadRequest("; ".join(said), fields=fields)


def findings(error: ValidationError) -> list[dict[str, str]]:
    """Every finding apart: where it is, as a path with dots, and what is wrong there."""
    found = error.errors(include_url=False, include_context=True)
    return [{"at": ".".join(map(str, each["loc"])), "message": _sentence(each | {"loc": each["loc"][-1:]})} for each in found]


def _sentence(finding: Any) -> str:
    path = [str(part) for part in finding["loc"] if not str(part).startswith(("function-", "constrained-"))]
    name = ".".join(path) or "the request"
    context = finding.get("ctx") or {}
    kind = finding["type"]
    if kind == "missing":
        return f"{name} is missing"
    if kind == "extra_forbidden":
        return f"{name} is not a parameter here"
    if kind == "value_error":
        return f"{name}: {context.get('error', finding['msg'])}" if path else str(context.get("error", finding["msg"]))
    if kind in ("string_too_short", "too_short") and context.get("min_length") == 1:
        return f"{name} is empty; it needs something in it"
    words = _must(kind, context)
    return f"{name} must {words}" if words else f"{name}: {finding['msg'][:1].lower()}{finding['msg'][1:]}"


def _must(kind: str, context: dict[str, Any]) -> str:
    numbers = {
        "greater_than_equal": "be at least {ge}",
        "less_than_equal": "be at most {le}",
        "greater_than": "be more than {gt}",
        "less_than": "be less than {lt}",
        "multiple_of": "be a multiple of {multiple_of}",
        "finite_number": "be a finite number",
        "string_too_short": "have at least {min_length} characters",
        "string_too_long": "have at most {max_length} characters",
        "too_long": "have at most {max_length} entries",
        "too_short": "have at least {min_length} entries",
        "literal_error": "be one of {expected}",
        "string_pattern_mismatch": "look like {pattern}",
    }
    plain = {
        "int_type": "be a whole number",
        "int_parsing": "be a whole number",
        "int_from_float": "be a whole number",
        "float_type": "be a number",
        "float_parsing": "be a number",
        "bool_type": "be true or false",
        "string_type": "be text",
        "list_type": "be a list",
        "dict_type": "be an object",
        "model_type": "be an object",
        "int_parsing_size": "be a smaller number",
    }
    return numbers[kind].format(**context) if kind in numbers else plain.get(kind, "")
