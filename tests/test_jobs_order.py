"""Whose turn it is, and who may still write: the claim and its token, without processes."""

import time
from pathlib import Path
from typing import Any

import pytest
from jobs_house import rows_of, stored
from PIL import Image

from config import catalog
from engines.base import Artifact, Made
from engines.errors import BadRequest, Conflict
from jobs import control, life, order, publish
from jobs.control import Caller
from jobs.life import Claim, Stale
from jobs.store import value, write


def start(owner: str = "ann", **values: Any) -> str:
    """A flat picture of this owner."""
    return str(control.start("generate_image", {"prompt": "a sheet", "model": "flat"} | values, Caller(owner))["id"])


def take(lane: str = "cpu", warm: list[str] | None = None, until: float = 0.0) -> Claim | None:
    """The next job of a lane."""
    return life.claim(lane, "host:1:1", "", warm or [], until)


def taken(count: int) -> list[str]:
    """The ids of the next jobs in the order in which they are taken."""
    return [held.id for held in (take() for _ in range(count)) if held]


def test_first_come_first_served_but_for_priority(home: Path) -> None:
    """Higher goes first; equals go by age."""
    ids = [start(), start(priority=5), start(), start(priority=-5), start(priority=5)]
    assert taken(9) == [ids[1], ids[4], ids[0], ids[2], ids[3]]


def test_fair_turns_between_owners(home: Path) -> None:
    """Twenty jobs of one person do not keep another one's two waiting."""
    many = [start("ann") for _ in range(20)]
    first = taken(1)
    few = [start("bea") for _ in range(2)]
    rest = taken(30)
    assert first == many[:1] and rest.index(few[0]) <= 2 and rest.index(few[1]) <= 4
    assert sorted(first + rest) == sorted(many + few)


def test_a_newcomer_does_not_go_before_everybody(home: Path) -> None:
    """One who never asked before stands at the lane's own turn, not at its beginning."""
    ann = [start("ann") for _ in range(6)]
    assert taken(3) == ann[:3]
    bea, cem = start("bea"), start("cem")
    assert taken(3) == [ann[3], bea, cem]


def test_move_and_the_places_people_see(home: Path) -> None:
    """Before another one, or to the end; refused for what does not wait or is another person's."""
    ids = [start() for _ in range(4)]
    order.move(ids[3], ids[0], Caller("ann"))
    order.move(ids[1], None, Caller("ann"))
    assert [control.job(each, Caller("ann"))["queue_position"] for each in ids] == [2, 4, 3, 1]
    assert taken(2) == [ids[3], ids[0]]
    with pytest.raises(Conflict, match="Only a waiting job"):
        order.move(ids[0], ids[1], Caller("ann"))
    assert taken(9) == [ids[2], ids[1]]


def test_a_paused_lane_starts_nothing(home: Path) -> None:
    """What waits is still there when it is resumed; a lane that is none is refused."""
    order.pause("cpu", Caller())
    job = start()
    assert take() is None and control.status(Caller())["lanes"]["cpu"]["paused"]
    order.pause("cpu", Caller(), on=False)
    assert taken(9) == [job]
    with pytest.raises(BadRequest, match="gpu"):
        order.pause("gpus", Caller())


def test_the_warm_model_goes_first_for_a_bounded_time(home: Path) -> None:
    """Within the window its jobs go before older ones, though never before a higher priority; then age counts again."""
    (home / "models.yaml").write_text(rows_of())
    catalog.cache_clear()
    ids = [start(model=model) for model in ("warm-b", "warm-a", "warm-b", "warm-a", "warm-a")]
    soon = time.time() + 60
    held = [take("gpu", ["warm-a"], soon), take("gpu", ["warm-a"], soon), take("gpu", ["warm-a"], 0.0)]
    assert [each and each.id for each in held] == [ids[1], ids[3], ids[0]]
    urgent = start(model="warm-b", priority=1)
    again = take("gpu", ["warm-a"], soon)
    assert again and again.id == urgent


