"""How the studio behaves towards those it pays: nothing sent twice, what nobody wants stopped there, no more spent than allowed."""

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Studio
from hosted_loopback import HostedLoopback
from jobs_house import House, eventually, patience, stored
from loopback import KEY
from server_house import nowhere, open_house
from test_hosted import begin, film, row

from engines.clients.following import Following, Order
from engines.clients.replicate import Replicate
from engines.errors import BudgetSpent, Cancelled, StudioError
from jobs import control, errands
from jobs.control import Caller
from jobs.store import rows

MOODS = ("kept", "restarted", "stopped", "stopped_waiting", "stopped_dying", "several", "quiet")
SECRET = b"what the server signs with"


@pytest.fixture(scope="module")
def server() -> Iterator[HostedLoopback]:
    """All providers; work in these moods is not done until it is let go."""
    with HostedLoopback() as one:
        one.answers["film"] = film()
        one.held |= set(MOODS)
        yield one


@pytest.fixture(scope="module")
def house(server: HostedLoopback) -> Iterator[House]:
    """A studio with a small budget for one server."""
    about = [("replicate", mood) for mood in MOODS]
    about += [("runway", "stopped"), ("replicate", "poor"), ("openrouter", "poor"), ("cog", "poor"), ("stability", "lost")]
    rows = [row(provider, mood, server, seconds=60, call_seconds=5) for provider, mood in about]
    rows += [row("replicate", "refuses", server, name="strict"), row("runway", "good", server, name="nameless", price=None)]
    budgets = {"poor": 0.1, "strict": 0.05, "nameless": 5.0}
    with open_house("".join(rows), {"io_threads": 8, "lease_seconds": 20, "budgets": json.dumps(budgets)}, HOUSE_LANES="io") as one:
        yield one


def sent(server: HostedLoopback, mood: str, many: int = 1) -> list[dict[str, Any]]:
    """What a server was sent, once it was sent so much."""
    return eventually(lambda: len(server.of(mood)) >= many and server.of(mood), 30, f"work for {mood}")


def shown(job: str) -> dict[str, Any]:
    """A job as people see it."""
    return control.job(job, Caller())


@pytest.mark.parametrize(("model", "provider"), [("replicate-stopped", "replicate"), ("runway-stopped", "runway")])
def test_a_cancel_stops_the_work_there(house: House, server: HostedLoopback, model: str, provider: str) -> None:
    """Within a moment; what was reserved for it stands in the record."""
    job = begin(model, provider)
    work = eventually(lambda: [each for each in server.of("stopped") if each["provider"] == provider and each["looks"] > 1], 30)[0]
    began = time.monotonic()
    control.cancel(job, Caller())
    eventually(lambda: stored(job)["completed_at"] and work["stopped"], 10)
    assert stored(job)["status"] == "cancelled" and time.monotonic() - began < patience(5)
    assert shown(job)["provenance"]["cost"]["amount"] == 0.04


def test_what_was_sent_is_taken_up_again_after_a_crash(house: House, server: HostedLoopback) -> None:
    """A worker is killed in the middle, and another one waits for the same work: it was sent, and is paid for, once."""
    job = begin("replicate-kept", "replicate", count=2)
    eventually(lambda: len(errands.under_way(job)) == 2, 30, "the keeping of both ids")
    os.kill(house.holder(job), signal.SIGKILL)
    eventually(lambda: stored(job)["attempts"] == 2, 30, "a second attempt")
    server.free("kept")
    house.until([job])
    assert stored(job)["status"] == "complete" and len(server.of("kept")) == 2
    assert shown(job)["provenance"]["cost"] == {"amount": 0.08, "currency": "USD", "from": "the row's price"}
    assert [each["seed"] for each in shown(job)["outputs"]] == [7, 8]
    assert sorted(each["sent"]["input"]["seed"] for each in server.of("kept")) == [7, 8]


