"""Reads a whole lyric once: who is in it and how they look, its colours, its places and how the hours pass."""
from collections import Counter

from engines.seeds import derive
from engines.sketch.parser import read
from engines.sketch.parser_place import setting_named
from engines.sketch.parser_said import Said
from engines.sketch.parser_things import GARMENTS, Draft, dress_of
from engines.sketch.parser_tokens import plain_text
from engines.sketch.scene import Hex
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data
from engines.song.cast import Bible, Member
from engines.song.figures import cast_of
from engines.song.hours import hours_of
from engines.song.lyrics import read_lyrics
from engines.song.verse import is_seen, verse_scene

__all__ = ["Bible", "Member", "read_bible", "verse_scene"]

MOST_PROPS = 5


def read_bible(title: str, lyrics: str, style: str, seed: int) -> Bible:
    """The song's cast, palette, places and hours; the same words and seed give the same bible."""
    texts = [verse.text for verse in read_lyrics(lyrics)]
    drafted = cast_of(title, texts, seed)
    cast = [_member(thing, drafted[0].id, seed) for thing in drafted]
    drafts = [member.draft() for member in cast]
    verses = [read(plain_text(text), drafts) for text in texts]
    times = hours_of(verses, seed)
    moods = [mood for mood, _ in Counter(mood for verse in verses for mood in verse.moods).most_common(8)]
    return Bible.model_validate({
        "title": title[:200], "style": style, "cast": cast, "props": _props(verses, cast),
        "palette": palette_of(verses, times, moods, seed), "places": _places(verses, seed), "times": times[:100],
        "weathers": _weathers(verses)[:100], "mood": moods})


def plain_bible(title: str, style: str, seed: int) -> Bible:
    """The bible of a song that could not be read: nobody and nothing of its own, colours and places by the seed."""
    return Bible.model_validate({
        "title": title[:200], "style": style, "palette": palette_of([], ["day"], [], seed), "places": _gentle([], seed)})


# -- who -------------------------------------------------------------------------------------------------------------

def _member(thing: Draft, main: str, seed: int) -> Member:
    """A look that stays: what the song says, and for the rest one of the noun's own colours by id and seed."""
    noun = nouns()[thing.noun]
    slots: dict[str, str] = dict(thing.slots)
    chosen = {slot: shades[derive(seed, f"look/{thing.id}/{slot}") % len(shades)] for slot, shades in noun.choices.items()}
    color = thing.color or chosen.pop("color", None)
    if thing.kind == "person":
        dress = dress_of(thing)
        if "hair" in chosen:
            slots.setdefault("hair", chosen["hair"])
        if color and dress in noun.wears and not set(slots) & set(GARMENTS):
            slots.setdefault(dress, color)
        color = None if set(slots) & set(GARMENTS) else color
    goes_with = main if thing.id != main and thing.relation == "with" else None
    return Member(id=thing.id, noun=thing.noun, word=thing.word[:80], color=color, slots=slots,
                  features=[slot for slot in thing.slots if slot != "hair"][:6], of=goes_with, speaks=thing.speaks)


# -- where and when --------------------------------------------------------------------------------------------------

def _props(verses: list[Said], cast: list[Member]) -> list[str]:
    """Vehicles and buildings, the most named first: what the song is at home with."""
    taken = {member.noun for member in cast}
    found = Counter(thing.noun for verse in verses for thing in verse.things
                    if thing.kind in ("vehicle", "building", "instrument") and thing.noun not in taken and is_seen(thing))
    return [noun for noun, _ in found.most_common(MOST_PROPS)]


def _places(verses: list[Said], seed: int) -> list[str]:
    """Settings by how much the song speaks of them: named ones count more than those its things are at home in."""
    score: Counter[str] = Counter()
    rows = data("settings")
    for verse in verses:
        lands = any(rows[mention.name]["role"] == "setting" and not mention.weak for mention in verse.mentions)
        for mention in verse.mentions:
            if lands and rows[mention.name]["role"] == "place":
                continue
            name = mention.name if rows[mention.name]["role"] == "setting" else str(rows[mention.name]["in"])
            if name != "sky":
                score[name] += 1 if mention.weak else 2
        for thing in verse.things:
            home = setting_named(thing.known.setting) if thing.known and thing.known.setting else None
            if home and thing.kind != "sky":
                score[home] += 1
    named = [name for name, _ in score.most_common(8)]
    return named if len(named) > 1 else [*named, *_gentle(named, seed)]


def _gentle(named: list[str], seed: int) -> list[str]:
    """Three settings for a song that speaks of no more than one, turned by the seed."""
    gentle = [name for name, row in data("settings").items() if row.get("gentle") and name not in named]
    start = derive(seed, "places") % len(gentle)
    return (gentle[start:] + gentle[:start])[:3]


def _weathers(verses: list[Said]) -> list[str]:
    """The weather of every verse: only what it names itself, so that a storm passes."""
    return [verse.weathers[0] if verse.weathers else "clear" for verse in verses]


def palette_of(verses: list[Said], times: list[str], moods: list[str], seed: int) -> list[Hex]:
    """Five colours from the song's mood or hour, with the colours that its words name among them."""
    table = data("colors")["palettes"]
    sung = Counter(mood for verse in verses for mood in verse.moods)
    key = next((mood for mood in moods[:2] if mood in table and sung[mood] * 3 > len(verses)), None) or Counter(times).most_common(1)[0][0]
    palette = list(table[key][derive(seed, "palette") % len(table[key])])
    own = Counter(color for verse in verses for color in verse.palette)
    for color, _ in own.most_common(2):
        nearest = min(range(len(palette)), key=lambda at: abs(_light(palette[at]) - _light(color)))
        palette[nearest] = color
    return sorted(dict.fromkeys(palette), key=_light) if len(set(palette)) >= 4 else palette


def _light(color: str) -> float:
    red, green, blue = (int(color[at:at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue
