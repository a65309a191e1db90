"""Everything the studio can make, on one page."""

import uuid
from typing import Any

from engines import pool
from engines.base import Made, Request, Run
from engines.book.request import BookRequest
from engines.comfy.request import WorkflowRequest
from engines.hearing.request import TranscribeRequest
from engines.hub.request import DownloadRequest
from engines.image.request import ImageRequest
from engines.mesh.request import MeshRequest
from engines.music.request import MusicRequest
from engines.planning.request import PlanScenesRequest
from engines.prompt.expand import enrich
from engines.prompt.request import ExpandRequest
from engines.song.redo import RedoRequest
from engines.song.request import PlanSongRequest, SongRequest
from engines.speech.request import SpeechRequest
from engines.video.request import VideoRequest
from engines.vision.request import DescribeRequest
from jobs import moderation, songs
from jobs.capability import capability
from jobs.drawn import drawn
from jobs.flow import FlowRun
from jobs.pipelines.song import paint_song, repaint_verse


def answered(request: Request, run: Run) -> Made:
    """What the model of a request makes of it; moderation looks at the words before, and at the work after."""
    moderation.before(request, run)
    with pool.using(request.model) as engine:
        made = engine.generate(request, run)
    return moderation.after(made, request, run)


@capability()
def generate_image(request: ImageRequest, run: Run) -> Made:
    """Make pictures from words."""
    return _worded(request, run, "image")


@capability()
def generate_video(request: VideoRequest, run: Run) -> Made:
    """Make a short film from words, a scene or a picture, or change one by words: H.264 in MP4, and a poster."""
    return _worded(request, run, "video")


def _worded(request: Request, run: Run, medium: str) -> Made:
    """What the model makes of a prompt, whose wildcards are drawn before it is enriched."""
    if getattr(request, "wildcard_seed", None) is not None:
        return drawn(request, run, lambda piece, own: _enriched(piece, own, medium))
    return _enriched(request, run, medium)


def _enriched(request: Request, run: Run, medium: str) -> Made:
    """What the model makes of a prompt that is enriched if it is short and nothing else says what is to be seen."""
    asked: Any = request
    shown = asked.scene is not None or asked.image is not None or getattr(asked, "video", None) is not None
    if not asked.expand or not asked.prompt.strip() or shown:
        return answered(request, run)
    words = enrich(asked.prompt, asked.style, 0, medium)  # not by the seed: picture k of a batch has the same words when it is made alone
    made = answered(request.model_copy(update={"prompt": words.prompt}), run)
    said = asked.prompt.lower()
    return made.model_copy(
        update={"added": words.added, "resolved_prompt": words.prompt, "unmet": [word for word in made.unmet if word.lower() in said]}
    )


@capability()
def generate_music(request: MusicRequest, run: Run) -> Made:
    """Make music from words, a genre or a lyric: WAV, MP3, the score as MIDI and a picture of the waveform."""
    return answered(request, run)


@capability()
def expand_prompt(request: ExpandRequest, run: Run) -> Made:
    """Enrich a short prompt with composition, light and material; the additions come back apart."""
    return answered(request, run)


@capability()
def describe_image(request: DescribeRequest, run: Run) -> Made:
    """Read a picture: the settings and the scene it carries, and its measured colours, light and composition as a scene."""
    return answered(request, run)


@capability()
def transcribe(request: TranscribeRequest, run: Run) -> Made:
    """Write down what is said in a recording: text, the time of every sentence or word, and subtitles."""
    return answered(request, run)


@capability()
def generate_speech(request: SpeechRequest, run: Run) -> Made:
    """Speak a text: WAV and MP3, the time of every word, and subtitles."""
    return answered(request, run)


@capability()
def generate_mesh(request: MeshRequest, run: Run) -> Made:
    """Make a 3D object from words, or from a picture by models that can: GLB in colour or a watertight STL, with a picture of it."""
    return answered(request, run)


@capability()
def plan_scenes(request: PlanScenesRequest, run: Run) -> Made:
    """Cut a script into scenes: what is seen, for how long, who is where and does what, light and colours."""
    return answered(request, run)


@capability()
def generate_workflow(request: WorkflowRequest, run: Run) -> Made:
    """Write ComfyUI workflows from words or scenes: the right one chosen, filled, checked against the servers, with its time."""
    return answered(request, run)


@capability(public=False)
def plan_song(request: PlanSongRequest, run: Run) -> Made:
    """Read the cast, the palette, the places and the hours out of a whole lyric."""
    return answered(request, run)


@capability(public=False)
def draw_sheet(request: BookRequest, run: Run) -> Made:
    """Lay a song's pictures out on one contact sheet."""
    return answered(request, run)


@capability(public=False)
def bind_book(request: BookRequest, run: Run) -> Made:
    """Bind a song's pictures and verses into a printable PDF."""
    return answered(request, run)


@capability(public=False)
def download_model(request: DownloadRequest, run: Run) -> Made:
    """Bring a model's weights to this machine."""
    return answered(request, run)


WORKS = {"plan": plan_song, "paint": generate_image, "sheet": draw_sheet, "book": bind_book}


def song_of(request: SongRequest, owner: str, key: str | None) -> SongRequest:
    """The request with its song: the one named, or a new one (the same idempotency key gives the same song)."""
    if request.song_id is None:
        ident = uuid.uuid5(songs.NAMESPACE, f"{owner}/{key}").hex if key else None
        request = request.model_copy(update={"song_id": songs.create(owner, request.model_dump(), ident)})
        song = songs.find(str(request.song_id), owner)
    else:
        song = songs.find(request.song_id, owner)
        changed = {name: getattr(request, name) for name in ("style", "width", "height") if name in request.model_fields_set}
        if changed:
            songs.change(song["id"], **changed)
            song = songs.find(song["id"], owner)
    return request.model_copy(
        update={
            "title": song["title"],
            "lyrics": song["lyrics"],
            "style": song["style"],
            "width": song["width"],
            "height": song["height"],
            "seed": song["seed"] if request.seed is None else request.seed,
        }
    )


@capability(flow=True, serves="generate_image", prepare=song_of)
def illustrate_song(request: SongRequest, run: FlowRun) -> Made:
    """Paint a picture for every verse of a song, in one hand, and bind them into a book.

    Takes a song that is here already (song_id), or a title and lyrics with an empty line between the verses.
    """
    return paint_song(request, run, WORKS)


@capability(flow=True, serves="generate_image", public=False)
def repaint(request: RedoRequest, run: FlowRun) -> Made:
    """Paint one verse of a song anew; the other verses stay."""
    return repaint_verse(request, run, WORKS)
