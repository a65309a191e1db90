"""Real image models, tiny ones: the real store and worker, the real diffusers, random weights built here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
from invariants import assert_invariants
from jobs_house import House, furnished
from PIL import Image

from engines.image.save import texts_of
from jobs import control
from jobs.control import Caller
from jobs.store import home, rows, value

ROW = """{name}:
  engine: "{engine}"
  for: [generate_image]
  lane: gpu
  hidden: true
  weights: {{folder: "{folder}"}}
  options: {{family: {family}, side: 64}}
  defaults: {{steps: 6, guidance: 4.0}}
"""
ENGINE = "engines.image.diffusers:Diffusers"


def row(name: str, folder: Path | str, family: str = "sd15", engine: str = ENGINE) -> str:
    """A models.yaml row for a model folder."""
    return ROW.format(name=name, folder=folder, family=family, engine=engine)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion 1.5."""
    return tiny_models.build(tmp_path_factory.mktemp("models") / "sd15", "sd15")


@pytest.fixture(scope="module")
def house(tiny: Path) -> Iterator[House]:
    """Worker processes with the tiny model in the catalog."""
    with furnished(row("tiny", tiny), cpu_workers=1, lease_seconds=30) as one:
        yield one
        assert_invariants(one.home)


def made(house: House, **values: Any) -> tuple[str, list[np.ndarray]]:
    """A job of the tiny model and its pictures."""
    job = house.start("tiny", **{"prompt": "a red cat", "seed": 7} | values)
    return job, finished(house, job)


def finished(house: House, job: str) -> list[np.ndarray]:
    """The pictures of a job when it has ended."""
    (ended,) = house.until([job])
    assert ended["status"] == "complete", ended["error"]
    return [pixels(file["path"]) for file in rows("select path from artifacts where job=? order by number", job)]


def pixels(path: str) -> np.ndarray:
    """A published picture."""
    with Image.open(home() / path) as image:
        return np.asarray(image.convert("RGB"), np.int16)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference of two pictures, 0 to 255."""
    return float(np.abs(one - other).mean())


def test_a_picture_comes_out(house: House) -> None:
    """A PNG of the size asked for, and the record of how it was made."""
    job, (picture,) = made(house, steps=5, width=64, height=96)
    assert picture.shape == (96, 64, 3) and picture.std() > 10
    shown = control.job(job, Caller())
    assert shown["provenance"]["model"] == "tiny" and shown["provenance"]["seeds"] == [7]
    assert shown["outputs"][0]["width"] == 64
    assert "Steps: 5" in texts_of(home() / str(value("select path from artifacts where job=?", job)))["parameters"]
