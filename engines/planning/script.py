"""Reads a script as sections of beats: headings of a screenplay or a shot list, verses of a song, or the sentences of prose.

A beat is a sentence or a line; what is spoken is marked: what people talk about is not seen.
"""

import re
from dataclasses import dataclass, field

from engines.song.lyrics import read_lyrics
from engines.speech.reading import LINE, sentences

_SIDE = "INT|EXT|EST|INNEN|AUSSEN|AUßEN|INTERIOR|EXTERIOR|INTÉRIEUR|EXTÉRIEUR"
_HEADING = re.compile(
    rf"\s*[.#]*\s*(?:\d{{1,3}}[A-Za-z]?[.)]?\s+)?(?:({_SIDE})\b\.?(?:\s*/\s*(?:{_SIDE})\b\.?)?[\s.:-]+|((?i:int|ext)\.)"
    rf"(?:/(?i:int|ext)\.)?\s*|(I/E)[. ]+)(\S.*)"
)
_NUMBERED = re.compile(r"\s*[#*_]*\s*(?:scene|szene|scène|escena|shot|plan|sequence)\s+\d{1,3}\s*[:.)\-–—]+\s*[*_]*\s*(.*)", re.IGNORECASE)
_TRANSITION = re.compile(r"\s*>?\s*(?:FADE (?:IN|OUT|TO)\b.*|[A-Z ]{2,24} TO:?|THE END|INTERCUT.*|END CREDITS|TITLES?:?)[.:]?\s*")
_TITLE_PAGE = re.compile(r"(?:title|credit|author|authors|source|draft date|contact|copyright|notes)\s*:", re.IGNORECASE)
_CUE = re.compile(r"\s*@?([^\W\d_a-z][^a-z.!?:]{1,38}?)\s*(?:\((?:V\.?O\.?|O\.?S\.?|O\.?C\.?|CONT['’]?D)\.?\))?\s*")
_ASIDE = re.compile(r"\s*\(.*\)\s*")
_MARK = re.compile(
    r"\s*(?:\[[^\[\]]{1,60}\]|(?:verse|strophe|couplet|estrofa|chorus|refrain|estribillo|bridge|brücke)(?:\s+\d+)?\s*:?)\s*", re.IGNORECASE
)
_SPEECH = re.compile(r"[\"“„«][^\"“”„«»]{1,2000}[\"”“»]")
_INSIDE = ("INT", "INNEN", "INTERIOR", "INTÉRIEUR", "INT.")
SHORT = 12
"""A beat of fewer letters goes with its neighbour."""
VERSE_LINE = 60


@dataclass(frozen=True)
class Beat:
    """A sentence or a line: as it stands in the script, who speaks it, and whether a paragraph begins with it."""

    text: str
    speaker: str = ""
    opens: bool = False

    @property
    def seen(self) -> str:
        """What of it may be seen: nothing that is only said."""
        return "" if self.speaker else _SPEECH.sub(",", self.text)


@dataclass
class Section:
    """What the script itself keeps together: below one heading, in one verse, or all of a text without any."""

    beats: list[Beat] = field(default_factory=list)
    heading: str = ""
    """The place and time of a screenplay's heading: 'KITCHEN - NIGHT'."""
    inside: bool | None = None
    sung: bool = False


def read_script(script: str) -> list[Section]:
    """The sections of a script, each with at least one beat; a script that has a word has a section."""
    lines = script.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if any(_HEADING.fullmatch(line) for line in lines):
        found = _screenplay(lines)
    elif any(_NUMBERED.fullmatch(line) for line in lines):
        found = _shot_list(lines)
    else:
        found = _song(script, lines) or [Section(beats_of(script))]
    return [section for section in found if section.beats] or [Section([Beat(" ".join(script.split()), opens=True)])]


def beats_of(text: str) -> list[Beat]:
    """The sentences of a text; very short ones go with their neighbour in the paragraph, a row of them by twos and threes."""
    found: list[Beat] = []
    opens, joined = True, False
    for start, end, pause in sentences(text):
        words = " ".join(text[start:end].split())
        full = found and joined and _letters(found[-1].text) >= 2 * SHORT
        joined = bool(found and not opens and not full and min(_letters(words), _letters(found[-1].text)) < SHORT)
        if joined:
            found[-1] = Beat(f"{found[-1].text} {words}", opens=found[-1].opens)
        else:
            found.append(Beat(words, opens=opens))
        opens = pause >= LINE
    return found


