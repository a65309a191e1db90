"""Songs under fire: every verse is painted once, and what happens to one verse stays with it."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from invariants import assert_invariants
from jobs_house import ROW, House, eventually, furnished, rows_of, stored
from trial_engines import noted

from engines.seeds import derive
from jobs import control, life, publish, songs, verbs
from jobs.control import Caller
from jobs.flow import FlowRun, perform
from jobs.store import Row, row, rows, value

pytestmark = pytest.mark.faults
WORDS = ["owl", "train", "windmill", "horse", "bell", "river"]
LYRICS = "\n\n".join(f"A {word} under the moon\nand a long road home" for word in WORDS)
CHORUS = "[Verse 1]\nAn owl in the night\n\n[Chorus]\nHome we go\n\n[Verse 2]\nA river in the rain\n\n[Chorus]\nHome we go"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Two workers for the whole module; what must always hold is checked when they have left."""
    unlucky = ROW.format(name="unlucky", engine="Rude", lane="cpu", more=f", options: {{seed: {derive(61, 'verse 2')}}}")
    with furnished(rows_of() + unlucky, cpu_workers=2) as one:
        yield one
        assert one.close() == 0
        assert_invariants(one.home)


def sing(model: str, lyrics: str = LYRICS, **values: Any) -> str:
    """Ask for a song; the id of its job."""
    owner = values.pop("owner", "local")
    ask = {"title": "Six", "lyrics": lyrics, "model": model, "seed": 3, "width": 64, "height": 64} | values
    return str(control.start("illustrate_song", ask, Caller(owner))["id"])


def song_of(job: str) -> str:
    """The song that a job paints."""
    return str(control.job(job, Caller())["request"]["song_id"])


def steps_of(job: str) -> dict[str, Row]:
    """The steps of a flow by name."""
    found = rows("select * from jobs where parent=?", job)
    assert len({each["step"] for each in found}) == len(found)
    return {each["step"]: each for each in found}


def kill_until(song: str, dice: random.Random, most: int) -> int:
    """Kill workers at random while a song is painted; how many."""
    kills = 0
    while kills < most and stored(song)["completed_at"] is None:
        time.sleep(dice.uniform(0.05, 0.5))
        held = rows("select worker from jobs where worker is not null and attempts<3")
        if held and not value("select 1 from jobs where worker is not null and attempts>=3"):
            with suppress(ProcessLookupError):
                os.kill(int(dice.choice(held)["worker"].split(":")[1]), signal.SIGKILL)
                kills += 1
    return kills


def looks(job: str, owner: str) -> dict[str, str]:
    """The picture of each verse by its bytes' digest."""
    song = str(control.job(job, Caller(owner))["request"]["song_id"])
    found = {verse["name"]: row("select * from artifacts where id=?", verse["artifact"]) for verse in songs.get(song, owner)["verses"]}
    return {name: file["sha256"] for name, file in found.items() if file is not None}


def test_a_song_is_finished_under_kills_with_every_verse_made_once(home: Path) -> None:
    """It is the same song as without them; and so is its copy that is made under kills."""
    with House(home) as house:
        job = sing("slow", seed=8)
        kills = kill_until(job, random.Random(11), 8)
        assert house.until([job], 90)[0]["status"] == "complete"
        copy = sing("slow", seed=8, title="Other title")
        kills += kill_until(copy, random.Random(12), 4)
        calm = sing("slow", seed=8, owner="bea")
        assert {each["status"] for each in house.until([copy, calm], 90)} == {"complete"}
        assert looks(job, "local") == looks(copy, "local") == looks(calm, "bea") and len(looks(job, "local")) == 6
        assert {step["status"] for step in steps_of(job).values()} == {"complete"} and len(steps_of(job)) == 9
        outputs = control.job(job, Caller())["outputs"]
        assert [each["role"] for each in outputs] == ["picture"] * 6 + ["sheet", "book"]
    print(f"a song and its copy under {kills} kills")
    assert_invariants(home, [job, copy, calm])


