"""What the studio says of real models where they cannot run: no packages, no weights, no memory. No torch is imported for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jobs_house import ROOT

from config import catalog, check, settings
from engines.errors import Unauthorized
from jobs import downloads, idle, process
from jobs.control import Caller
from jobs.declared import DOORS
from jobs.store import value, write

WITHOUT = """
import importlib.machinery, json, os, sys
blocked = {blocked!r}

class Without(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split('.')[0] in blocked else super().find_spec(name, path, target)

sys.meta_path = [Without if finder is importlib.machinery.PathFinder else finder for finder in sys.meta_path]
from jobs import control
from jobs.control import Caller
from jobs.declared import DOORS
from engines.errors import StudioError
told = {{row["name"]: row for row in DOORS["models"].work({{}}, Caller())["models"]}}
print(json.dumps({{name: [row["ready"], row["needs"], row["missing"]] for name, row in told.items()}}))
try:
    control.start("generate_image", {{"prompt": "a hare", "model": "sdxl"}}, Caller())
except StudioError as error:
    print(error.code, error.message)
print(control.start("generate_image", {{"prompt": "a hare"}}, Caller())["provenance"]["model"])
print(sorted({{"torch", "diffusers", "transformers", "openai"}} & set(sys.modules)))
"""


def told(home: Path, *blocked: str) -> list[str]:
    """What a process in which some packages cannot be found says of the models."""
    import os

    env = os.environ | {"STUDIO_HOME": str(home), "HF_HOME": str(home / "hf")}
    done = subprocess.run([sys.executable, "-c", WITHOUT.format(blocked=blocked)], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def test_without_the_packages_the_listing_says_how_to_get_them(home: Path) -> None:
    """Every real model says so that could run here, a job for one is refused so, auto goes on with what is ready."""
    row = "vast: {engine: 'engines.image.diffusers:Diffusers', for: [generate_image], weights: {gb: 1}, memory_gb: {full: 9000}}\n"
    (home / "models.yaml").write_text(row)
    listing, refused, auto, imported = told(home, "diffusers", "torch")
    for name in ("sd15", "shap-e"):
        assert f'"{name}": [false, "package", "the packages torch, diffusers; install with `make models`"]' in listing
    assert '"vast": [false, "memory", "memory: it needs 9000 GB' in listing, "packages would not help"
    assert refused.startswith("MODEL_NOT_READY") and "make models" in refused
    assert auto == "sketch" and imported == "[]"


def test_with_the_packages_it_says_what_else_is_missing(home: Path) -> None:
    """The weights, with the command that gets them, or the memory; and still nothing heavy is imported."""
    listing, refused, auto, imported = told(home)
    said = '"sd15": [false, "weights", "its weights are not here; get its weights (2.7 GB) in the Studio tab, with `python app.py'
    assert said in listing
    assert "--revision 462165984030d82259a11f4367a4eed129e94a7b" in refused
    assert auto == "sketch" and imported == "[]"


@pytest.mark.parametrize(("text", "said"), [
    ("mine:\n  title: Mine: the best\n", "cannot be read in line 2"),
    ("- mine", "it is a list of rows, each a name,"),
    ("mine: {for: [generate_image], weigths: {gb: big}}", "in the row mine, engine: it is missing; weigths: there is no such field"),
])  # fmt: skip
def test_a_row_that_was_written_wrongly_is_a_sentence(home: Path, text: str, said: str) -> None:
    """Which row and what is wrong with it, at the start, without a traceback."""
    (home / "models.yaml").write_text(text)
    (told,) = check.faults()
    assert told.startswith("models.yaml") and said in told


def test_the_owner_of_a_public_studio_deletes_a_model_that_is_warm(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its worker is asked to let go of it, though visitors may not ask for that."""
    (home / "models.yaml").write_text("m: {engine: 'x:X', for: [generate_image], lane: gpu, weights: {repo: a/b, gb: 1}}\n")
    monkeypatch.setenv("STUDIO_PUBLIC", "true")
    monkeypatch.setattr(idle, "MOMENT", 0.0)
    for read in (settings, catalog):
        read.cache_clear()
    folder = home / "models" / "m"
    folder.mkdir(parents=True)
    (folder / "some.safetensors").write_bytes(b"x" * 10)
    with write() as db:
        db.execute("insert into warm values (?, 'm', 'gpu', 'cpu', 1, 1, 0)", (process.identity(),))
    assert downloads.delete("m", Caller()) == {"model": "m", "freed_bytes": 10, "also": []}
    assert value("select asked from warm where model='m'") == 1 and not folder.exists()
    with pytest.raises(Unauthorized):
        idle.unload("m")


def test_visitors_of_a_public_studio_learn_no_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is said without the folders of the machine; to its owner at home they are named."""
    for public in ("true", "false"):
        monkeypatch.setenv("STUDIO_PUBLIC", public)
        settings.cache_clear()
        told = json.dumps(DOORS["models"].work({}, Caller("a visitor")))
        assert (str(home) in told) is (public == "false")
