"""Lyrics as verses: where one ends, what it is called, and which are sung again and so share a picture."""
import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from engines.fields import is_blank

LONGEST = 20_000
MOST_VERSES = 100
MOST_TIMES = 8
MOST_TAGS, LONGEST_TAG = 20, 40

SECTIONS = {
    "verse": "verse", "strophe": "verse", "couplet": "verse", "stanza": "verse", "estrofa": "verse", "verso": "verse",
    "chorus": "chorus", "refrain": "chorus", "estribillo": "chorus", "coro": "chorus", "kehrvers": "chorus",
    "pre-chorus": "pre-chorus", "prechorus": "pre-chorus", "post-chorus": "post-chorus", "hook": "hook",
    "bridge": "bridge", "brücke": "bridge", "pont": "bridge", "puente": "bridge", "middle eight": "bridge",
    "intro": "intro", "outro": "outro", "coda": "coda", "interlude": "interlude", "ending": "outro",
}
_NAMES = "|".join(sorted(map(re.escape, SECTIONS), key=len, reverse=True))
_TIMES = r"[(\[]?\s*(?:[x×]\s*(\d{1,6})|(\d{1,6})\s*[x×])\s*[)\]]?"
_BRACKETS = re.compile(r"\[\s*([^\[\]]{1,80}?)\s*\]\s*:?\s*")
_KEYWORD = re.compile(rf"[#*_\s(]*((?:{_NAMES})(?:\s+\d{{1,3}})?)\s*[)*_]*\s*(?:(:)\s*[*_]*\s*(.*)|)", re.IGNORECASE)
_ONLY_TIMES = re.compile(_TIMES)
_TIMES_AT_END = re.compile(r"(?:^|\s)(?:[(\[]\s*(?:[x×]\s*\d{1,6}|\d{1,6}\s*[x×])\s*[)\]]|[x×]\d{1,2})$", re.IGNORECASE)
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}


@dataclass(frozen=True)
class Verse:
    """One verse in its place in the song."""

    name: str
    """Unique in the song: 'verse 1', 'chorus', 'chorus again'."""
    label: str
    """As people see it: 'Verse 1', 'Chorus'."""
    text: str
    step: str
    """The verse whose picture this one shows: its own name, or that of the verse it repeats."""

    @property
    def repeat_of(self) -> str | None:
        """The verse it sings again, if it does."""
        return None if self.step == self.name else self.step


@dataclass
class _Block:
    label: str
    lines: list[str]
    times: int = 1

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def read_lyrics(text: str) -> list[Verse]:
    """The verses of a lyric in order, 1 to 100; ValueError says what to do if there are none or too many."""
    if len(text) > LONGEST:
        raise ValueError(f"the lyrics have {len(text):,} characters; shorten them to {LONGEST:,}")
    blocks = _fill(_blocks(text)) or _bare(text)
    total = sum(block.times for block in blocks)
    if not blocks:
        raise ValueError("the lyrics hold no verse; write a few lines, with an empty line between two verses")
    if total > MOST_VERSES:
        raise ValueError(f"the lyrics have {total} verses; join some or leave some out, up to {MOST_VERSES} are illustrated")
    return _name(blocks)


def _bare(text: str) -> list[_Block]:
    """A lyric of nothing but lines like 'Chorus' or 'Verse 2' means those words themselves; brackets never are words."""
    lines = (_split_times(line.strip())[0] for line in text.splitlines())
    return [_Block("", [line]) for line in lines if not is_blank(line) and not _BRACKETS.fullmatch(line)]


def _blocks(text: str) -> list[_Block]:
    found: list[_Block] = [_Block("", [])]
    for line in text.splitlines():
        line = line.replace("\t", " ").replace("\ufeff", "").strip()
        header = _header(line, found[-1])
        if header is not None:
            found.append(header)
        elif times := _alone(line):
            (found[-1] if found[-1].lines or found[-1].label else _before(found)).times = times
        elif is_blank(line):
            found.append(_Block("", []))
        else:
            found[-1].lines.extend(_again(line))
    return [block for block in found if block.lines or block.label]


def _before(found: list[_Block]) -> _Block:
    return next((block for block in reversed(found) if block.lines or block.label), found[-1])


def _header(line: str, block: _Block) -> _Block | None:
    """The block that a marker line opens: '[Verse 1]', 'Chorus:', '(Bridge)', '## Outro x2'."""
    bare, times = _split_times(line)
    if match := _BRACKETS.match(bare):
        inner, inner_times = _split_times(match[1])
        rest = bare[match.end():].strip()
        if _section(inner) or not rest:
            return _Block(_tidy(inner.strip(" :-")), _again(rest) if rest else [], max(times, inner_times))
    match = _KEYWORD.fullmatch(bare)
    if match and (match[2] or not block.lines):
        return _Block(_tidy(match[1]), _again(match[3]) if match[3] else [], times)
    return None


