"""Whether what the owner has written can be used: asked once at the start, answered in sentences."""

from pydantic import ValidationError
from pydantic_settings import SettingsError

from config.catalog import CatalogError, catalog
from config.settings import settings


def faults() -> list[str]:
    """What has to be set right before anything can start; empty if nothing has."""
    try:
        budgets = settings().budgets
    except ValidationError as error:
        return [_sentence([str(part) for part in each["loc"]], each["msg"]) for each in error.errors()]
    except SettingsError as error:
        return [f"The settings cannot be read ({error}); lists and tables in STUDIO_… are JSON."]
    try:
        catalog()
    except CatalogError as error:
        return [str(error)]
    servers = {str(row.options["server"]) for row in catalog().values() if row.options.get("server")}
    known = ", ".join(sorted(servers))
    return [f"budgets: no model is served by {name!r}; take one of {known}." for name in budgets if name not in servers]


def _sentence(where: list[str], what: str) -> str:
    name, within = where[0], " ".join(where[1:])
    what = what.removeprefix("Value error, ").removeprefix("Input ")
    return f"{name} (STUDIO_{name.upper()}, or {name} in studio.yaml) cannot be used: {within + ' ' if within else ''}{what}."
