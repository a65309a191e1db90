"""Songs: stored drafts with one pending picture per verse, in order."""

import json
import time
import uuid
from typing import Any

from engines import seeds
from engines.errors import BadRequest, JobNotFound
from engines.song.lyrics import read_lyrics, slug
from engines.words import nearest
from jobs.store import Row, dumps, insert, row, rows, value, write
from jobs.view import output

NAMESPACE = uuid.UUID("8f6d3b52-0f53-4b8a-9a5e-6f1d2c4b7a90")


def create(owner: str, values: dict[str, Any], ident: str | None = None) -> str:
    """Store a song and its verses; the same id gives the same song. Returns the id."""
    ident = ident or uuid.uuid4().hex
    title = " ".join(str(values.get("title") or "").split()) or _first_words(values["lyrics"])
    with write() as db:
        if row("select 1 from songs where id=?", ident):
            return ident
        taken = {each["slug"] for each in rows("select slug from songs")}
        insert(
            db,
            "songs",
            {
                "id": ident,
                "owner": owner,
                "title": title,
                "slug": slug(title, taken),
                "lyrics": values["lyrics"],
                "tags": dumps(values.get("tags") or []),
                "style": values.get("style") or "none",
                "seed": seeds.draw() if values.get("seed") is None else values["seed"],
                "width": values.get("width"),
                "height": values.get("height"),
                "created_at": time.time(),
            },
        )
        for number, verse in enumerate(read_lyrics(values["lyrics"])):
            insert(
                db,
                "verses",
                {"song": ident, "number": number, "name": verse.name, "label": verse.label, "text": verse.text, "step": verse.step},
            )
    return ident


def _first_words(lyrics: str) -> str:
    line = next((verse.text.splitlines()[0] for verse in read_lyrics(lyrics)), "Song")
    return line[:60].strip(" ,.;:") or "Song"


def find(song_id: str, owner: str) -> Row:
    """The row of one of this owner's songs; JobNotFound otherwise."""
    found = row("select * from songs where id=? and owner=?", song_id, owner)
    if found is None:
        raise JobNotFound(f"There is no song {song_id[:80]!r}; list_songs shows those there are.")
    return found


def get(song_id: str, owner: str) -> dict[str, Any]:
    """One song with its verses."""
    return show(find(song_id, owner))


def show(song: Row) -> dict[str, Any]:
    """A song as everybody sees it (design §5)."""
    return _head(song) | {
        "lyrics": song["lyrics"],
        "bible": json.loads(song["bible"]) if song["bible"] else None,
        "seed": song["seed"],
        "width": song["width"],
        "height": song["height"],
        "verses": [_verse(verse) for verse in verses(song["id"])],
    }


def _head(song: Row) -> dict[str, Any]:
    return {
        "id": song["id"],
        "title": song["title"],
        "slug": song["slug"],
        "tags": json.loads(song["tags"]),
        "style": song["style"],
        "published": bool(song["published"]),
        "job": song["job"],
        "book": _url(song["book"]),
        "sheet": _url(song["sheet"]),
        "created_at": song["created_at"],
    }


def _url(artifact: str | None) -> str | None:
    return f"/artifacts/{artifact}" if artifact and value("select 1 from artifacts where id=?", artifact) else None


def verses(song_id: str) -> list[Row]:
    """The verses of a song in order."""
    return rows("select * from verses where song=? order by number", song_id)


def _verse(verse: Row) -> dict[str, Any]:
    job = row("select * from jobs where id=?", verse["job"]) if verse["job"] else None
    file = row("select * from artifacts where job=? order by number limit 1", verse["job"]) if verse["job"] else None
    shown = output(file) if file else {}
    told = json.loads(job["provenance"]) if job else {}
    return {
        "name": verse["name"],
        "label": verse["label"],
        "text": verse["text"],
        "status": job["status"] if job else "pending",
        "prompt": verse["prompt"],
        "summary": verse["summary"],
        "words": verse["words"],
        "seed": job["seed"] if job else verse["seed"],
        "model": job["model"] if job else None,
        "provider": told.get("backend"),
        "artifact": shown.get("id"),
        "url": shown.get("url"),
        "thumbnail": shown.get("thumbnail"),
        "unmet": told.get("unmet", []),
        "job": verse["job"],
        "error": json.loads(job["error"]) if job and job["error"] else None,
        "repeat_of": verse["step"] if verse["step"] != verse["name"] else None,
    }


def page(owner: str, limit: int, cursor: str | None) -> dict[str, Any]:
    """Songs of an owner, newest first."""
    if cursor is not None and not cursor.isdecimal():
        raise BadRequest("cursor must be the `next` of an earlier page", fields=["cursor"])
    found = rows("select * from songs where owner=? and n<? order by n desc limit ?", owner, int(cursor) if cursor else 2**62, limit + 1)
    songs = [
        _head(song)
        | {
            "cover": next((v["thumbnail"] for v in map(_verse, verses(song["id"])) if v["thumbnail"]), None),
            "count": value("select count(*) from verses where song=?", song["id"]),
        }
        for song in found[:limit]
    ]
    return {"songs": songs, "next": str(found[limit - 1]["n"]) if len(found) > limit else None}


def publish(song_id: str, on: bool, owner: str) -> dict[str, Any]:
    """Show a song to everybody under /songs/<slug>, or take it back."""
    song = find(song_id, owner)
    if on and not any(_verse(verse)["artifact"] for verse in verses(song["id"])):
        raise BadRequest("no verse is painted yet; illustrate the song first, then publish it")
    with write() as db:
        db.execute("update songs set published=? where id=?", (int(on), song_id))
    return get(song_id, owner)


def published(slug_: str) -> dict[str, Any] | None:
    """A published song by its slug, whoever's it is."""
    song = row("select * from songs where slug=? and published=1", slug_)
    return show(song) if song else None


def is_published(artifact: str) -> bool:
    """Whether a file is a picture, book or sheet of a published song."""
    return bool(
        value(
            "select 1 from artifacts join verses on verses.job=artifacts.job join songs on songs.id=verses.song"
            " where artifacts.id=? and songs.published=1",
            artifact,
        )
        or value("select 1 from songs where published=1 and (book=? or sheet=?)", artifact, artifact)
    )


def named(song_id: str, verse: str | int, owner: str) -> Row:
    """A verse by its name, its label or its number from 1; BadRequest names the nearest."""
    all_ = verses(find(song_id, owner)["id"])
    wanted = str(verse).strip().lower()
    for found in all_:
        if wanted in (found["name"].lower(), found["label"].lower(), str(found["number"] + 1)):
            return found
    raise BadRequest(f"there is no verse {str(verse)[:60]!r}{nearest(wanted, [each['name'] for each in all_])}", fields=["verse"])


def change(song_id: str, **columns: Any) -> None:
    """Set columns of a song."""
    names = ", ".join(f"{name}=?" for name in columns)
    with write() as db:
        db.execute(f"update songs set {names} where id=?", (*columns.values(), song_id))


def change_step(song_id: str, step: str, **columns: Any) -> None:
    """Set columns of every verse that shares a picture."""
    names = ", ".join(f"{name}=?" for name in columns)
    with write() as db:
        db.execute(f"update verses set {names} where song=? and step=?", (*columns.values(), song_id, step))
