"""Words by other people's servers, through the real store and the real workers: good, slow, lying, hostile and gone."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Studio
from jobs_house import House, eventually, patience, stored
from loopback import ADDITIONS, KEY, Loopback
from server_house import SECONDS, begin, done, open_house, row

from config import catalog
from engines.errors import ModelNotReady
from engines.prompt.expand import enrich
from jobs import control, models, resolve
from jobs.control import Caller

WORKS = ["good", "only_object", "no_schema", "prose", "second_try"]
LIES = ["garbage_words", "not_finite", "nested_words", "garbage", "web_page", "huge", "nested", "zipped", "cut_off"]
FAILS = ["busy", "picky", "down", "drip", "half_open"]
OTHERS = ["hostile", "echo", "unauthorised", "refuses", "redirect", "recovering", "silent"]
HARBOUR = "a quiet harbour"
SONG = "He mends the net\n\nHe sails in the rain"
BIBLE = {
    "cast": [
        {"noun": "fisherman", "word": "the old man", "features": [{"part": "coat", "color": "#336699"}, {"part": "x", "color": "no"}]},
        {"noun": "starship", "word": "", "features": []},
    ],
    "palette": ["#102030", "#405060", "#708090", "#a0b0c0", "url(http://x)"],
    "places": ["Harbour", "/etc/passwd"],
    "hours": [{"time": "night", "weather": "fog"}, {"time": "tea time", "weather": "rain"}],
    "mood": ["calm", "purple"],
}


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    """The server in all its moods."""
    with Loopback() as one:
        yield one


@pytest.fixture(scope="module")
def house(server: Loopback) -> Iterator[House]:
    """A studio with a row per mood."""
    moods = [row("words", mood, server) for mood in [*WORKS, *LIES, *FAILS, *OTHERS]]
    moods.append(row("words", "waited_for", server, seconds=60))
    price = {"per": "million_tokens", "usd_out": 40, "usual": 1000}
    for mood in ("waited_for", "good"):
        own = row("words", mood, server, server=f"thrifty-{mood}", seconds=60, price=price)
        moods.append(own.replace(f"words-{mood}:", f"thrifty-{mood}:"))
    with open_house("".join(moods), {"budgets": json.dumps({"thrifty-waited_for": 0.1, "thrifty-good": 0.05})}, HOUSE_LANES="io") as one:
        yield one


def expand(house: House, mood: str) -> dict[str, Any]:
    """A job of this mood's row when it has ended."""
    return done(house, "expand_prompt", f"words-{mood}", prompt=HARBOUR)


@pytest.mark.parametrize("mood", WORKS)
def test_a_model_enriches_a_prompt(house: House, mood: str) -> None:
    """By whatever kind of structured output the server takes; the person's words stay, the additions come apart."""
    shown = expand(house, mood)
    assert shown["status"] == "complete"
    assert shown["result"] == {"prompt": f"{HARBOUR}, " + ", ".join(ADDITIONS), "added": ADDITIONS}
    told = shown["provenance"]
    assert told["added"] == ADDITIONS and f"Written by tiny-chat on {mood}." in told["notes"]
    times = 2 if mood == "second_try" else 1
    assert told["usage"] == {"tokens_in": 40 * times, "tokens_out": 12 * times, "cost_usd": pytest.approx(0.0015 * times)}
    assert told["cost"] == {"amount": pytest.approx(0.0015 * times), "currency": "USD", "from": "the server"}


@pytest.mark.parametrize("mood", [*LIES, *FAILS])
def test_a_person_always_gets_a_result(house: House, mood: str) -> None:
    """Whatever the server does, the rules enrich the prompt within its deadline, and the result says why."""
    shown = expand(house, mood)
    assert shown["status"] == "complete" and shown["attempts"] == 1
    assert shown["result"]["prompt"] == enrich(HARBOUR, "none", 7).prompt
    assert any(note.startswith("Done by the studio's own rules instead: ") for note in shown["provenance"]["notes"])
    assert shown["duration_s"] < patience(SECONDS + 2)


def test_hostile_words_are_only_words(house: House) -> None:
    """Paths, addresses and markup stay text on one line; control signs are gone; nobody is called."""
    shown = expand(house, "hostile")
    assert shown["result"]["added"][0] == "../../etc/passwd" and shown["result"]["added"][-1] == "fog over"
    assert shown["result"]["prompt"].startswith(HARBOUR)


def test_a_server_that_gives_the_key_back(house: House) -> None:
    """It is blacked out before anybody reads the answer."""
    assert expand(house, "echo")["result"]["added"] == ["lit like Bearer [key]"]


def test_what_the_owner_has_to_set_right_ends_in_an_error(house: House) -> None:
    """A key that is refused is named; a redirect is not followed; neither is tried again."""
    shown = expand(house, "unauthorised")
    assert (shown["status"], shown["error"]["code"], shown["attempts"]) == ("error", "MODEL_NOT_READY", 1)
    assert "set TRIAL_KEY in the environment" in shown["error"]["message"]
    assert expand(house, "redirect")["error"]["code"] == "MODEL_NOT_READY"