def test_a_copy_that_died_half_way_is_taken_back(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is killed between placing the files of a cached step and telling the store: nothing of it stays."""
    with House(home) as house:
        first = sing("rude", "An owl in the night")
        house.until([first])
    again = control.start("illustrate_song", {"song_id": song_of(first), "model": "rude"}, Caller())["id"]
    held = life.claim("cpu", "host:1:1", "", [], 0)
    assert held and held.id == again

    def die(path: Path) -> None:
        if path.is_dir():  # the files are in their place
            raise KeyboardInterrupt

    monkeypatch.setattr(publish, "_fsync", die)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # a dead process takes nothing back
    with pytest.raises(KeyboardInterrupt):
        perform(FlowRun(held))
    monkeypatch.undo()
    monkeypatch.setenv("STUDIO_HOME", str(home))
    before = {path.name for path in (home / "outputs").glob("*/*")}
    known = {each["id"] for each in rows("select id from jobs")}
    assert before - known, "the trial left nothing to take back"
    life.give_back("id=?", again, uses_attempt=True)
    publish.forget(held.row)
    assert not {path.name for path in (home / "outputs").glob("*/*")} - known


def test_ten_songs_side_by_side(house: House) -> None:
    """Children end while their parents are still letting go: no wake-up is lost, no flow stands still."""
    began = time.monotonic()
    jobs = [sing("flat", seed=100 + n) for n in range(10)]
    assert {job["status"] for job in house.until(jobs, 90)} == {"complete"}
    for job in jobs:
        assert {(step["status"], step["token"]) for step in steps_of(job).values()} == {("complete", 1)}
    print(f"10 songs of 9 steps in {time.monotonic() - began:.1f} s")


def test_a_repeated_chorus_has_one_picture(house: House) -> None:
    """Verses of equal text share a step."""
    job = sing("flat", CHORUS)
    house.until([job])
    verses = songs.get(song_of(job), "local")["verses"]
    assert len(verses) == 4 and verses[1]["artifact"] == verses[3]["artifact"]
    assert len([step for step in steps_of(job).values() if step["kind"] == "generate_image"]) == 3


def test_the_same_song_again_is_not_painted_again(house: House) -> None:
    """Its pictures are given back from the store, as files of their own."""
    first = sing("rude", seed=21, style="cinematic")
    house.until([first])
    painted = noted(house.home, "begin", "Rude")
    again = control.start("illustrate_song", {"song_id": song_of(first), "model": "rude"}, Caller())["id"]
    began = time.monotonic()
    house.until([again])
    print(f"the same song again in {time.monotonic() - began:.2f} s")
    assert noted(house.home, "begin", "Rude") == painted
    mine, theirs = steps_of(again), steps_of(first)
    assert songs.get(song_of(again), "local")["style"] == "cinematic"
    assert mine.keys() == theirs.keys() and not {each["id"] for each in mine.values()} & {each["id"] for each in theirs.values()}
    control.delete(first, Caller())
    assert all(verse["artifact"] for verse in songs.get(song_of(again), "local")["verses"])


def test_a_persons_own_job_is_always_made(house: House) -> None:
    """The cache is for steps only: asking twice makes two pictures."""
    jobs = [house.start("slow", seed=31, steps=1) for _ in range(2)]
    house.until(jobs)
    assert noted(house.home, "begin", "Slow", 31) == 2


def test_a_verse_that_fails_leaves_the_others_alone(house: House) -> None:
    """The song is complete, says which verse could not be painted, and the verse can be painted anew with other words."""
    job = sing("unlucky", "An owl in the night\n\nWe fall and rise\n\nA river in the rain", seed=61)
    ended = house.until([job])[0]
    assert ended["status"] == "complete"
    verses = songs.get(song_of(job), "local")["verses"]
    assert [verse["status"] for verse in verses] == ["complete", "error", "complete"]
    assert verses[1]["error"]["code"] == "INTERNAL_ERROR"
    assert any("verse 2" in note for note in control.job(job, Caller())["provenance"]["notes"])
    redo = verbs.redo_verse(Caller(), song_of(job), 2, seed=62)["id"]
    assert house.until([redo])[0]["status"] == "complete"
    assert [verse["status"] for verse in songs.get(song_of(job), "local")["verses"]] == ["complete"] * 3


def test_redo_changes_one_picture_only(house: House) -> None:
    """Another seed for verse 3: the other five stay, book and sheet are bound anew."""
    job = sing("flat", seed=41)
    house.until([job])
    before = songs.get(song_of(job), "local")
    redo = verbs.redo_verse(Caller(), song_of(job), 3, seed=99)["id"]
    house.until([redo])
    after = songs.get(song_of(job), "local")
    changed = [old["name"] for old, new in zip(before["verses"], after["verses"], strict=True) if old["artifact"] != new["artifact"]]
    assert changed == [before["verses"][2]["name"]]
    assert before["book"] != after["book"] and before["sheet"] != after["sheet"]


def test_deleting_a_song_that_is_painted(house: House) -> None:
    """The job goes with all its steps and files; the draft stays and can be painted again."""
    job = sing("slow", seed=51)
    song = song_of(job)
    eventually(lambda: rows("select 1 from jobs where parent=? and status='generating' and kind='generate_image'", job))
    control.delete(job, Caller())
    assert not rows("select 1 from jobs where id=? or parent=?", job, job)
    shown = songs.get(song, "local")
    assert {verse["status"] for verse in shown["verses"]} == {"pending"} and shown["book"] is None
    again = verbs.redo_verse(Caller(), song, 1)["id"]
    assert house.until([again])[0]["status"] == "complete"
