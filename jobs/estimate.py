"""How long things take: seconds per step learned per (model, size, steps), and the time left that follows."""

import time

from config import catalog
from jobs.capability import CAPABILITIES
from jobs.store import Row, row, rows, write

UNKNOWN = 4.0
FRESH = 0.3


def named(kind: str, model: str) -> str:
    """What a speed is remembered under: the model, or the kind of a flow (whose time is that of all its steps)."""
    return kind if CAPABILITIES[kind].flow or not model else model


def guess(kind: str, model: str, pixels: int, steps: int, units: int) -> float:
    """Seconds for so many pieces: from what was learned, else from what the model's row says; scaled by size where this one is new."""
    known = _learned(named(kind, model), pixels, steps) or _learned(model, pixels, steps) or _declared(model)
    if known is None:
        return UNKNOWN * units
    seconds, size = known
    scale = pixels / size if size and pixels else 1.0
    return seconds * scale * steps * units


def _learned(name: str, pixels: int, steps: int) -> tuple[float, int] | None:
    """Seconds per step and the size they were seen at, from the nearest size and steps."""
    found = row(
        "select seconds, pixels from speeds where model=? order by pixels<>?, abs(pixels-?), abs(steps-?) limit 1",
        name, pixels, pixels, steps,
    )  # fmt: skip
    return (float(found["seconds"]), int(found["pixels"])) if found else None


def _declared(model: str) -> tuple[float, int] | None:
    rated = catalog()[model].speed if model in catalog() else None
    return (rated.seconds / rated.steps, rated.pixels) if rated else None


def learn(job: Row, seconds: float) -> None:
    """Remember how long a finished job took."""
    each = seconds / max(1, job["units"]) / max(1, job["steps"])
    with write(durable=False) as db:
        db.execute(
            "insert into speeds(model, pixels, steps, seconds, seen) values (?,?,?,?,1) on conflict(model, pixels, steps)"
            " do update set seconds=seconds+(excluded.seconds-seconds)*?, seen=seen+1",
            (named(job["kind"], job["model"]), job["pixels"], job["steps"], each, FRESH),
        )


def left(job: Row, ahead: float, hands: int) -> float | None:
    """Seconds until a job ends: what is ahead of it, and what is left of itself. None once it has ended."""
    if job["completed_at"] is not None:
        return None
    whole = float(job["estimate"])
    if job["status"] == "queued":
        return round(ahead / max(1, hands) + max(0.0, float(job["not_before"]) - time.time()) + whole, 1)
    if job["eta"] is not None:
        return round(max(0.1, float(job["eta"]) - (time.time() - float(job["progress_at"]))), 1)
    spent = time.time() - float(job["loaded_at"] or job["started_at"] or time.time())
    done = float(job["progress"])
    if done > 0.03:
        seen = spent * (1 - done) / done
        trust = min(1.0, done * 2)
        return round(max(0.1, trust * seen + (1 - trust) * max(0.0, whole - spent)), 1)
    return round(whole if job["status"] == "loading" else max(0.1, whole - spent), 1)


def running(lane: str) -> float:
    """Seconds of work left in what a lane is doing now, as it is said of each of these jobs."""
    found = rows("select * from jobs where lane=? and worker is not null", lane)
    return sum(left(job, 0.0, 1) or 0.0 for job in found)