def test_a_refusal_says_so(house: House) -> None:
    """CONTENT_BLOCKED, in the server's own words, and not tried again."""
    shown = expand(house, "refuses")
    assert (shown["error"]["code"], shown["attempts"]) == ("CONTENT_BLOCKED", 1)
    assert "rejected by the safety system" in shown["error"]["message"]


def test_a_broken_server_is_left_alone_and_then_tried(house: House, server: Loopback) -> None:
    """After three failures nobody asks it; once it has rested, a single call does, and its success lets all others in."""
    for _ in range(3):
        expand(house, "recovering")
    asked = server.seen["recovering/chat/completions"]
    assert "left alone" in expand(house, "recovering")["provenance"]["notes"][-1]
    assert server.seen["recovering/chat/completions"] == asked, "the circuit is open"
    server.recovered.add("recovering")
    time.sleep(1.1)
    assert expand(house, "recovering")["result"]["added"] == ADDITIONS
    assert expand(house, "recovering")["result"]["added"] == ADDITIONS


def test_a_silent_server_keeps_nobody_waiting(house: House, server: Loopback) -> None:
    """Eight calls wait for it side by side, and the next job of the lane is done meanwhile."""
    eventually(lambda: server.hung == 0, 5, "the others' leaving")
    began = time.monotonic()
    jobs = [begin("expand_prompt", "words-silent", prompt=HARBOUR, seed=n) for n in range(8)]
    eventually(lambda: server.hung >= 3)
    assert expand(house, "good")["status"] == "complete"
    assert any(not stored(job)["completed_at"] for job in jobs)
    assert {each["status"] for each in house.until(jobs)} == {"complete"} and time.monotonic() - began < patience(SECONDS + 2)


def test_cancel_frees_the_connection_within_a_second(house: House, server: Loopback) -> None:
    """While the server says nothing for a minute; the next job of the lane goes on."""
    eventually(lambda: server.hung == 0, 5, "the others' leaving")
    job = begin("expand_prompt", "words-waited_for", prompt=HARBOUR)
    eventually(lambda: server.hung == 1)
    began = time.monotonic()
    control.cancel(job, Caller())
    eventually(lambda: stored(job)["completed_at"], 5)
    eventually(lambda: server.hung == 0, 5, "the connection's end")
    assert stored(job)["status"] == "cancelled" and time.monotonic() - began < patience(1)
    assert expand(house, "good")["status"] == "complete"


def test_a_budget_holds_for_words_too(house: House, server: Loopback) -> None:
    """What an answer is expected to cost is reserved before it is asked for, so calls side by side cannot pass the budget together."""
    for n in range(6):
        assert done(house, "expand_prompt", "thrifty-good", prompt=HARBOUR, seed=n)["provenance"]["cost"]["amount"] == 0.0015
    asked = server.seen["waited_for/chat/completions"]
    waiting = [begin("expand_prompt", "thrifty-waited_for", prompt=HARBOUR, seed=n) for n in range(2)]
    eventually(lambda: server.seen["waited_for/chat/completions"] == asked + 2, 30, "both calls")
    refused = done(house, "expand_prompt", "thrifty-waited_for", prompt=HARBOUR)
    assert (refused["status"], refused["error"]["code"], refused["attempts"]) == ("error", "RATE_LIMITED", 1)
    assert "0.08 spent, 0.04 asked for" in refused["error"]["message"]
    for job in waiting:
        control.cancel(job, Caller())
    house.until(waiting)
    assert server.seen["waited_for/chat/completions"] == asked + 2


def test_a_song_is_read_by_a_model(house: House, server: Loopback) -> None:
    """Its cast, colours and hours come from the model as far as they can be drawn; the rest is the rules' own reading."""
    server.answers["ToldBible"] = BIBLE
    values = {"title": "Nets", "lyrics": SONG}
    bible = done(house, "plan_song", "words-good", **values)["result"]
    assert [member["noun"] for member in bible["cast"]] == ["fisherman"] and bible["cast"][0]["slots"]["coat"] == "#336699"
    assert (bible["places"], bible["times"], bible["weathers"]) == (["harbour"], ["night", "day"], ["fog", "rain"])
    assert bible["palette"] == ["#102030", "#405060", "#708090", "#a0b0c0"] and bible["mood"] == ["calm"]
    fallen = done(house, "plan_song", "words-garbage_words", **values)
    assert fallen["status"] == "complete" and fallen["result"]["cast"]


