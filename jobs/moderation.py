"""Moderation, in one place: before the work (a person's words, and what was added to or written for them) and after it.

`settings().moderation` says whether what is found is only flagged for review, or blocks; `settings().moderators` names the
catalog rows that are asked. It fails closed: what could not be looked at is treated as found.
"""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from config import catalog, settings, styles
from engines import ffmpeg, pool
from engines.base import Artifact, Made, Request
from engines.errors import ContentBlocked, ModelNotReady, StudioError, Transient, Unavailable
from engines.moderation.reader import Reader
from engines.moderation.request import ModerateRequest, Verdict, verdicts
from jobs import reviews
from jobs.run import JobRun

UNREAD = {"model", "format", "language", "voice", "negative_prompt"}
"""Fields that are choices of ours, or say what is not wanted. A style is one only where it is the name of a profile."""
IDENT = re.compile(r"[0-9a-f]{32}")
FRAMES = 4
UNCHECKED = "unchecked"


def at_the_door(request: Request) -> None:
    """Refuse words that block, before anything is stored; only moderators that need no server and no model are asked."""
    if settings().moderation == "off":
        return
    texts, found = texts_of(request.model_dump(mode="json")), []
    for name in settings().moderators:
        row = catalog().get(name)
        engine = pool.make(row) if row else None
        if isinstance(engine, Reader):
            try:
                found += engine.read(texts)
            except ValueError as error:
                raise ModelNotReady(str(error)) from None
    if stops := [verdict for verdict in found if _blocks(verdict)]:
        raise blocked(stops)


def before(request: Request, run: Any) -> None:
    """Ask about the words that work is about to be made of. Raises ContentBlocked, and keeps it for review."""
    if settings().moderation != "off" and not reviews.approved(run.job):
        _judge(ModerateRequest(texts=texts_of(request.model_dump(mode="json"))), run)


def after(made: Made, request: Request, run: Any) -> Made:
    """Ask about what was made, and about words that were written meanwhile; what was found is kept with the job and for review."""
    mode = settings().moderation
    if mode == "off":
        return made
    if reviews.approved(run.job):
        return made.model_copy(update={"moderation": {"mode": mode, "by": [], "verdicts": [], "approved": True}})
    known = texts_of(request.model_dump(mode="json"))
    texts = [text for text in texts_of([made.resolved_prompt, made.result]) if text not in known]
    pictures, passing = _pictures(made.artifacts, run)
    try:
        found = _judge(ModerateRequest(texts=texts, pictures=pictures), run)
    finally:
        for each in passing:
            each.unlink(missing_ok=True)
    found = reviews.of(run.job["id"]) + [each for each in found if each not in reviews.of(run.job["id"])]
    kept = {"mode": mode, "by": list(settings().moderators), "verdicts": [each.model_dump(exclude_none=True) for each in found]}
    notes = [f"Flagged for review: {each.subject}, {each.category}: {each.why}" for each in found]
    return made.model_copy(update={"moderation": kept, "notes": made.notes + notes})


def _judge(question: ModerateRequest, run: JobRun) -> list[Verdict]:
    """What all moderators find; kept for review. Raises ContentBlocked if that blocks."""
    found: list[Verdict] = []
    if question.texts or question.pictures:
        for name in settings().moderators:
            found += _asked(name, question, run)
    stops = [verdict for verdict in found if _blocks(verdict)]
    if found:
        reviews.keep(run.job, found, blocked=bool(stops))
    if stops:
        raise blocked(stops)
    return found


def _asked(name: str, question: ModerateRequest, run: Any) -> list[Verdict]:
    """What one moderator finds. One that cannot answer blocks (mode block), or has that flagged."""
    try:
        with pool.using(name) as moderator:
            return verdicts(moderator.generate(question.model_copy(update={"model": name}), run))
    except StudioError as error:
        if settings().moderation != "block":
            return [Verdict(by=name, subject="all of it", category=UNCHECKED, why=f"it could not be looked at: {error.message}"[:300])]
        if isinstance(error, Transient):
            words = f"Moderation is on and {name} does not answer; nothing is made without it. {error.message}"
            raise Unavailable(words, **error.details) from None
        hint = "take it out of `moderators` in studio.yaml, or give it what it needs"
        raise ModelNotReady(f"Moderation is on and {name} cannot be asked: {error.message} ({hint})") from None


def _blocks(verdict: Verdict) -> bool:
    return verdict.blocks or settings().moderation == "block"


def blocked(stops: list[Verdict]) -> ContentBlocked:
    """The refusal, with its reasons in words."""
    reasons = "; ".join(dict.fromkeys(f"{each.subject}: {each.why} [{each.category}]" for each in stops[:4]))
    return ContentBlocked(
        f"Moderation blocked this. {reasons}. Say it in other words, or ask whoever runs this studio to look at it.",
        verdicts=[each.model_dump(exclude_none=True) for each in stops],
    )


def texts_of(told: Any, unread: Collection[str] = UNREAD) -> list[str]:
    """All words in a request or a result, whatever its fields are called, each once; ids and the choices of its own fields are none."""
    found: list[str] = []
    if isinstance(told, dict):
        for key, each in told.items():
            found += [] if key in unread or (key == "style" and each in (*styles(),)) else texts_of(each, ())
    elif isinstance(told, list):
        for each in told:
            found += texts_of(each, ())
    elif isinstance(told, str) and told.strip() and not IDENT.fullmatch(told):
        found.append(told)
    return list(dict.fromkeys(found))


def _pictures(artifacts: list[Artifact], run: JobRun) -> tuple[list[str], list[Path]]:
    """Names of the pictures in the run's folder that show what was made, and which of them are there only for this."""
    names = [each.path.name for each in artifacts if each.media_type.startswith("image/") and each.path.parent == run.folder]
    passing = []
    for film in (each for each in artifacts if each.media_type.startswith("video/") and each.path.parent == run.folder):
        passing += _frames(film, run)
    return names + [each.name for each in passing], passing


def _frames(film: Artifact, run: JobRun) -> list[Path]:
    """A few frames of a film, evenly over its length."""
    taken = []
    for number in range(FRAMES):
        at, target = (film.duration or 0) * (number + 0.5) / FRAMES, run.folder / f"{film.path.stem}.look-{number + 1}.png"
        ffmpeg.call(["-ss", f"{at:.3f}", "-i", str(film.path), "-frames:v", "1", str(target)], run.check)
        taken += [target] if target.is_file() else []
    return taken
