"""Where and when a picture is set, from what the words name, what the things imply, and at last the seed."""
from engines.sketch.parser_said import Mention, Said
from engines.sketch.parser_things import Draft
from engines.sketch.scene import Weather
from engines.sketch.vocabulary import LIVING, nouns
from engines.sketch.words import data, lexicon

_WEATHERS: tuple[Weather, ...] = ("storm", "snow", "rain", "fog", "overcast", "wind", "clouds", "clear")
WET = ("sea", "lake", "river", "harbour", "beach")


def place_of(said: Said, absent: set[str], seed: int) -> tuple[str, list[str]]:
    """The setting, and up to four places it is combined with."""
    mentions = [mention for mention in said.mentions if mention.name not in absent]
    strong = [mention for mention in mentions if not mention.weak]
    lands = [mention for mention in strong if mention.role == "setting"]
    swims = any(draft.pose == "swimming" or draft.known is not None and draft.known.stands == "water" for draft in said.things)
    wet = next((mention for mention in lands if mention.name in WET), None) if swims else None
    main = wet or next((mention for mention in lands if mention.inside), lands[0] if lands else None)
    setting = main.name if main else _without_land(said, mentions, strong, absent, seed)
    behind = [mention for mention in mentions if mention.weak and mention.name == "mountain"]
    places = dict.fromkeys(mention.name for mention in [*strong, *behind] if mention.name != setting)
    return setting, list(places)[:4]


def put_in(said: Said) -> None:
    """Fish in an aquarium are those it shows; what goes through leaves is not in one of them."""
    contains, strewn = data("words")["contains"], data("words")["strewn"]
    by_id = {draft.id: draft for draft in said.things}
    tables = data("words")["laid"]["tables"]
    for draft in list(said.things):
        if draft.kind == "person" and draft.relation == "in" and draft.to in by_id and by_id[draft.to].noun in tables:
            draft.relation = "beside"
        other = by_id.get(draft.to or "")
        if other is None or draft.relation != "in":
            continue
        if draft.noun in contains.get(other.noun, ()):
            said.things.remove(draft)
            for each in said.things:
                each.to = other.id if each.to == draft.id else each.to
        elif other.noun in strewn:
            draft.relation, draft.to = None, None


def furnish(said: Said, absent: set[str]) -> None:
    """Give a place what it has by its name: a kitchen its stove, an oasis its palms; food that lies nowhere goes on the stove."""
    there = {draft.noun for draft in said.things} | absent
    words = {mention.word for mention in said.mentions if mention.role == "setting" and not mention.weak}
    for name, spelled in data("words")["furnished"].items():
        if not words & set(spelled.split(", ")) or name in there or "furniture" in absent:
            continue
        for draft in said.things:
            if name == "stove" and draft.kind == "food" and draft.to in (None, *data("settings")):
                draft.relation, draft.to, draft.size = "on", name, "small"
        kind = nouns()[name].kind
        said.things.append(Draft(name, name, name, kind, 3 if kind == "plant" else 1))


def set_table(said: Said, absent: set[str]) -> None:
    """Food and what it is served in, with nothing else in the room, is on a table."""
    rows = data("words")["laid"]
    table = rows["tables"][0]
    served = said.things and all(draft.kind == "food" or draft.noun in rows["nouns"] for draft in said.things)
    if served and any(draft.kind == "food" for draft in said.things) and table not in absent and "furniture" not in absent:
        said.things.append(Draft(table, table, table, nouns()[table].kind))


def lay_tables(said: Said) -> None:
    """Food, candles, cups and their like are on the table if there is one and nothing else was said of them."""
    rows, borne = data("words")["laid"], data("words")["borne"]
    bearer = next((each for each in said.things if each.noun in borne), None)
    for draft in said.things:
        takes = bearer and draft is not bearer and {draft.noun, draft.kind} & set(borne[bearer.noun])
        if bearer and takes and draft.relation == "with" and draft.to in (bearer.id, bearer.to):
            draft.relation, draft.to = "on", bearer.id
    table = next((draft for draft in said.things if draft.noun in rows["tables"]), None)
    if table is None:
        return
    for draft in said.things:
        beside = next((each for each in said.things if each.id == draft.to and each.kind == "food"), None)
        free = draft.relation is None or draft.to in data("settings") or draft.relation == "with" and (draft.to == table.id or beside)
        if free and draft.pose is None and (draft.kind == "food" or draft.noun in rows["nouns"]):
            draft.relation, draft.to = "on", table.id


