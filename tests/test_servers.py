"""Words by other people's servers, through the real store and the real workers: good, slow, lying, hostile and gone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jobs_house import House, furnished
from loopback import ADDITIONS, KEY, Loopback

from jobs import control
from jobs.control import Caller

SECONDS = 1.5
WORKS = ["good", "only_object", "no_schema", "prose", "second_try"]
LIES = ["garbage_words", "not_finite", "nested_words", "garbage", "web_page", "huge", "nested"]
FAILS = ["busy", "picky", "down", "drip", "half_open"]
OTHERS = ["hostile", "echo", "unauthorised", "refuses", "redirect", "recovering", "waited_for"]
ROW = (
    '{mood}: {{engine: "engines.prompt.openai:Chat", for: [expand_prompt], hidden: true, lane: io, options: {{server: {mood},'
    " base_url: '{at}', key: TRIAL_KEY, model: tiny-chat, seconds: {seconds}, megabytes: 2, rest_seconds: 1}}}}\n"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    """The server in all its moods."""
    with Loopback() as one:
        yield one


@pytest.fixture(scope="module")
def house(server: Loopback) -> Iterator[House]:
    """A studio with a row per mood, and a key that must be found nowhere."""
    rows = "".join(ROW.format(mood=mood, at=server.at(mood), seconds=SECONDS) for mood in [*WORKS, *LIES, *FAILS, *OTHERS])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAL_KEY", KEY)
        with furnished(rows, cpu_workers=1) as one:
            yield one
            one.close()
            nowhere(one.home)


def nowhere(home: Path) -> None:
    """The key is in no file: database, log, sidecar, picture."""
    for path in home.rglob("*"):
        if path.is_file() and path.name != "secrets.yaml":
            assert KEY.encode() not in path.read_bytes(), f"the key is in {path.name}"


def expand(house: House, model: str, seconds: float = 20) -> dict[str, Any]:
    """A job of this row when it has ended."""
    job = control.start("expand_prompt", {"prompt": "a quiet harbour", "model": model, "seed": 7}, Caller())["id"]
    house.until([job], seconds)
    return control.job(job, Caller())


@pytest.mark.parametrize("mood", WORKS)
def test_a_model_enriches_a_prompt(house: House, server: Loopback, mood: str) -> None:
    """By whatever kind of structured output the server takes; the person's words stay, the additions come apart."""
    shown = expand(house, mood)
    assert shown["status"] == "complete"
    assert shown["result"] == {"prompt": "a quiet harbour, " + ", ".join(ADDITIONS), "added": ADDITIONS}
    told = shown["provenance"]
    assert told["added"] == ADDITIONS and f"Written by tiny-chat on {mood}." in told["notes"]
    times = 2 if mood == "second_try" else 1
    assert told["usage"] == {"tokens_in": 40 * times, "tokens_out": 12 * times, "cost_usd": pytest.approx(0.0015 * times)}
