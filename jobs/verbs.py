"""What may be done besides making: lists, the queue, variations, songs. One function is every door to it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from config import styles
from engines.base import JobOptions, JobType
from engines.errors import BadRequest, Conflict
from engines.fields import StyleName
from engines.song.request import SongRequest, Title
from jobs import accept, control, idle, order, outputs, reviewing, reviews, songs
from jobs.control import Caller
from jobs.declared import verb
from jobs.listing import STATUSES
from jobs.view import view

JobId = Annotated[str, Field(min_length=1, max_length=100, description="A job's id")]
SongId = Annotated[str, Field(min_length=1, max_length=100, description="A song's id")]
Limit = Annotated[int, Field(ge=1, le=200, description="How many at most")]
Cursor = Annotated[str | None, Field(max_length=40, description="The `next` of an earlier page")]
Seed = Annotated[int | None, Field(ge=0, le=2**32 - 1, description="Empty draws one")]
Wait = Annotated[bool, Field(description="Wait for the work, or return the queued job at once")]
WaitSeconds = Annotated[float, Field(ge=0, le=3600, description="Wait at most this long")]
Lane = Annotated[Literal["gpu", "cpu", "io"], Field(description="Which lane")]
Text = Annotated[str | None, Field(max_length=400)]


@verb(writes=False)
def list_jobs(
    caller: Caller,
    type: Annotated[JobType | None, Field(description="image, song…")] = None,
    status: Annotated[Literal[STATUSES] | None, Field(description="queued, complete…; active = not ended")] = None,  # type: ignore[valid-type]
    search: Annotated[Text, Field(description="Words of the prompt, title, style or seed")] = None,
    parent: Annotated[Text, Field(description="Show the steps of this job")] = None,
    favourite: Annotated[bool | None, Field(description="Only favourites")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """List your jobs, newest first, page by page."""
    return control.jobs(caller, limit=limit, cursor=cursor, type=type, status=status, search=search, parent=parent, favourite=favourite)


@verb(writes=False)
def get_job(caller: Caller, job_id: JobId) -> dict[str, Any]:
    """One job as it stands."""
    return control.job(job_id, caller)


@verb()
def cancel_job(caller: Caller, job_id: JobId) -> dict[str, Any]:
    """Stop a job that waits or runs, with everything under it."""
    return control.cancel(job_id, caller)


@verb()
def delete_job(
    caller: Caller,
    job_id: JobId,
    output: Annotated[int | None, Field(ge=0, le=99, description="Only this of its outputs, from 0; empty deletes the job")] = None,
) -> dict[str, Any]:
    """Delete a job with its files, or one picture out of a batch."""
    return control.delete(job_id, caller) if output is None else outputs.discard(job_id, output, caller)


@verb()
def favourite(caller: Caller, job_id: JobId, on: Annotated[bool, Field(description="False takes it back")] = True) -> dict[str, Any]:
    """Mark a job as a favourite."""
    return control.favourite(job_id, on, caller)


@verb()
def requeue_job(caller: Caller, job_id: JobId) -> dict[str, Any]:
    """Try a failed or cancelled job again, under the same id."""
    return control.requeue(job_id, caller)


@verb()
def move_job(
    caller: Caller,
    job_id: JobId,
    before: Annotated[str | None, Field(max_length=100, description="The job it shall go before; empty = last of yours")] = None,
) -> dict[str, Any]:
    """Move a waiting job before another one."""
    return order.move(job_id, before, caller)


@verb()
def pause_queue(caller: Caller, lane: Lane) -> dict[str, Any]:
    """Let a lane start nothing new; what runs goes on."""
    return order.pause(lane, caller)


@verb()
def resume_queue(caller: Caller, lane: Lane) -> dict[str, Any]:
    """Let a paused lane go on."""
    return order.pause(lane, caller, on=False)


@verb(writes=False)
def queue_status(caller: Caller) -> dict[str, Any]:
    """The lanes, the models that are warm in them, and how much of your work waits and runs."""
    return control.status(caller)


@verb()
def unload_models(
    caller: Caller, model: Annotated[str | None, Field(max_length=100, description="Which model; empty is every one that is warm")] = None
) -> dict[str, Any]:
    """Let go of a warm model, or of all, and give their memory back; what is in use goes when its work has ended."""
    return idle.unload(model)


@verb(waits=True)
def vary(
    caller: Caller,
    job_id: JobId,
    strength: Annotated[float, Field(ge=0, le=1, description="0 gives the original back, 1 an unrelated sibling")] = 0.5,
    count: Annotated[int, Field(ge=1, le=16, description="How many variations")] = 1,
    output: Annotated[int, Field(ge=0, le=15, description="Which of its outputs to vary, from 0; a poster or MP3 is its piece")] = 0,
    seed: Seed = None,
    wait: Wait = True,
    wait_seconds: WaitSeconds = 600.0,
) -> dict[str, Any]:
    """Make variations of a finished picture, film, piece of music or mesh, near or far."""
    return control.vary(job_id, control.Variation(strength, count, output, seed), caller, JobOptions(wait=wait, wait_seconds=wait_seconds))


@verb(writes=False)
def style_profiles(caller: Caller) -> dict[str, Any]:
    """The styles there are."""
    return {"styles": [style.model_dump(exclude={"look", "order"}) for style in styles().values()]}


@verb()
def create_song(
    caller: Caller,
    lyrics: Annotated[str, Field(max_length=20_000, description="Verses with an empty line between them")],
    title: Annotated[Title, Field(description="The song's name")] = "",
    tags: Annotated[list[str], Field(description="Words to find it by")] = [],  # noqa: B006  (pydantic copies defaults)
    style: Annotated[StyleName, Field(description="A style profile")] = "none",
    seed: Seed = None,
) -> dict[str, Any]:
    """Store a song as a draft with one pending picture per verse."""
    values = {"title": title, "lyrics": lyrics, "tags": tags, "style": style, "seed": seed}
    if not lyrics.strip():
        raise BadRequest("lyrics is empty; write at least one verse", fields=["lyrics"])
    _, request, _ = accept.read("illustrate_song", values)
    assert isinstance(request, SongRequest)
    accept.room()
    return songs.get(songs.create(caller.owner, request.model_dump()), caller.owner)


@verb(writes=False)
def list_songs(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
    """Your songs, newest first."""
    return songs.page(caller.owner, limit, cursor)


@verb(writes=False)
def get_song(caller: Caller, song_id: SongId) -> dict[str, Any]:
    """One song with its verses and their pictures."""
    return songs.get(song_id, caller.owner)


@verb()
def publish_song(
    caller: Caller, song_id: SongId, published: Annotated[bool, Field(description="False takes it back")] = True
) -> dict[str, Any]:
    """Show a song to everybody at /songs/<slug>, or take it back."""
    if published and reviews.waiting(song_id):
        raise Conflict("A picture of this song waits for review; it can be shown to everybody when that is done.")
    return songs.publish(song_id, published, caller.owner)


@verb(writes=False)
def list_reviews(
    caller: Caller,
    state: Annotated[Literal["open", "approved"], Field(description="open, or what was let pass")] = "open",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The jobs that moderation flagged or blocked, newest first, with what was found in each."""
    return reviewing.page(caller, state, limit, cursor)


@verb()
def review_job(
    caller: Caller,
    job_id: JobId,
    decision: Annotated[Literal["approve", "remove"], Field(description="approve lets it pass: what was blocked is made after all")],
) -> dict[str, Any]:
    """Decide about a job on the review list: let it pass, or remove it with its files."""
    return reviewing.decide(job_id, decision, caller)


@verb(waits=True)
def redo_verse(
    caller: Caller,
    song_id: SongId,
    verse: Annotated[str | int, Field(description="The verse's name, or its number from 1")],
    seed: Seed = None,
    words: Annotated[str, Field(max_length=4000, description="Other words to paint it from")] = "",
    wait: Wait = True,
    wait_seconds: WaitSeconds = 600.0,
) -> dict[str, Any]:
    """Paint one verse anew; that picture, the book and the sheet change, the other verses stay."""
    song, found = songs.find(song_id, caller.owner), songs.named(song_id, verse, caller.owner)
    if control.unfinished(song["job"]):
        raise control.busy(song["job"])
    kind, request, options = accept.read(
        "repaint", {"song_id": song_id, "verse": found["step"], "title": song["title"], "words": words, "seed": seed}
    )
    return view(accept.accept(kind.name, request, options, caller.owner, caller.correlation_id))