def _letters(text: str) -> int:
    """Letters and digits; a sign of Chinese or Japanese says as much as two."""
    return sum(2 if letter > "\u2e7f" else 1 for letter in text if letter.isalnum())


# -- screenplays and shot lists --------------------------------------------------------------------------------------

def _screenplay(lines: list[str]) -> list[Section]:
    found = [Section()]
    text: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if heading := _HEADING.fullmatch(line):
            _close(found[-1], text)
            side = (heading[1] or heading[2] or "").upper()
            found.append(Section(heading=heading[4].strip(" -–—."), inside=None if not side or "/" in line[:12] else side in _INSIDE))
        elif _TRANSITION.fullmatch(line) or (len(found) == 1 and _TITLE_PAGE.match(line)):
            continue
        elif (cue := _cue(lines, at - 1)) is not None:
            _close(found[-1], text)
            at = _dialogue(found[-1], cue, lines, at)
        else:
            text.append(line)
    _close(found[-1], text)
    for section in found:
        if section.heading and not section.beats:
            section.beats.append(Beat(quiet(section.heading) + ".", opens=True))
    return found


def _close(section: Section, text: list[str]) -> None:
    section.beats += beats_of("\n".join(text))
    text.clear()


def _cue(lines: list[str], at: int) -> str | None:
    """The speaker a line names: in capitals, words right below it, and nothing above; a short name may stand right below other words."""
    match = _CUE.fullmatch(lines[at])
    above = lines[at - 1].strip() if at else ""
    below = lines[at + 1].strip() if at + 1 < len(lines) else ""
    if not match or not below:
        return None
    name = match[1].strip()
    dense = name.isupper() and len(name.split()) <= 2 and not below.isupper() and not _TRANSITION.fullmatch(lines[at])
    return name if not above or dense else None


def _dialogue(section: Section, cue: str, lines: list[str], at: int) -> int:
    """One speech into the section, up to an empty line; of a script without any, one line. The number of the line behind it."""
    said: list[str] = []
    dense = at > 1 and bool(lines[at - 2].strip()) and not _HEADING.fullmatch(lines[at - 2])
    while at < len(lines) and lines[at].strip() and not (said and (dense or _cue(lines, at) is not None)):
        if not _ASIDE.fullmatch(lines[at]):
            said.append(lines[at].strip())
        at += 1
    if said:
        section.beats.append(Beat(f"{quiet(cue)}: “{' '.join(' '.join(said).split())}”", speaker=cue))
    return at


def quiet(words: str) -> str:
    """Capitals as a sentence has them."""
    return " ".join(words.split()).capitalize() if words.isupper() else " ".join(words.split())


def _shot_list(lines: list[str]) -> list[Section]:
    found, text = [Section()], list[str]()
    for line in lines:
        if mark := _NUMBERED.fullmatch(line):
            _close(found[-1], text)
            found.append(Section())
            line = mark[1]
        text.append(line)
    _close(found[-1], text)
    return found


# -- songs -----------------------------------------------------------------------------------------------------------

def _song(script: str, lines: list[str]) -> list[Section]:
    """The verses, if the text has the marks or the shape of a song; else nothing."""
    full = [line.strip() for line in lines if line.strip()]
    blocks = len([block for block in re.split(r"\n\s*\n", script.strip()) if block.strip()])
    marked = any(_MARK.fullmatch(line) for line in full)
    short = sum(len(line) <= VERSE_LINE for line in full) >= 0.9 * len(full)
    open_ended = sum(line[-1] not in ".!?…\"”»" for line in full) >= 0.5 * len(full)
    if not marked and not (short and open_ended and blocks >= 2 and len(full) >= 2 * blocks):
        return []
    try:
        verses = read_lyrics(script)
    except ValueError:  # more verses than a song has: it is read as prose
        return []
    return [Section([Beat(" ".join(line.split())) for line in verse.text.splitlines() if line.strip()], sung=True) for verse in verses]