def test_what_is_sent_again_is_said(house: House, server: HostedLoopback) -> None:
    """Stability keeps no work: a worker is killed while it waits for the picture, which may have been paid for; so both count."""
    job = begin("stability-lost", "stability")
    sent(server, "lost")
    os.kill(house.holder(job), signal.SIGKILL)
    house.until([job])
    told = shown(job)["provenance"]
    assert stored(job)["status"] == "complete" and len(server.of("lost")) == 2 and told["cost"]["amount"] == 0.08
    assert "A request was sent to lost again, as the answer was lost before; both may have been paid." in told["notes"]


def test_a_restart_of_the_studio_stops_nothing_there(house: House, server: HostedLoopback) -> None:
    """It ends while the work is under way, and when it is back it takes that work up again; no attempt is used."""
    job = begin("replicate-restarted", "replicate")
    eventually(lambda: errands.under_way(job), 30, "the keeping of the id")
    house.close()
    assert stored(job)["status"] == "queued" and not server.of("restarted")[0]["stopped"]
    server.free("restarted")
    house.open()
    house.until([job])
    assert stored(job)["status"] == "complete" and stored(job)["attempts"] == 1
    assert len(server.of("restarted")) == 1


def test_a_cancel_while_no_worker_has_it_stops_it_too(house: House, server: HostedLoopback) -> None:
    """Its worker has died and it waits for another one."""
    job = begin("replicate-stopped_waiting", "replicate")
    work = sent(server, "stopped_waiting")[0]
    eventually(lambda: errands.under_way(job), 30, "the keeping of the id")
    rows("update lanes set paused=1 where lane='io' returning lane")  # as after a crash, with nobody to take it up yet
    try:
        os.kill(house.holder(job), signal.SIGKILL)
        eventually(lambda: stored(job)["worker"] is None, 30, "its return to the queue")
        control.cancel(job, Caller())
        assert eventually(lambda: work["stopped"] and stored(job)["status"] == "cancelled", 20, "the end of the work there")
    finally:
        rows("update lanes set paused=0 where lane='io' returning lane")


def test_a_cancel_that_a_dead_worker_never_heard_stops_it_too(house: House, server: HostedLoopback) -> None:
    """It hangs when the cancel comes, and is ended."""
    job = begin("replicate-stopped_dying", "replicate")
    work = sent(server, "stopped_dying")[0]
    eventually(lambda: errands.under_way(job), 30, "the keeping of the id")
    holder = house.holder(job)
    os.kill(holder, signal.SIGSTOP)
    control.cancel(job, Caller())
    os.kill(holder, signal.SIGKILL)
    eventually(lambda: stored(job)["status"] == "cancelled", 30, "the end of the job")
    assert eventually(lambda: work["stopped"], 10, "the end of the work there")


def test_one_that_fails_stops_the_others(house: House, server: HostedLoopback) -> None:
    """Three pictures are made side by side; when one ends badly nobody wants the others, and they are stopped there."""
    job = begin("replicate-several", "replicate", count=3)
    works = sent(server, "several", 3)
    works[1]["stopped"] = True
    house.until([job])
    assert eventually(lambda: all(each["stopped"] for each in works), 10)
    assert stored(job)["status"] == "error" and "stopped at several" in shown(job)["error"]["message"]


def test_a_budget_is_never_passed(house: House, server: HostedLoopback) -> None:
    """Six jobs at once of 4 cents each from a budget of 10: two are made, the rest are refused at once and nothing is sent for them."""
    jobs = [begin("replicate-poor", "replicate", seed=n) for n in range(6)]
    house.until(jobs)
    ended = [shown(job) for job in jobs]
    assert sorted(each["status"] for each in ended) == ["complete"] * 2 + ["error"] * 4
    for each in ended:
        if each["status"] == "error":
            assert each["error"]["code"] == "RATE_LIMITED" and each["attempts"] == 1
            assert "month's budget of 0.10 US dollars for poor is used up" in each["error"]["message"]
            assert "raise it under budgets in studio.yaml" in each["error"]["message"]
    assert len(server.of("poor")) == 2