def _tidy(label: str) -> str:
    label = " ".join(label.split())
    return label[:1].upper() + label[1:] if _section(label) else label


def _section(label: str) -> str | None:
    match = _KEYWORD.match(label)
    return SECTIONS[re.sub(r"\s+\d+$", "", match[1]).lower()] if match else None


def _split_times(line: str) -> tuple[str, int]:
    match = _TIMES_AT_END.search(line[-12:])
    if not match:
        return line, 1
    cut = len(line) - (match.end() - match.start())
    return line[:cut].rstrip(), _alone(match[0].strip())


def _alone(line: str) -> int:
    """How often a line that is only '(x2)' or 'x3' asks for, else 0."""
    match = _ONLY_TIMES.fullmatch(line.lower()) if len(line) <= 12 else None
    return min(MOST_TIMES, max(1, int(match[1] or match[2]))) if match else 0


def _again(line: str) -> list[str]:
    """A line, as often as a marker at its end says."""
    bare, times = _split_times(line)
    return [bare] * times if bare else []


def _fill(blocks: list[_Block]) -> list[_Block]:
    """Give bare markers their text: that of the same section before, or of the unnamed lines behind."""
    filled: list[_Block] = []
    earlier: dict[str, _Block] = {}
    waiting: _Block | None = None
    for block in blocks:
        key = _section(block.label) or block.label.casefold()
        if not block.lines and (known := earlier.get(block.label.casefold()) or earlier.get(key)):
            filled.append(_Block(known.label, list(known.lines), block.times))
            continue
        if not block.lines:
            waiting = block if _section(block.label) else waiting
            continue
        if not block.label and waiting:
            block.label, block.times = waiting.label, max(block.times, waiting.times)
            key = _section(block.label) or block.label.casefold()
        waiting = None
        for name in (block.label.casefold(), key):
            if name and (name != "verse" or block.label.casefold() == name):
                earlier.setdefault(name, block)
        filled.append(block)
    return filled


def _name(blocks: list[_Block]) -> list[Verse]:
    verses: list[Verse] = []
    first: dict[str, Verse] = {}
    taken: set[str] = set()
    for block in blocks:
        same = _sound(block.text) or block.text
        for _ in range(block.times):
            known = first.get(same)
            base = f"{known.step} again" if known else _base(block.label, taken)
            name = _free(base, taken)
            label = known.label if known and not block.label else _label(block.label, name)
            verses.append(Verse(name, label, block.text, known.step if known else name))
            first.setdefault(same, verses[-1])
    return verses


def _label(label: str, name: str) -> str:
    """'Verse 2' where the words say only 'Verse' or nothing."""
    plain = not label or label.casefold() in ("verse", "strophe", "couplet", "stanza", "estrofa", "verso")
    return name.capitalize() if plain else label


def _base(label: str, taken: set[str]) -> str:
    section = _section(label) if label else "verse"
    number = re.search(r"\d+$", label)
    if section == "verse":
        count = int(number[0]) if number else 1
        while not number and f"verse {count}" in taken:
            count += 1
        return f"verse {count}"
    if section:
        return f"{section} {int(number[0])}" if number else section
    return " ".join(label.casefold().split())[:40]


def _free(base: str, taken: set[str]) -> str:
    name, count = base, 2
    while name in taken:
        name, count = f"{base} {count}", count + 1
    taken.add(name)
    return name


def _sound(text: str) -> str:
    """What two verses must share to be the same verse: letters and digits, in any case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(sign)[0] in "LMN")


def normalise_tags(tags: list[str] | str) -> list[str]:
    """Tags in one spelling, each once; ValueError if there are more than 20 or one is longer than 40 characters."""
    parts = re.split(r"[,;\n#]", tags) if isinstance(tags, str) else tags
    tidy = (" ".join(unicodedata.normalize("NFKC", str(part)).lower().replace("#", " ").split()) for part in parts)
    found = list(dict.fromkeys(tag for tag in tidy if tag))
    if len(found) > MOST_TAGS:
        raise ValueError(f"there are {len(found)} tags; keep the best {MOST_TAGS}")
    if long := next((tag for tag in found if len(tag) > LONGEST_TAG), None):
        raise ValueError(f"the tag '{long[:20]}…' is longer than {LONGEST_TAG} characters; shorten it, or put commas between tags")
    return found


def slug(title: str, taken: Collection[str] = ()) -> str:
    """A readable name for an address: ASCII letters, digits and hyphens, not one of `taken`."""
    letters = "".join(_LETTERS.get(sign, sign) for sign in unicodedata.normalize("NFKD", title).lower())
    letters = re.sub(r"['’`]", "", letters)
    plain = "".join(sign for sign in letters if not unicodedata.combining(sign))
    base = "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")
    if not base:
        base = "song-" + hashlib.blake2b(title.encode("utf-8", "replace"), digest_size=3).hexdigest()
    name, count = base, 2
    while name in taken:
        name, count = f"{base}-{count}", count + 1
    return name
