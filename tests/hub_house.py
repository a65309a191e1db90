"""What download tests share: rows whose weights a hub on this machine has, and words for what a person does with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hub_peer import REVISION, Hub
from jobs_house import House, furnished

from engines.errors import StudioError
from jobs import control
from jobs.control import Caller
from jobs.declared import DOORS

HUB = """hub:
  title: Hugging Face Hub
  engine: "engines.hub.engine:Downloads"
  for: [download_model]
  lane: io
  hidden: true
  options: {patience_seconds: 1, tries: 2, rest_seconds: 0.05, least_kb: 40}
"""
ROW = """{name}:
  title: Model {name}
  engine: "engines.image.diffusers:Diffusers"
  for: [generate_image]
  lane: gpu
  named_only: true
  licence: A licence
  commercial: {commercial}
  weights: {{repo: "{repo}", revision: {revision}, gb: {gb}, gated: {gated}{more}}}
  options: {{family: sd15, side: 64}}
  defaults: {{steps: 2, guidance: 4.0}}
"""
NAMES = ("whole", "cut", "killed", "paused", "damaged", "wrong", "mended", "silent", "drip", "plain", "full", "thrown", "busy", "failing")
LARGE = "unet/diffusion_pytorch_model.safetensors"


def row(
    name: str, repo: str = "", *, commercial: bool = True, gated: bool = False, revision: str = REVISION, gb: float = 0.0052, more: str = ""
) -> str:
    """A row of models.yaml whose weights the hub has."""
    flags = {"commercial": str(commercial).lower(), "gated": str(gated).lower()}
    return ROW.format(name=name, repo=repo or f"tiny/{name}", revision=f'"{revision}"', gb=gb, more=more, **flags)


ROWS = HUB + "".join(map(row, NAMES)) + row("research", commercial=False) + row("closed", gated=True) + row("shut") + row("gone")
ROWS += row("unpinned", revision="") + row("endless", gb=9_000_000)
ROWS += row("pair", "tiny/plain") + "  beside: [mate, pickled]\n" + row("mate", "tiny/busy")
ROWS += row("twin", "tiny/paused", more=", folder: paused") + row("pickled", more=", files: [state_dict.bin]")


@contextmanager
def beside(hub: Hub, rows: str, **settings: Any) -> Iterator[House]:
    """Worker processes that know these rows and this hub; `settings` become theirs and this process's."""
    kept = {f"STUDIO_{name.upper()}": str(said) for name, said in settings.items()}
    with pytest.MonkeyPatch.context() as patch:
        for name, said in ({"STUDIO_HUB": hub.url, "HF_HUB_OFFLINE": "0", "HF_HOME": "/nonexistent"} | kept).items():
            patch.setenv(name, said)
        with furnished(rows, hub=hub.url, cpu_workers=1, **settings) as one:
            yield one


def ask(door: str, **values: Any) -> dict[str, Any]:
    """A verb, as the page asks it."""
    return DOORS[door].work(values, Caller())


def refused(door: str, **values: Any) -> StudioError:
    """How a verb is refused."""
    with pytest.raises(StudioError) as told:
        ask(door, **values)
    return told.value


def listed(name: str) -> dict[str, Any]:
    """What the listing says of a model."""
    found: dict[str, Any] = next(each for each in ask("models")["models"] if each["name"] == name)
    return found


def brought(house: House, name: str, **values: Any) -> dict[str, Any]:
    """The job of a download that has ended."""
    job = str(ask("download_model", model=name, **values)["id"])
    house.until([job])
    return control.job(job, Caller())


def place(house: House, name: str) -> Path:
    """Where a model lies when it is here."""
    return house.home / "models" / name
