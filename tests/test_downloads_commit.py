"""Which commit of a model comes, and that it stays."""

import os
from collections.abc import Iterator

import pytest
import tiny_models
from hub_house import HUB, LARGE, ask, beside, brought, place, row
from hub_peer import REVISION, Hub
from jobs_house import House, eventually

from jobs import control
from jobs.control import Caller


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub with two models."""
    folder = tiny_models.build(tmp_path_factory.mktemp("hub") / "sd15", "sd15")
    with Hub() as one:
        one.offer("tiny/unpinned", folder)
        one.offer("tiny/other", folder)
        yield one


@pytest.fixture(scope="module")
def house(hub: Hub) -> Iterator[House]:
    """A worker process that knows them."""
    with beside(hub, HUB + row("unpinned", revision="") + row("other")) as one:
        yield one


def test_a_row_without_a_commit_stays_with_the_first_it_gets(house: House, hub: Hub) -> None:
    """Its first download takes the newest and writes it down; to be completed or mended it stays with that, though there is a newer."""
    hub.mood |= {"step": 1 << 15, "pause": 0.05}
    job = str(ask("download_model", model="unpinned")["id"])
    eventually(lambda: hub.sent.get(LARGE, 0) > 800_000, 30, "some of it")
    control.cancel(job, Caller())
    house.until([job])
    hub.mood.clear()
    hub.mood["newest"] = "c" * 40
    control.requeue(job, Caller())
    assert house.until([job])[0]["status"] == "complete"
    done = control.job(job, Caller())
    assert done["result"]["revision"] == REVISION and "stays with 0123456" in str(done), done
    os.truncate(place(house, "unpinned") / LARGE, 9)
    assert brought(house, "unpinned")["result"]["ready"]
    asked = [path.partition("/revision/")[2] for _, path, _, _ in hub.asked if "/revision/" in path]
    assert asked == ["main", REVISION, REVISION]
    ask("delete_model", model="unpinned")
    assert "has no tiny/unpinned at the pinned commit" in brought(house, "unpinned")["error"]["message"]  # the newer, which has no files


def test_a_hub_that_answers_with_another_commit(house: House, hub: Hub) -> None:
    """Nothing of it is taken, nor of one whose commit is none."""
    for sha in ("c" * 40, "../../evil", None):
        hub.mood["sha"] = sha
        assert "does not tell what is in" in brought(house, "other")["error"]["message"]
