"""Hosted APIs, each against a server that speaks as it does, in all moods at once, through the real store and the real workers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hosted_loopback import AT_LOOK, HOSTILE_FILES, HostedLoopback
from jobs_house import House, eventually, patience
from loopback import KEY
from server_house import open_house

from config import catalog
from jobs import control, resolve
from jobs.control import Caller

CALL, WHOLE = 0.6, 5.0


@dataclass(frozen=True)
class Provider:
    """How a row of a provider is written."""

    engine: str
    at: str
    options: dict[str, Any]
    kind: str = "generate_image"
    asks: dict[str, Any] = field(default_factory=dict)


PICTURE = {"prompt": "a red barn", "width": 96, "height": 64, "expand": False}
FIELDS = {"prompt": "prompt", "seed": "seed", "aspect_ratio": "aspect_ratio", "image": "input_image", "format": "output_format"}
PROVIDERS = {
    "replicate": Provider("engines.image.replicate:ReplicateImages", "replicate", {"model": "trial/pictures", "fields": FIELDS}),
}
FAILS = {
    **dict.fromkeys(("drip", "half_open", "garbage", "web_page", "huge", "nested", "cut_off", "zipped", "down"), "SERVICE_UNAVAILABLE"),
    "busy": "RATE_LIMITED",
    "picky": "VALIDATION_ERROR",
    "fails": "VALIDATION_ERROR",
    "unauthorised": "MODEL_NOT_READY",
    "refuses": "CONTENT_BLOCKED",
}
FILES_FAIL = ("cut_picture", "wrong_type", "big_file", "elsewhere", *HOSTILE_FILES)
LOOKS_FAIL = (*AT_LOOK, "look_not_finite", "forever")
WELL = ("good", "look_flaky")
ONCE = {"VALIDATION_ERROR", "MODEL_NOT_READY", "CONTENT_BLOCKED", "TIMEOUT"}
MOODS = {"replicate": [*WELL, *FAILS, *FILES_FAIL, *LOOKS_FAIL]}
CASES = [(provider, mood) for provider, moods in MOODS.items() for mood in moods]


def row(provider: str, mood: str, server: HostedLoopback, name: str = "", **options: Any) -> str:
    """A catalog row called <provider>-<mood>."""
    about = PROVIDERS[provider]
    told = {"server": name or mood, "base_url": server.where(mood, about.at), "key": "TRIAL_KEY", "megabytes": 1, "file_megabytes": 2}
    told |= {"seconds": WHOLE, "call_seconds": CALL, "poll_seconds": 0.02, "rest_seconds": 0.3, "retry_seconds": 0.05}
    told |= {"price": {"usd": 0.04}} | about.options | options
    rest = f"for: [{about.kind}], hidden: true, lane: io, options: {json.dumps(told)}"
    return f'{name or provider}-{mood}: {{engine: "{about.engine}", {rest}}}\n'


@pytest.fixture(scope="module")
def server() -> Iterator[HostedLoopback]:
    """All providers in all moods."""
    with HostedLoopback() as one:
        yield one


@pytest.fixture(scope="module")
def house(server: HostedLoopback) -> Iterator[House]:
    """A studio with a row for each provider and mood, and one that is poor."""
    rows = [row(provider, mood, server) for provider, mood in CASES]
    rows += [row("replicate", "called", server, seconds=60)]
    with open_house("".join(rows), STUDIO_IO_THREADS="48") as one:
        yield one


def begin(model: str, provider: str, **values: Any) -> str:
    """Start a job once its server has been seen; the id."""
    eventually(lambda: resolve.ready(catalog()[model]).ok, 30, f"an answer for {model}")
    about = PROVIDERS[provider]
    return str(control.start(about.kind, (PICTURE | about.asks) | {"model": model, "seed": 7} | values, Caller())["id"])


@pytest.fixture(scope="module")
def ended(house: House) -> dict[tuple[str, str], dict[str, Any]]:
    """A job for each provider and mood, all at the same time, as people see them when they have ended."""
    jobs = {case: begin("-".join(case), case[0]) for case in CASES}
    house.until(jobs.values(), 120)
    return {case: control.job(job, Caller()) for case, job in jobs.items()}


@pytest.mark.parametrize(("provider", "mood"), CASES)
def test_every_mood_ends_as_it_should(ended: dict[tuple[str, str], dict[str, Any]], provider: str, mood: str) -> None:
    """Well, or with a sentence that names the server, in time; what cannot go well is tried once, and nothing of it is kept."""
    shown = ended[provider, mood]
    assert KEY not in json.dumps(shown)
    assert shown["duration_s"] < patience(3 * WHOLE + 6)
    if mood in WELL:
        assert shown["status"] == "complete", shown["error"]
        assert shown["outputs"] and shown["provenance"]["cost"]["currency"] == "USD"
        return
    assert (shown["status"], shown["outputs"]) == ("error", [])
    code = shown["error"]["code"]
    assert code == FAILS.get(mood, code) and code in {*FAILS.values(), "TIMEOUT"}, shown["error"]
    assert shown["attempts"] == (1 if code in ONCE else 3)
    assert mood in shown["error"]["message"] or code == "CONTENT_BLOCKED"
