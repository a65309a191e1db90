"""Errands of jobs: what other people's servers do for them, and the monthly budgets that it is paid from.

A row is written before anything is sent, with the expected price, in one transaction with the check of the budget: however many jobs
ask at once, their prices together never pass it. The rows outlive their jobs, or deleting work would give money back.
Months are those of UTC. Money is in US dollars.
"""

import contextlib
import datetime
import json
import sqlite3
import time
from typing import Any

from config import catalog, settings
from engines import pool
from engines.errand import Price, Sender, Source
from engines.errors import BudgetSpent, ModelNotReady, StudioError
from jobs.store import Row, dumps, insert, row, rows, value, write

HOOKS = "/api/v1/hooks"


class JobErrand:
    """An errand as the store has it. Implements engines.errand.Errand."""

    def __init__(self, kept: Row, hook: str) -> None:
        self.n, self.remote, self.hook = int(kept["n"]), str(kept["remote"]), hook
        self._heard = int(kept["heard"])

    def given(self, remote: str) -> None:
        """The server has taken it, under this id."""
        self.remote = remote
        self._set(remote=remote)

    def news(self) -> bool:
        """Whether the server has called since this was asked last."""
        heard = int(value("select heard from errands where n=?", self.n) or 0)
        fresh, self._heard = heard > self._heard, heard
        return fresh

    def costs(self, usd: float, source: Source) -> None:
        """It has cost so much."""
        self._set(usd=usd, source=source)

    def over(self) -> None:
        """It has ended without a result: another attempt has it made anew."""
        self._set(ended_at=time.time())

    def withdrawn(self) -> None:
        """The server has not taken it, or could not do it; nothing was spent."""
        with write() as db:
            db.execute("delete from errands where n=?", (self.n,))

    def _set(self, **columns: Any) -> None:
        names = ", ".join(f"{name}=?" for name in columns)
        with write() as db:
            db.execute(f"update errands set {names} where n=?", (*columns.values(), self.n))


def take(job: str, part: str, server: str, usd: float | None, *, hooked: bool) -> JobErrand:
    """The errand of a part of a job: the one that is under way, or a new one that the server's budget has room for.

    One that an attempt left behind without an id may have been sent and done: it counts, and the part is sent once more.
    usd: what it is expected to cost, 0 where the server tells afterwards, None where nobody knows. Raises BudgetSpent, ModelNotReady.
    """
    hook = f"{settings().callback_url}{HOOKS}/{server}" if hooked and settings().callback_url else ""
    with write() as db:
        db.execute("update errands set ended_at=? where job=? and part=? and ended_at is null and remote=''", (time.time(), job, part))
        known = row("select * from errands where job=? and part=? and ended_at is null", job, part)
        if known is None:
            afford(server, usd)
            told = {"usd": usd or 0.0, "source": "the row's price" if usd else ""}
            record = {"job": job, "part": part, "server": server, "month": month()} | told
            number = insert(db, "errands", record | {"created_at": time.time()})
            known = row("select * from errands where n=?", number)
    assert known is not None  # it was found, or written a moment ago
    return JobErrand(known, hook)


def month(now: float | None = None) -> str:
    """The month of UTC, as 2026-11."""
    return datetime.datetime.fromtimestamp(time.time() if now is None else now, datetime.UTC).strftime("%Y-%m")


def spent(server: str) -> float:
    """What a server has cost this month, with what is reserved for work under way."""
    return float(value("select coalesce(sum(usd), 0) from errands where server=? and month=?", server, month()))


def purse(server: str) -> dict[str, float | None] | None:
    """What was spent at a server this month and what may be, in US dollars; None where there is neither, or visitors could read it."""
    so_far, budget = spent(server), settings().budgets.get(server)
    return None if settings().public or (not so_far and budget is None) else {"spent_usd": round(so_far, 4), "budget_usd": budget}