def picture(held: Claim, color: str = "red") -> Made:
    """Something to publish."""
    folder = publish.work_folder(held.id, held.token)
    folder.mkdir(exist_ok=True)
    path = folder / "picture.png"
    Image.new("RGB", (32, 32), color).save(path)
    return Made(artifacts=[Artifact(path=path, media_type="image/png", width=32, height=32)], seeds=[1])


def test_who_lost_the_claim_can_write_nothing(home: Path) -> None:
    """Neither progress, nor an end, nor a file: the second holder's work stands."""
    job = start()
    first = take()
    assert first
    life.give_back("id=?", job, uses_attempt=True)
    second = take()
    assert second and second.token > first.token
    publish.complete(second, picture(second, "blue"))
    before = sorted((home / "outputs").rglob("*"))
    for late in (
        lambda: life.report(first, progress=0.9),
        lambda: life.beat(first),
        lambda: life.park(first),
        lambda: life.stopped(first),
        lambda: publish.complete(first, picture(first)),
    ):
        with pytest.raises(Stale):
            late()
    assert sorted((home / "outputs").rglob("*")) == before and stored(job)["status"] == "complete"
    assert value("select count(*) from artifacts where job=?", job) == 1


def test_publishing_that_fails_leaves_nothing_visible(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the files are in place when the disk gives up: none stays, and the job can go on."""
    start()
    held = take()
    assert held
    made, real = picture(held), publish.os.replace

    def replace(source: Path, target: Path) -> None:
        if str(target).endswith(".meta.json"):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(publish.os, "replace", replace)
    with pytest.raises(OSError, match="No space"):
        publish.complete(held, made)
    assert not [path for path in (home / "outputs").rglob("*") if path.is_file()]
    assert stored(held.id)["status"] in ("loading", "generating") and value("select count(*) from artifacts") == 0
    monkeypatch.undo()


def test_a_flow_cancelled_while_it_parks_ends(home: Path) -> None:
    """The cancel that came in its last moment is not forgotten in the parking place."""
    song = control.start("illustrate_song", {"lyrics": "One line"}, Caller())["id"]
    held = take()
    assert held and held.id == song
    control.cancel(song, Caller())
    life.park(held)
    assert stored(song)["status"] == "cancelled"


def test_a_search_finds_signs_that_are_no_letters(home: Path) -> None:
    """An emoji is looked for as it is; a sign that nothing holds finds nothing."""
    hedgehog = start(prompt="a 🦔 in the leaves")
    other = start(prompt="100 % cats_and_dogs")

    def found(search: str) -> list[str]:
        return [each["id"] for each in control.jobs(Caller("ann"), search=search)["jobs"]]

    assert found("🦔") == [hedgehog] and found("%") == [other] and found("leaves 🦔") == [hedgehog]
    assert found("🐫") == [] and found("'") == []
    assert found("  ") == [other, hedgehog]


def test_a_search_finds_what_was_asked_for_not_what_was_left_out(home: Path) -> None:
    """ "no cats" is no picture of a cat; the words around it are found all the same."""
    sheep = start(prompt="three sheep on a hill, no black cats or dogs")
    hut = start(prompt="a hut without a cat on a hill")
    cat = start(prompt="there is nobody but a cat on a hill")

    def found(search: str) -> list[str]:
        return [each["id"] for each in control.jobs(Caller("ann"), search=search)["jobs"]]

    assert found("cat") == [cat] and found("dog") == []
    assert found("hill") == [cat, hut, sheep] and found("sheep") == [sheep]


def test_what_a_model_takes_to_load_is_not_what_its_work_takes(home: Path) -> None:
    """A minute of loading neither makes the time left of a job half done a minute, nor is it learned for the next one."""
    held = [start(), take()][1]
    assert held is not None and control.job(held.id, Caller("ann"))["status"] == "loading"
    with write() as db:
        db.execute("update jobs set started_at=started_at-100, progress_at=progress_at-100 where id=?", (held.id,))
    held = Claim(held.id, held.token, stored(held.id))
    life.report(held, status="generating", loaded_at=time.time() - 1, progress=0.5)
    assert control.job(held.id, Caller("ann"))["eta_s"] < 50
    publish.complete(held, Made())
    assert control.job(start(), Caller("ann"))["eta_s"] < 50