def _without_land(said: Said, mentions: list[Mention], strong: list[Mention], absent: set[str], seed: int) -> str:
    home = _home(said.things, absent)
    rows = data("settings")
    place = next((str(rows[mention.name]["in"]) for mention in strong if mention.role == "place"), None)
    if place and rows[place].get("indoors") and place not in absent:
        return place
    hint = next((mention.name for mention in mentions if mention.weak and _fits(mention, said.things)), None)
    if hint in WET and home in WET:
        return str(home)
    choice = hint or home or place
    if place and not hint and not (home in WET and place in WET or home == place):
        choice = place
    if choice and rows[choice]["role"] == "place":
        choice = str(rows[choice]["in"])
    if choice and choice not in absent:
        return choice
    aloft = any(draft.pose == "flying" or draft.known and draft.known.stands == "sky" for draft in said.things)
    tall = aloft or any(draft.kind == "building" for draft in said.things)  # trees would hide it
    gentle = [name for name, row in rows.items() if row.get("gentle") and name not in absent and not (tall and name == "forest")]
    return gentle[seed % len(gentle)] if gentle else "meadow"


def _fits(mention: Mention, things: list[Draft]) -> bool:
    """The sky is where a picture is set only if all in it can fly."""
    if mention.name != "sky":
        return True
    return mention.inside and all(draft.known and draft.known.stands == "sky" or draft.pose == "flying" or draft.kind == "bird"
                                  for draft in things)


def _home(things: list[Draft], absent: set[str]) -> str | None:
    """Where the things belong: the first that says so, else the first whose kind does."""
    homes = data("words")["home"]
    known = [draft for draft in things if draft.known]
    if any(draft.pose == "swimming" and draft.known and draft.known.stands != "water" for draft in known) and "lake" not in absent:
        return "lake"
    loose = [draft for draft in known if draft.relation not in ("in", "on") or draft.to in data("settings")] or known
    own = [setting_named(draft.known.setting) for draft in loose if draft.known and draft.known.setting]
    if any(draft.kind == "plant" and draft.known and draft.known.height > 1 for draft in known):
        own = [name for name in own if name and not data("settings")[name].get("indoors")]  # a tree stands in the open
    first = next((name for name in own if name and name not in absent), None)
    if first:
        return first
    if any(draft.kind in ("building", "plant") and draft.noun not in homes for draft in known):
        return None
    found = (homes.get(draft.noun, homes.get(draft.kind)) for draft in known if draft.relation != "with")
    return next((str(home) for home in found if home and home not in absent), None)


def setting_named(word: str) -> str | None:
    """The setting or place a word names, in any spelling of it."""
    found = lexicon().words["en"].get(word, ())
    return next((str(meaning.value) for meaning in found if meaning.kind in ("setting", "place", "hint")), None)


def time_of(said: Said, absent: set[str]) -> str:
    """The time of day: named, or implied by a moon or an owl."""
    named = sorted((time for time in said.times if time not in absent), key=lambda time: time == "day")
    times = ("dawn", "day", "sunset", "dusk", "night")
    implied = [suggests(draft, "time") for draft in said.things]
    found = next((time for time in [*named, *implied] if time and time not in absent), None)
    return found or next((time for time in ("day", *times) if time not in absent), "day")


def weather_of(said: Said, absent: set[str]) -> Weather:
    """The weather: of several the one that shows most, or what a snowman implies."""
    named = [weather for weather in said.weathers if weather not in absent]
    if not named:
        named = [weather for draft in said.things if (weather := suggests(draft, "weather")) and weather not in absent]
    return next((weather for weather in _WEATHERS if weather in named), "clear")


def suggests(draft: Draft, what: str) -> str | None:
    found = data("words")["implies"].get(draft.noun, {}).get(what)
    return str(found) if found else None


def season_of(said: Said, weather: str, absent: set[str]) -> str | None:
    """The season: named, or that of the weather."""
    named = next((season for season in said.seasons if season not in absent), None)
    return named or data("words")["season_of"].get(weather)


def anyone(things: list[Draft]) -> bool:
    """Whether someone or something alive is in the picture."""
    return any(draft.kind in LIVING for draft in things)