def afford(server: str, usd: float | None) -> None:
    """BudgetSpent if so much more is not in this month's budget; ModelNotReady if there is one and nobody knows the price."""
    budget = settings().budgets.get(server)
    if budget is None:
        return
    if usd is None:
        raise ModelNotReady(f"{server} has a budget, and nobody knows what this model costs; write its price into the options of its row.")
    so_far = spent(server)
    if so_far + usd > budget + 1e-9 or so_far >= budget:
        first = (datetime.datetime.now(datetime.UTC).replace(day=1) + datetime.timedelta(days=32)).strftime("1 %B")
        raise BudgetSpent(
            f"The month's budget of {budget:.2f} US dollars for {server} is used up ({so_far:.2f} spent, {usd:.2f} asked for); "
            f"raise it under budgets in studio.yaml, take another model, or wait until {first} (UTC).",
            server=server, budget_usd=budget, spent_usd=round(so_far, 6),
        )  # fmt: skip


def cost(job: str) -> dict[str, Any] | None:
    """What a job's errands and those of its steps have cost: amount, currency, and who said so; None if there were none."""
    told = rows(
        "with recursive tree(id) as (select ? union select jobs.id from jobs join tree on jobs.parent=tree.id) select source, sum(usd) usd"
        " from errands join tree on errands.job=tree.id where source<>'' group by source order by source",
        job,
    )
    if not told:
        return None
    return {"amount": round(sum(each["usd"] for each in told), 6), "currency": "USD", "from": " and ".join(each["source"] for each in told)}


def terms(model: str) -> tuple[str, Price | None]:
    """The server behind a catalog row (empty if it is none of another's), and what it takes (None if nobody knows)."""
    options = catalog()[model].options if model in catalog() else {}
    price = options.get("price")
    return str(options.get("server", "")), Price.model_validate(price) if price else None


def within(job: str, model: str) -> None:
    """BudgetSpent if this month's money for the server behind a model is spent already, and nothing of the job is under way there."""
    server, price = terms(model)
    if server and not under_way(job):
        afford(server, price.before() if price else None)


def repeated(job: str) -> list[str]:
    """Notes on what was sent for a job more than once, though it may have been paid for before: its answer was never read."""
    again = rows(
        "select server, count(distinct part) parts from errands as later where job=? and exists (select 1 from errands as first where"
        " first.job=later.job and first.part=later.part and first.n<later.n and (first.usd>0 or first.source='')) group by server",
        job,
    )
    many = {each["server"]: "A request was" if each["parts"] == 1 else f"{each['parts']} requests were" for each in again}
    why = "as the answer was lost before; both may have been paid"
    return [f"{what} sent to {server} again, {why}." for server, what in many.items()]


def settle(db: sqlite3.Connection, job: str) -> None:
    """Within the transaction that ends a job: its errands are over, and what they cost and were sent again stands in its provenance."""
    db.execute("update errands set ended_at=? where job=? and ended_at is null", (time.time(), job))
    if told := cost(job):
        db.execute("update jobs set provenance=json_set(provenance, '$.cost', json(?)) where id=?", (dumps(told), job))
    if notes := repeated(job):
        kept = json.loads(value("select json_extract(provenance, '$.notes') from jobs where id=?", job) or "[]")
        notes = list(dict.fromkeys(kept + notes))
        db.execute("update jobs set provenance=json_set(provenance, '$.notes', json(?)) where id=?", (dumps(notes), job))


def under_way(job: str) -> list[Row]:
    """The errands of a job that a server may still be working on."""
    return rows("select * from errands where job=? and remote<>'' and ended_at is null", job)


def drop(job: str) -> None:
    """A job was cancelled while no worker had it: what is under way for it is stopped where it is."""
    if row("select 1 from jobs where id=? and status='cancelled' and worker is null", job) is not None:
        stop(job)


def stop(job: str) -> None:
    """Nobody wants a job's errands any more: what is under way is stopped where it is, so that it costs no more."""
    for each in under_way(job):
        model = str(value("select model from jobs where id=?", job) or "")
        with contextlib.suppress(StudioError):
            sender = pool.make(catalog()[model]) if model in catalog() else None
            if isinstance(sender, Sender):
                sender.drop(each["remote"])
        with write() as db:
            db.execute("update errands set ended_at=? where n=?", (time.time(), each["n"]))


def heard(server: str, remote: str) -> bool:
    """A server has called about its work: whoever waits for it looks at once. False if nobody knows of it."""
    with write(durable=False) as db:
        return bool(db.execute("update errands set heard=heard+1 where server=? and remote=?", (server, remote)).rowcount)