def test_a_script_is_cut_by_a_model(house: House, server: Loopback) -> None:
    """As many scenes as it says, together exactly as long as asked, whatever numbers it gives."""
    entity = {"type": "old sailor", "position": "", "action": "mends a net"}
    scene = {"description": "Dawn. A sailor at work.", "seconds": 4, "entities": [entity], "lighting": "pale", "palette": ["#ff0000"]}
    server.answers["ToldScenes"] = {"scenes": [scene, scene | {"seconds": -3}, scene | {"seconds": 1e300, "description": " "}]}
    shown = done(house, "plan_scenes", "words-good", script="A sailor mends his net at dawn.", duration_seconds=12.34)
    scenes = shown["result"]["scenes"]
    assert [each["scene_number"] for each in scenes] == [1, 2]
    assert round(sum(each["duration_seconds"] for each in scenes), 2) == 12.34
    assert scenes[0]["entities"] == [{"type": "sailor", "position": "centre", "action": "mends a net"}]
    assert len(scenes[0]["visual_style"]["color_palette"]) >= 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"base_url": "", "server": "nowhere"}, "nobody has said where nowhere is; add 'servers: {nowhere: http://"),
        ({"key": "NO_SUCH_KEY"}, "needs a key; set NO_SUCH_KEY in the environment, or write 'NO_SUCH_KEY: …' into secrets.yaml"),
        ({"model": "huge-chat"}, "has no model huge-chat; it has text-embedding-x, tiny-chat"),
        ({"base_url": "file:///etc/passwd"}, "write it as http://host:port/path"),
        ({"base_url": "http://me:secret@127.0.0.1/v1"}, "with the key apart"),
        ({"seconds": -1}, "options that do not fit: seconds"),
        ({"base_url": "http://127.0.0.1:9/v1"}, "cannot be reached"),
        ({"at": "locked"}, "does not let the studio in (status 401); set TRIAL_KEY"),
        ({"at": "asleep"}, "does not answer"),
    ],
)
def test_a_row_that_is_not_ready_says_what_is_missing(
    home: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], sentence: str
) -> None:
    """It is refused with that sentence when named, and never taken by auto, however high its rank."""
    monkeypatch.setenv("TRIAL_KEY", KEY)
    at = {"base_url": server.at(options.pop("at"))} if "at" in options else {}
    (home / "models.yaml").write_text(row("words", "good", server, **at, **options).replace("hidden: true", "rank: 99"))
    catalog.cache_clear()
    eventually(lambda: sentence in resolve.ready(catalog()["words-good"]).missing, 30, f"{sentence!r}")
    with pytest.raises(ModelNotReady):
        resolve.choose("expand_prompt", "words-good")
    assert resolve.choose("expand_prompt", "auto").name == "sketch-words"


def test_auto_takes_a_server_while_it_answers(home: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first model that writes is taken; the key may lie in a file that nobody else can read."""
    monkeypatch.delenv("TRIAL_KEY", raising=False)
    (home / "models.yaml").write_text(row("words", "good", server, model="").replace("hidden: true", "rank: 99"))
    catalog.cache_clear()
    secrets = home / "secrets.yaml"
    secrets.write_text(f"TRIAL_KEY: {KEY}\n")
    secrets.chmod(0o644)
    assert "run chmod 600" in resolve.ready(catalog()["words-good"]).missing
    secrets.chmod(0o600)
    eventually(lambda: resolve.choose("expand_prompt", "auto").name == "words-good", 30, "an answer from the server")
    told = next(each for each in models.models(Caller())["models"] if each["name"] == "words-good")
    assert told["offers"] == ["text-embedding-x", "tiny-chat", "gpt-image-1"] and "expand_prompt" in told["auto"]
    assert KEY not in json.dumps(catalog()["words-good"].model_dump())


def test_what_costs_money_is_only_taken_by_name(home: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """However high its rank, and though it alone could do what is asked."""
    monkeypatch.setenv("TRIAL_KEY", KEY)
    (home / "models.yaml").write_text(row("images", "good", server).replace("hidden: true", "rank: 99, named_only: true"))
    catalog.cache_clear()
    eventually(lambda: resolve.ready(catalog()["images-good"]).ok, 30, "an answer from the server")
    assert resolve.choose("generate_image", "auto").name == "sketch"
    assert resolve.choose("generate_image", "images-good").name == "images-good"


def test_the_rows_that_come_with_the_studio(start_studio: Callable[..., Studio], server: Loopback) -> None:
    """An address in the settings is all that LM Studio needs: prompts and songs are its own from then on."""
    server.answers["ToldBible"] = BIBLE
    studio = start_studio(servers=json.dumps({"lm-studio": server.at("open")}))

    def ready() -> bool:
        rows = studio.http.get("/api/v1/models").json()["models"]
        return next(bool(each["ready"]) for each in rows if each["name"] == "lm-studio")

    def made(kind: str, **values: Any) -> dict[str, Any]:
        return studio.until(studio.http.post(f"/api/v1/{kind}", json=values).json()["id"])

    eventually(ready, 30, "an answer from the server")
    assert made("expand_prompt", prompt=HARBOUR)["provenance"]["added"] == ADDITIONS
    song = made("illustrate_song", title="Nets", lyrics=SONG, width=64, height=64)
    assert song["status"] == "complete", song["error"]
    steps = studio.listed(parent=song["id"])
    plan = next(each for each in steps if each["kind"] == "plan_song")
    assert plan["request"]["model"] == "lm-studio" and "Written by tiny-chat on lm-studio." in plan["provenance"]["notes"]
    painted = {each["step"]: each["request"]["scene"] for each in steps if each["kind"] == "generate_image"}
    assert len(painted) == 2 and all(scene["palette"] == BIBLE["palette"][:4] for scene in painted.values())

