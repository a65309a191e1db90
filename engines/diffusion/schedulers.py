"""Schedulers by name, as schedulers.yaml lists them: which a family may take, and how one is made."""

import functools
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, Field

from engines.errors import BadRequest, ModelNotReady
from engines.words import nearest

HERE = Path(__file__).parent


@functools.lru_cache(1)
def schedulers() -> dict[str, dict[str, dict[str, Any]]]:
    """Settings by way of sampling and name."""
    found: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((HERE / "schedulers.yaml").read_text("utf-8"))
    return found


def _known(name: str) -> str:
    names = {each for rows in schedulers().values() for each in rows}
    if name not in names:
        raise ValueError(f"unknown scheduler {name!r}{nearest(name, sorted(names))}")
    return name


SchedulerName = Annotated[str, Field(max_length=40), AfterValidator(_known)]


def allowed(sampling: str, name: str, steps: int) -> None:
    """BadRequest, with those there are, unless a family of this way of sampling can take this scheduler for so many steps."""
    there = schedulers().get(sampling, {})
    if name not in there:
        hint = f"choose one of {', '.join(there)}" if there else "leave it out"
        raise BadRequest(f"scheduler {name} does not fit this model; {hint}", fields=["scheduler"])
    most = there[name].get("most", steps)
    if steps > most:
        raise BadRequest(f"scheduler {name} takes at most {most} steps", fields=["scheduler", "steps"])


def named(sampling: str, name: str, usual: Any) -> Any:
    """A fresh scheduler of this name with the noise schedule of the model's own one, `usual`."""
    options = {key: value for key, value in schedulers()[sampling][name].items() if key != "most"}
    return made(options.pop("class"), usual, options)


def made(kind: str, usual: Any, options: dict[str, Any]) -> Any:
    """A scheduler of a class of diffusers, with the settings of `usual` and these. Raises ModelNotReady for an unknown class."""
    import diffusers

    maker = getattr(diffusers, kind, None)
    if maker is None or "Scheduler" not in kind:
        raise ModelNotReady(f"its row names the scheduler {kind!r}, which diffusers does not have; correct it in models.yaml")
    return maker.from_config(usual.config, **options)
