"""Stages passages one after another: what a script says of place, hour and weather holds until it says otherwise."""

from collections.abc import Mapping

from engines.planning.cutting import Passage
from engines.planning.looks import Wishes, colors_of, light_of, lights
from engines.planning.people import Company, entities
from engines.planning.plan import PlannedScene, VisualStyle
from engines.planning.script import Section, quiet
from engines.sketch.parser import read
from engines.sketch.parser_place import place_of, suggests
from engines.sketch.parser_said import Said
from engines.sketch.parser_tokens import plain_text
from engines.sketch.words import data
from engines.song.hours import hour_of
from engines.song.verse import speaks_of

LONGEST = 1000


class Stage:
    """Where, when and with whom the script is just now."""

    def __init__(self, names: Mapping[str, str], wishes: Wishes, seed: int) -> None:
        self.names, self.wishes, self.seed = names, wishes, seed
        self.company = Company(names)
        self.setting, self.said_where = "", False
        self.hour, self.said_when = "day", False
        self.weather = "clear"
        self.unmet: list[str] = []

    def scene(self, passage: Passage, number: int, seconds: float) -> PlannedScene:
        """The next scene."""
        text = " ".join(beat.seen for beat in passage.beats)
        said, missed = self.company.read(text, [beat.speaker for beat in passage.beats if beat.speaker])
        self.unmet += missed
        self._heading(passage.section, said)
        where = self._moves(said)
        when = self._passes(said, where and bool(passage.section.heading))
        inside = passage.section.inside
        if inside is None:
            inside = bool(data("settings").get(self.setting, {}).get("indoors"))
        here = {thing.noun for thing in said.things}
        grey = 0.0 if inside else float(lights()["muted"].get(self.weather, 0.0))
        return PlannedScene(
            scene_number=number,
            description=self._described(passage, where, when),
            duration_seconds=seconds,
            entities=entities(said, text, self.names),
            visual_style=VisualStyle(
                lighting=light_of(self.hour, self.weather, inside, here, self.wishes),
                color_palette=colors_of(said, self.hour, grey, self.wishes, self.seed),
            ),
        )

    def _heading(self, section: Section, said: Said) -> None:
        """A heading names the place and the hour; out of doors, what it names is seen too."""
        if not section.heading:
            return
        head = read(plain_text(section.heading.lower()))
        said.mentions[:0], said.times[:0], said.weathers[:0] = head.mentions, head.times, head.weathers
        if section.inside is False:
            known = {thing.noun for thing in said.things}
            said.things += [thing for thing in head.things if thing.known and thing.noun not in known]

    def _moves(self, said: Said) -> bool:
        """Take the place the words name, or at first the one they hint at; whether they named it."""
        named = speaks_of(said)
        if named == "named" or named and not self.said_where:
            self.setting = place_of(said, set(said.absent), self.seed)[0]
            self.said_where = self.said_where or named == "named"
        return named == "named"

    def _passes(self, said: Said, turned: bool) -> bool:
        """Take the hour and the weather the words name; whether they named an hour. turned: a heading leads elsewhere."""
        absent = set(said.absent)
        named = hour_of(said, absent)
        if not named and not self.said_when:
            named = next((hint for thing in said.things if (hint := suggests(thing, "time"))), None)
        if said.weathers:
            self.weather = next((each for each in said.weathers if each not in absent), "clear")
        elif turned or (named and named != self.hour):
            self.weather = "clear"
        self.hour, self.said_when = named or self.hour, self.said_when or bool(named)
        return bool(named)

    def _described(self, passage: Passage, where: bool, when: bool) -> str:
        """The script's own words, behind the heading, or behind the place and hour that still hold."""
        words = (" / " if passage.section.sung else " ").join(beat.text for beat in passage.beats)
        if passage.section.heading:
            head = quiet(passage.section.heading)
        else:
            say = data("words")["say"]["time"]
            parts = [str(data("settings")[self.setting].get("say", "")) if self.said_where and not where else "",
                     say[self.hour] if self.said_when and not when else ""]  # fmt: skip
            head = ", ".join(part for part in parts if part)
        whole = f"{head[:1].upper()}{head[1:]}: {words}" if head and not words.startswith(head) else words
        return whole if len(whole) <= LONGEST else whole[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
