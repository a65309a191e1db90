"""What the review list remembers: jobs that moderation flagged or blocked, until whoever runs the studio has looked at them."""

import json
import time

from engines.moderation.request import Verdict
from jobs.store import Row, dumps, value, write


def keep(job: Row, found: list[Verdict], blocked: bool) -> None:
    """Put a job on the list, or add to what is known of it. What a person has decided stays."""
    known = of(job["id"])
    told = dumps([each.model_dump(exclude_none=True) for each in known + [each for each in found if each not in known]])
    with write() as db:
        db.execute(
            "insert into reviews(job, root, verdicts, blocked, state, created_at) values (?,?,?,?,'open',?)"
            " on conflict(job) do update set verdicts=excluded.verdicts, blocked=max(blocked, excluded.blocked)",
            (job["id"], job["root"] or job["id"], told, int(blocked), time.time()),
        )


def of(job_id: str) -> list[Verdict]:
    """What was found in a job so far."""
    told = value("select verdicts from reviews where job=?", job_id)
    return [Verdict.model_validate(each) for each in json.loads(told)] if told else []


def approved(job: Row) -> bool:
    """Whether a person has looked at this job, or the song or film it is a step of, and let it pass."""
    return value("select 1 from reviews where root=? and state='approved'", job["root"] or job["id"]) is not None


def waiting(song_id: str) -> bool:
    """Whether a picture of a song waits for review."""
    return value("select 1 from reviews join verses on verses.job=reviews.job where verses.song=? and state='open'", song_id) is not None