def test_what_a_server_says_it_took_counts_as_well(house: House, server: HostedLoopback) -> None:
    """The same purse: 8 cents are spent there, OpenRouter takes 4 and is not asked again, nor is cog, whose price nobody knows."""
    first = begin("openrouter-poor", "openrouter")
    house.until([first])
    again = begin("openrouter-poor", "openrouter", seed=8)
    house.until([again, free := begin("cog-poor", "cog")])
    assert shown(first)["provenance"]["cost"] == {"amount": 0.04, "currency": "USD", "from": "the server"}
    assert shown(again)["error"]["code"] == "RATE_LIMITED" and "0.12 spent" in shown(again)["error"]["message"]
    assert shown(free)["status"] == "error"
    assert sum(1 for each in server.of("poor") if each["provider"] == "openrouter") == 1


def test_a_price_that_nobody_knows_is_no_blank_cheque(house: House, server: HostedLoopback) -> None:
    """With a budget and without a price nothing is sent; refusals cost nothing, so one does not use the budget up."""
    job, refused = begin("nameless-good", "runway"), [begin("strict-refuses", "replicate", seed=n) for n in range(3)]
    house.until([job, *refused])
    assert shown(job)["error"]["code"] == "MODEL_NOT_READY" and "write its price" in shown(job)["error"]["message"]
    assert {shown(each)["error"]["code"] for each in refused} <= {"CONTENT_BLOCKED", "RATE_LIMITED"}
    house.until([last := begin("strict-refuses", "replicate", seed=9)])
    assert shown(last)["error"]["code"] == "CONTENT_BLOCKED"


def test_a_month_ends_at_midnight_of_utc(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleting work gives no money back; a new month does."""
    monkeypatch.setenv("STUDIO_BUDGETS", '{"replicate": 1}')
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")  # fourteen hours ahead
    time.tzset()
    november, december = 1_796_083_199, 1_796_083_200
    for now, refused in ((november - 86400, False), (november, True), (december, False)):
        monkeypatch.setattr(errands.time, "time", lambda now=now: now)
        if refused:
            with pytest.raises(BudgetSpent):
                errands.take("a", f"picture-{now}", "replicate", 0.6, hooked=False)
        else:
            errands.take("a", f"picture-{now}", "replicate", 0.6, hooked=False)
    assert [each["month"] for each in rows("select month from errands")] == ["2026-11", "2026-12"]
    time.tzset()


class Alone:
    """A run outside a studio; told to stop, it is cancelled as soon as something is out."""

    def __init__(self, job: str, stop: bool = False) -> None:
        self.job, self.stop = job, stop

    def errand(self, part: str, name: str, usd: float | None, *, hooked: bool) -> errands.JobErrand:
        return errands.take(self.job, part, name, usd, hooked=hooked)

    def progress(self, *_: Any) -> None:
        if self.stop and errands.under_way(self.job):
            raise Cancelled


def followed(run: Alone, mood: str, server: HostedLoopback, parts: int = 1, **options: Any) -> None:
    """Have so many pictures made by Replicate in this mood."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAL_KEY", KEY)
        host = Replicate(yaml.safe_load(row("replicate", mood, server, **options))[f"replicate-{mood}"]["options"])
    orders = [Order(f"picture-{n}", lambda: {"prompt": "a barn"}, "image/", lambda path: path) for n in range(parts)]
    Following(host, run, orders).done()  # type: ignore[arg-type]


def test_what_was_not_sent_costs_nothing(home: Path, server: HostedLoopback) -> None:
    """A cancel is heard when the first picture is out and the second is not: the month has one reserved, not two."""
    with pytest.raises(Cancelled):
        followed(Alone("a", stop=True), "unsent", server, 2)
    assert len(server.of("unsent")) == 1 and errands.spent("unsent") == 0.04


LATE = {"half_open": 0.04, "cut_off": 0.04, "garbage": 0.04, "down": 0.0, "picky": 0.0, "gone": 0.0, "fails": 0.0}


