"""The pieces of one job at a hosted API: sent once each, looked at in turn, their files copied while they are there.

Work that an earlier attempt of the job has sent is taken up again and not paid for twice: an errand keeps its id until the job has
ended. A cancel stops everything there. A server that does not answer for a while is asked again until a piece's deadline.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.base import Run
from engines.clients.hosted import Hosted, Status
from engines.clients.openai import blocked
from engines.errand import Errand, failed
from engines.errors import BadRequest, Cancelled, JobTimeout, ModelNotReady, StudioError, Transient, Unavailable

LOOK = 0.25
WITH_HOOK = 10.0
"""How many times longer is waited between looks where the server calls."""
SLOWEST = 60.0
MOST_FAILURES = 6
"""Looks in a row that may fail before the job goes back to the queue."""
EARLY, LATE = 0.02, 0.95


@dataclass(frozen=True)
class Order:
    """One piece that is asked for: its name within the job, what is sent, how its files' media type begins, how a file is read.

    `read` raises Unavailable for a file that is none. `seconds` is how much film it is, for the price.
    """

    part: str
    work: Callable[[], dict[str, Any]]
    kind: str
    read: Callable[[Path], Any]
    seconds: float = 1.0


@dataclass
class Piece:
    """An order under way."""

    order: Order
    errand: Errand
    until: float
    status: Status = Status("waiting")
    due: float = 0.0
    failures: int = 0
    found: Any = None
    """What was read in its file."""


class Following:
    """All pieces of one job."""

    def __init__(self, host: Hosted, run: Run, orders: list[Order]) -> None:
        self.host, self.run, self.orders = host, run, orders
        self.pieces: list[Piece] = []

    def done(self) -> list[Piece]:
        """Every piece with its files. Raises the first failure, ContentBlocked, BudgetSpent, JobTimeout, and what the run raises."""
        try:
            for order in self.orders:
                self._begin(order)
            while unfinished := [piece for piece in self.pieces if not piece.status.ended]:
                for piece in unfinished:
                    self._see(piece)
                self._tick()
                time.sleep(LOOK)
            for piece in self.pieces:
                self._collect(piece)
            return self.pieces
        except Cancelled:
            self._stop(self.pieces)
            raise
        except StudioError as error:
            if not error.transient:
                self._stop(self.pieces)
            elif self.host.account.retry_seconds is not None:
                error.details.setdefault("retry_after", self.host.account.retry_seconds)
            raise

    def _begin(self, order: Order) -> None:
        """Send it, unless it is out already."""
        account = self.host.account
        usd = self.host.expected(order.seconds)
        errand = self.run.errand(order.part, self.host.name, usd, hooked=self.host.calls())
        piece = Piece(order, errand, time.monotonic() + account.seconds)
        if errand.remote:
            piece.status = Status("waiting", errand.remote)
        else:
            try:
                self._tick()
            except BaseException:
                errand.withdrawn()  # it was not sent
                raise
            try:
                status = self.host.submit(order.work(), errand.hook, self._tick)
            except StudioError as error:
                failed(errand, error)
                raise
            except BaseException:
                errand.over()  # it may have been taken all the same
                raise
            if status.remote:
                errand.given(status.remote)
            piece.due = time.monotonic() + self._pause(piece)
            self._judge(piece, status)
        self.pieces.append(piece)

    def _see(self, piece: Piece) -> None:
        """Look how it stands, if it is time to."""
        now = time.monotonic()
        if now > piece.until:
            raise JobTimeout(f"{self.host.name} was not done within {self.host.account.seconds:g} seconds; it was stopped there.")
        if now < piece.due and not piece.errand.news():
            return
        try:
            status = self.host.look(piece.status.remote, self._tick)
            piece.failures = 0
        except Transient as error:
            piece.failures += 1
            if piece.failures >= MOST_FAILURES:
                raise  # the next attempt of the job takes it up again
            asked = error.details.get("retry_after")
            piece.due = time.monotonic() + max(self._pause(piece), float(asked) if isinstance(asked, int | float) else 0.0)
            return
        piece.due = time.monotonic() + self._pause(piece)
        self._judge(piece, status)

    def _judge(self, piece: Piece, status: Status) -> None:
        """What a state means: nothing, what it cost, or an error."""
        piece.status = status
        if not status.ended:
            return
        price = self.host.account.price
        if status.usd is not None:
            piece.errand.costs(status.usd, "the server")
        elif price is not None and price.per != "told" and status.state == "done":
            piece.errand.costs(price.after(piece.order.seconds, status.worked), "the row's price")
        if status.state == "done" and status.files:
            if not status.remote:  # it cannot be asked for again: another attempt has it made anew, and pays for it
                piece.errand.over()
            return
        if status.state == "done":
            piece.errand.over()
            raise ModelNotReady(f"{self.host.name} says it is done and has no file to give; requeue the job to have it made anew.")
        if status.usd is None and price is not None and price.per == "second_worked":
            piece.errand.costs(price.after(0, status.worked), "the row's price")
        elif status.usd is None:
            piece.errand.withdrawn()
        piece.errand.over()
        if status.state == "blocked":
            raise blocked(status.why)
        if status.state == "cancelled":
            raise ModelNotReady(f"The work was stopped at {self.host.name}, not here; requeue the job to have it made anew.")
        words = f": {status.why}" if status.why else ""
        raise (Unavailable if status.again else BadRequest)(f"{self.host.name} could not do it{words}")

    def _collect(self, piece: Piece) -> None:
        """Copy its file into the job's folder and read it; a piece is one file, whatever else a server gives."""
        into = self.run.folder / f"{piece.order.part}.given"
        piece.found = piece.order.read(self.host.collect(piece.status, into, piece.order.kind, self._tick))

    def _stop(self, pieces: list[Piece]) -> None:
        """Nobody wants them any more: have them stopped there, so that they cost no more."""
        for piece in pieces:
            if not piece.status.ended:
                self.host.dismiss(piece.status.remote)
            piece.errand.over()

    def _pause(self, piece: Piece) -> float:
        """Seconds to the next look: longer where the server calls, and after every failure; never in step with others."""
        pause = self.host.account.poll_seconds * (WITH_HOOK if piece.errand.hook else 1.0) * 2**piece.failures
        return float(min(SLOWEST, pause) * random.uniform(0.8, 1.2))

    def _tick(self) -> None:
        """Say where it stands; that is also where a cancel is heard."""
        shares = [1.0 if piece.status.ended else piece.status.fraction or 0.0 for piece in self.pieces]
        share = sum(shares) / len(self.orders)
        waiting = all(piece.status.state == "waiting" for piece in self.pieces if not piece.status.ended)
        self.run.progress(EARLY + (LATE - EARLY) * share, f"{'Waiting for' if waiting else 'At work:'} {self.host.name}")
