"""A song becomes an illustrated book: a bible first, then the verses one after another, then the sheet and the PDF."""

import json
import logging
from typing import Any

from config import catalog, styles
from engines import seeds
from engines.base import Artifact, Made
from engines.book.request import BookRequest, BookVerse
from engines.errors import InternalError, StepFailed
from engines.image.request import ImageRequest
from engines.song.bible import Bible, plain_bible, read_bible
from engines.song.cast import VersePlan
from engines.song.redo import RedoRequest
from engines.song.request import PlanSongRequest, SongRequest
from engines.song.verse import plain_scene, verse_scene
from jobs import songs
from jobs.flow import FlowRun, Step
from jobs.store import Row, dumps, row

log = logging.getLogger("troubadour.song")
SIMPLER = "simpler"
LOOK_BACK = 3


def paint_song(request: SongRequest, run: FlowRun, works: dict[str, Any]) -> Made:
    """Every verse in order, each with the pictures before it; a failed one leaves the others alone."""
    song = songs.find(str(request.song_id), run.job["owner"])
    songs.change(song["id"], job=run.held.id)
    notes: list[str] = []
    songs.change(song["id"], bible=dumps(_read(run, song, request, works["plan"], notes)))
    verses = songs.verses(song["id"])
    pictures: dict[str, Step] = {}
    failed: dict[str, str] = {}
    for number, verse in enumerate(verses):
        step = verse["step"]
        if step in pictures or step in failed:
            continue
        run.progress(number / (len(verses) + 1), f"Painting {verse['label']}, {number + 1} of {len(verses)}")
        seed = seeds.derive(int(run.job["seed"]), step)
        try:
            plan = _plan(song, verse, request, str(verse["words"] or ""), seed, notes)
            pictures[step] = _picture(run, song, verse, works["paint"], request, list(pictures.values()), plan, seed)
        except StepFailed as error:
            failed[step] = str(error.details["error"].get("message", "it could not be painted"))
    if not pictures:
        raise InternalError("No verse could be painted: " + next(iter(failed.values())))
    run.progress(len(verses) / (len(verses) + 1), "Binding the book")
    return _bind(run, song, works, [*notes, *(f"{step}: {message}" for step, message in failed.items())])


def repaint_verse(request: RedoRequest, run: FlowRun, works: dict[str, Any]) -> Made:
    """One picture, with the request's own seed, then the sheet and the book; the other verses stay."""
    song = songs.find(request.song_id, run.job["owner"])
    songs.change(song["id"], job=run.held.id)
    verse = songs.named(song["id"], request.verse, run.job["owner"])
    verse = next(each for each in songs.verses(song["id"]) if each["name"] == verse["step"])
    run.progress(0.1, f"Painting {verse['label']}")
    like = SongRequest(
        song_id=song["id"], style=song["style"], width=song["width"], height=song["height"], model=request.model, seed=request.seed
    )
    notes: list[str] = []
    seed = int(run.job["seed"])
    plan = _plan(song, verse, like, request.words or str(verse["words"] or ""), seed, notes)
    _picture(run, song, verse, works["paint"], like, [], plan, seed)
    songs.change_step(song["id"], verse["step"], words=request.words or verse["words"])
    run.progress(0.8, "Binding the book")
    return _bind(run, song, works, notes)


def _read(run: FlowRun, song: Row, request: SongRequest, plan: Any, notes: list[str]) -> dict[str, Any] | None:
    """The song's bible; a plain one, and a note, if the lyric cannot be read."""
    ask = PlanSongRequest(title=song["title"], lyrics=song["lyrics"], style=request.style, seed=song["seed"])
    try:
        made = run.make("bible", plan, ask)
    except StepFailed as error:
        notes.append(f"Who and what is in the song could not be read: {error.details['error'].get('message', '')}")
        return plain_bible(song["title"], request.style, song["seed"]).as_json()
    notes += made.provenance.get("notes", [])
    return made.result


def _plan(song: Row, verse: Row, request: SongRequest, words: str, seed: int, notes: list[str]) -> VersePlan:
    """What the verse's picture shows; its own words alone, and a note, if the song's reading of it fails. StepFailed if those fail too."""
    earlier = [each["text"] for each in songs.verses(song["id"]) if each["number"] < verse["number"]]
    known = songs.find(song["id"], song["owner"])
    try:
        return verse_scene(_bible(known, request), verse["text"], verse["number"], earlier, seed, words or None)
    except Exception:  # whatever a lyric brings out in the reading, the other verses go on
        log.exception("a verse could not be planned", extra={"song": song["id"], "verse": verse["step"]})
    try:
        plan = plain_scene(words or verse["text"], seed)
    except Exception as error:
        raise StepFailed(verse["step"], InternalError("its words could not be read; paint it anew with other words").as_dict()) from error
    notes.append(f"{verse['step']}: it is painted from its own words alone; the people and the place of the song may be missing")
    return plan


