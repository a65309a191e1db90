"""The second desk of the Speech tab: words from a recording."""
from engines.hearing.languages import languages
from studio.form import Form
from studio.tabs import media

DOOR = "transcribe"


def sight(form: Form) -> None:
    """What everybody needs."""
    form.given("audio", "Which recording?", "recording")
    named = sorted(languages().items(), key=lambda each: each[1])
    offered = [{"value": "", "title": "Find it out"}] + [{"value": code, "title": name} for code, name in named]
    form.choose("language", offered, "select", label="Which language is spoken?")


def drawer(form: Form) -> None:
    """The rest."""
    form.add("seed", placeholder="drawn anew each time")


def build() -> None:
    """Lay the desk out and wire it."""
    media.build(DOOR, sight, drawer, "Write it down", kind="hearing", switch=True)