@pytest.mark.parametrize(("mood", "spent"), LATE.items())
def test_what_may_have_been_done_counts(home: Path, server: HostedLoopback, mood: str, spent: float) -> None:
    """A request that went out and was not answered whole may have been paid; one that was refused, failed, or never arrived, was not."""
    options = {"call_seconds": 0.5 if mood == "half_open" else 60, "rest_seconds": 0, "seconds": 60}
    options |= {"base_url": "http://127.0.0.1:9/v1"} if mood == "gone" else {}
    for times in (1, 2):
        with pytest.raises(StudioError):
            followed(Alone("b"), mood, server, **options)
        assert errands.spent(mood) == pytest.approx(times * spent) and not errands.under_way("b")
        assert bool(errands.repeated("b")) == (times == 2 and spent > 0)


@pytest.mark.parametrize("budgets", [f'{{"replicate": {amount}}}' for amount in ("NaN", "-1", "Infinity", '"x"')] + ['{"replicat": 5}'])
def test_a_budget_that_is_none_is_refused_at_the_start(tmp_path: Path, budgets: str) -> None:
    """With a sentence, and before anything runs."""
    env = os.environ | {"STUDIO_HOME": str(tmp_path), "STUDIO_BUDGETS": budgets}
    told = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 2 and told.stderr.startswith("budgets") and told.stderr.count("\n") == 1


def call(studio: Studio, body: bytes, at: float, secret: bytes = SECRET) -> int:
    """The status of a call as the server would sign it."""
    stamp = str(int(at))
    mac = b64encode(hmac.new(secret, b"msg_1." + stamp.encode() + b"." + body, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{mac}", "Host": "studio.example"}
    return studio.http.post("/api/v1/hooks/quiet", content=body, headers=headers).status_code


def test_a_signed_call_wakes_the_job_that_waits(home: Path, server: HostedLoopback) -> None:
    """It is looked at once a minute; a call that is not signed, or old, does nothing, a good one has it done at once, twice is no harm."""
    (home / "models.yaml").write_text(row("replicate", "quiet", server, seconds=120, poll_seconds=6, webhook_key="QUIET_SECRET"))
    secrets = home / "secrets.yaml"
    secrets.write_text(f"TRIAL_KEY: {KEY}\nQUIET_SECRET: whsec_{b64encode(SECRET).decode()}\n")
    secrets.chmod(0o600)
    studio = Studio(home, callback_url="https://studio.example", password="lute")
    studio.start()
    studio.http.headers["Authorization"] = "Bearer lute"
    try:
        values = {"prompt": "a barn", "width": 64, "height": 64, "model": "replicate-quiet"}
        asked = eventually(lambda: (told := studio.http.post("/api/v1/generate_image", json=values)).status_code == 202 and told, 30)
        work = sent(server, "quiet")[0]
        assert work["sent"]["webhook"] == "https://studio.example/api/v1/hooks/quiet"
        server.free("quiet")
        body = json.dumps({"id": work["id"], "status": "succeeded", "output": ["https://10.0.0.1/"]}).encode()
        del studio.http.headers["Authorization"]
        assert [call(studio, body, time.time(), b"guessed"), call(studio, body, time.time() - 400)] == [401, 401]
        assert studio.http.post("/api/v1/hooks/nobody", content=body, headers={"Host": "studio.example"}).status_code == 404
        assert studio.http.get("/api/v1/jobs").status_code == 401
        looks = work["looks"]
        time.sleep(0.6)
        assert work["looks"] == looks
        began = time.monotonic()
        assert [call(studio, body, time.time()) for _ in range(2)] == [200, 200]
        assert [call(studio, each, time.time()) for each in (b'{"id": "nobody"}', b"[" * 100_000, b'{"id": ["a"]}')] == [200, 422, 200]
        studio.http.headers["Authorization"] = "Bearer lute"
        assert studio.until(asked.json()["id"])["status"] == "complete" and time.monotonic() - began < patience(10)
    finally:
        studio.stop()
    nowhere(home)
    assert not [path for path in home.rglob("*") if path.is_file() and path != secrets and b64encode(SECRET) in path.read_bytes()]