def _picture(
    run: FlowRun, song: Row, verse: Row, paint: Any, request: SongRequest, before: list[Step], plan: VersePlan, seed: int
) -> Step:
    """A verse's picture; if it cannot be painted, a simpler and smaller one."""
    values: dict[str, Any] = {
        "prompt": plan.prompt,
        "style": request.style,
        "width": request.width,
        "height": request.height,
        "expand": False,
        "seed": seed,
        "model": run.job["model"],
    } | _seen(run.job["model"], before, plan.scene.as_json())
    seen = {"prompt": plan.prompt, "summary": plan.summary, "scene": dumps(plan.scene.as_json())}
    started = run.start(verse["step"], paint, ImageRequest(**values))
    if row("select 1 from verses where song=? and step=? and job is null", song["id"], verse["step"]):
        songs.change_step(song["id"], verse["step"], job=started, **seen)
    try:
        made = run.gather([started])[0]
    except StepFailed:
        small: dict[str, Any] = {"width": 512, "height": 512, "scene": None, "references": [], "prompt": plan.summary}
        started = run.start(f"{verse['step']} {SIMPLER}", paint, ImageRequest(**(values | small)))
        songs.change_step(song["id"], verse["step"], job=started, **seen)
        made = run.gather([started])[0]
    songs.change_step(song["id"], verse["step"], job=started, **seen)
    return made


def _bible(song: Row, request: SongRequest) -> Bible:
    if song["bible"]:
        return Bible.model_validate(json.loads(song["bible"]))
    return read_bible(song["title"], song["lyrics"], request.style, song["seed"])


def _seen(model: str, before: list[Step], scene: dict[str, Any]) -> dict[str, Any]:
    """What this model can use: the scene, and the pictures painted before."""
    known = catalog().get(model)
    honours = known.honours if known else None
    last = [step.outputs[0]["id"] for step in before[-LOOK_BACK:]]
    return ({"scene": scene} if honours is None or "scene" in honours else {}) | (
        {"references": last} if honours is None or "references" in honours else {}
    )


def _style_title(name: str, model: str) -> str:
    """The style as people read it; a sketch does not claim to be a photograph."""
    style = styles().get(name)
    if style is None or name == "none":
        return ""
    return style.sketch_title or style.title if model == "sketch" else style.title


def _bind(run: FlowRun, song: Row, works: dict[str, Any], notes: list[str]) -> Made:
    """The contact sheet and the book, and everything the song now shows."""
    shown = songs.get(song["id"], run.job["owner"])
    bible = shown["bible"] or {}
    book = BookRequest(
        title=shown["title"],
        style=_style_title(shown["style"], run.job["model"]),
        palette=bible.get("palette", []),
        tags=shown["tags"],
        seed=song["seed"],
        verses=[
            BookVerse(
                name=verse["name"], label=verse["label"], text=verse["text"], picture=verse["artifact"], summary=verse["summary"] or ""
            )
            for verse in shown["verses"]
        ],
    )
    bound: list[Step] = []
    for step, work in (("sheet", works["sheet"]), ("book", works["book"])):
        try:
            bound.append(run.make(step, work, book))
        except StepFailed as error:
            notes.append(f"The {step} could not be made: {error.details['error'].get('message', '')}")
    files = {step.step: step.outputs[0]["id"] for step in bound}
    songs.change(song["id"], sheet=files.get("sheet"), book=files.get("book"))
    pictures = list(dict.fromkeys(verse["artifact"] for verse in shown["verses"] if verse["artifact"]))
    artifacts: list[Artifact] = [run.adopt({"id": ident}) for ident in pictures]
    artifacts += [run.adopt(output) for step in bound for output in step.outputs]
    final = songs.get(song["id"], run.job["owner"])
    notes += [note for step in bound for note in step.provenance.get("notes", [])]
    return Made(
        artifacts=artifacts,
        seeds=[verse["seed"] for verse in final["verses"] if verse["artifact"]],
        notes=notes,
        unmet=list(dict.fromkeys(word for verse in final["verses"] for word in verse["unmet"])),
        result={"song_id": song["id"], "slug": song["slug"], "title": song["title"], "bible": final["bible"], "verses": final["verses"]},
    )
