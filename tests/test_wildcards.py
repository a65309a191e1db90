"""Wildcards: words drawn from lists of one's own, by a seed of their own, in every picture whoever paints it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_house import eventually, stored
from PIL import Image

from config import catalog, settings
from engines import pool
from engines.base import JobOptions
from engines.errors import BadRequest
from engines.prompt import wildcards
from jobs import control, store
from jobs.control import Caller
from jobs.store import rows
from jobs.supervisor import Supervisor


def pixels(job: dict[str, object]) -> list[bytes]:
    """The pictures of a job."""
    files = rows("select path from artifacts where job=? order by number", job["id"])
    return [Image.open(store.home() / file["path"]).convert("RGB").tobytes() for file in files]


@pytest.fixture
def lists(home: Path) -> Path:
    """A home with a few lists."""
    wildcards.folder().mkdir()
    for name, text in {
        "animal": "\ufeff# beasts\nfox\nhare\n\nowl  \n",
        "place": "a __tree__ wood\na meadow\n",
        "tree": "birch\noak",
        "loop": "x __ring__",
        "ring": "y __loop__",
        "empty": "# nothing\n\n",
        "fern-leaf_2": "🌿 grün",
    }.items():
        (wildcards.folder() / f"{name}.txt").write_text(text, "utf-8")
    (wildcards.folder() / "torn.txt").write_bytes(b"\xff\xfe\xfa")
    return home


@pytest.fixture
def studio(lists: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process does the work."""
    monkeypatch.setenv("STUDIO_WORKERS", "inline")
    settings.cache_clear()
    catalog.cache_clear()
    supervisor = Supervisor()
    supervisor.start()
    yield
    supervisor.stop()
    pool.empty()


def test_the_same_seed_draws_the_same_words(lists: Path) -> None:
    """All lines come up over many seeds, lines within lines are drawn too, each mark for itself."""
    prompt = "a __animal__ and a __animal__ in __place__, __fern-leaf_2__"
    drawn = {wildcards.expand(prompt, seed) for seed in range(200)}
    assert len(drawn) > 12 and not any("__" in each for each in drawn)
    assert all(each.endswith(", 🌿 grün") for each in drawn) and any("oak wood" in each for each in drawn)
    assert wildcards.expand(prompt, 7) == wildcards.expand(prompt, 7)
    assert any(each.split()[1] != each.split()[4] for each in drawn)


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a __animl__", "there is no wildcard animl; did you mean animal"),
        ("a __loop__", "leads back to itself .loop → ring → loop."),
        ("a __empty__", "is empty; write a choice a line"),
        ("a __torn__", "write it as UTF-8"),
    ],
)
def test_what_cannot_be_drawn_from_is_refused_in_words(lists: Path, prompt: str, said: str) -> None:
    """Before a job is made, with what to do about it."""
    with pytest.raises(BadRequest, match=said):
        control.start("generate_image", {"prompt": prompt}, Caller())
    assert not control.jobs(Caller())["jobs"]


@given(st.text(max_size=60))
def test_any_text_is_welcome(text: str) -> None:
    """Names that are no names are words; no name leaves the folder."""
    for name in wildcards.names(text):
        assert (wildcards.folder() / f"{name}.txt").parent == wildcards.folder() and "/" not in name and "." not in name
    if not wildcards.names(text):
        assert wildcards.expand(text, 1) == text


@pytest.mark.parametrize("prompt", ["__../../etc/passwd__", "__init__.py", "snake____case", "_ _animal_ _", "__a b__"])
def test_what_only_looks_like_one(lists: Path, prompt: str) -> None:
    """`__init__` is a name like any other; what holds other signs is text."""
    assert wildcards.names(prompt) == (["init"] if "init" in prompt else [])


def test_in_a_picture(studio: None) -> None:
    """The words are drawn before they are enriched; the template, its seed and what came of it are on the record; a fresh seed is drawn."""

    def made(**values: object) -> dict[str, object]:
        asked = {"prompt": "a __animal__ in __place__", "width": 64, "height": 64, "seed": 1} | values
        job = str(control.start("generate_image", asked, Caller())["id"])
        eventually(lambda: stored(job)["completed_at"], 60, "the picture")
        shown = control.job(job, Caller())
        assert shown["status"] == "complete", shown["error"]
        return shown

    one = made()
    assert one["request"]["prompt"] == "a __animal__ in __place__" and isinstance(one["request"]["wildcard_seed"], int)
    drawn = wildcards.expand("a __animal__ in __place__", one["request"]["wildcard_seed"])
    assert one["resolved_prompt"].startswith(drawn) and one["provenance"]["added"]
    again = made(wildcard_seed=one["request"]["wildcard_seed"], expand=False)
    assert again["resolved_prompt"] == drawn and again["outputs"][0]["sha256"]
    varied = control.vary(str(one["id"]), control.Variation(0.0, 1, 0, 3), Caller(), JobOptions())
    assert json.loads(stored(str(varied["id"]))["request"])["prompt"] == one["resolved_prompt"]
    assert made(prompt="a plain fox")["request"]["wildcard_seed"] is None
    several = made(count=3, wildcard_seed=2, expand=False)
    assert several["resolved_prompt"].split("\n") == [wildcards.expand("a __animal__ in __place__", seed) for seed in (2, 3, 4)]
    last = made(seed=3, wildcard_seed=4, expand=False)
    (alone,), pictures = pixels(last), pixels(several)
    assert several["provenance"]["seeds"] == [1, 2, 3] and len({*pictures}) == 3
    assert alone == pictures[2], "picture 3 was another when it was made alone"
    varied = control.vary(str(several["id"]), control.Variation(0.0, 1, 2, 3), Caller(), JobOptions())
    assert json.loads(stored(str(varied["id"]))["request"])["prompt"] == last["resolved_prompt"]
    metas = [json.loads(file["meta"]) for file in rows("select meta from artifacts where job=? order by number", several["id"])]
    assert [(meta["index"], meta["wildcard_seed"], meta["seed"]) for meta in metas] == [(0, 2, 1), (1, 3, 2), (2, 4, 3)]
