"""The book and the contact sheet: what a reader would notice, in any script and with any words."""
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError

from engines.base import Artifact, Made
from engines.book import fonts
from engines.book.fonts import hand_of
from engines.book.ornament import melody
from engines.book.pdf import PdfBook
from engines.book.press import Press
from engines.book.request import BookRequest, BookVerse
from engines.book.runs import Face, clean, clusters, pieces, runs_left
from engines.book.setting import HEIGHT, WIDTH, set_verse
from engines.book.sheet import ContactSheet
from engines.errors import Cancelled

SCRIPTS = {
    "Latin": "Žluťoučký kůň à la façon, Ærøskøbing, Tiếng Việt, ǅ ff fi",
    "Greek": "Ἄνδρα μοι ἔννεπε, Μοῦσα",
    "Cyrillic": "Ой ты, степь широкая, їжак",
    "Arabic": "يا ليل الصب متى غده؟",
    "Hebrew": "שִׁיר עַל יָרֵחַ לָבָן",
    "Hindi": "चंदा मामा दूर के, क्षत्रिय",
    "Bengali": "আমার সোনার বাংলা",
    "Tamil": "யாதும் ஊரே யாவரும் கேளிர்",
    "Thai": "จันทร์เจ้าขา ขอข้าวขอแกง",
    "Japanese": "月が出た出た、ヨイヨイ。",
    "Chinese": "床前明月光,舉頭望明月",
    "Korean": "아리랑 아리랑 아라리요",
    "Emoji": "🦊 👩‍👩‍👧 🇫🇷 1️⃣ ❤️ 👍🏽",
    "Mixed": "“Hi” سلام שלום 你好 नमस्ते สวัสดี 🌍 12 (ok)!",
}


class Desk:
    """A run that opens pictures by name from its folder and may be asked to stop."""

    def __init__(self, folder: Path, stop_after: int = 10**9) -> None:
        self.folder, self.stop_after, self.told = folder, stop_after, list[tuple[float, str]]()

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        self.told.append((fraction, note))
        if len(self.told) > self.stop_after:
            raise Cancelled

    def open(self, source: str) -> Path:
        return self.folder / f"{source}.png"

    def recall(self, artifact_id: str) -> dict[str, object]:
        return {}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    Image.linear_gradient("L").resize((320, 320)).convert("RGB").save(tmp_path / "square.png")
    Image.new("RGBA", (480, 300), (200, 40, 40, 128)).save(tmp_path / "wide.png")
    return Desk(tmp_path)


@pytest.fixture
def press() -> Iterator[Press]:
    with Press(210) as press:
        yield press


def song(*texts: str, title: str = "The Fox", picture: str | None = "square") -> BookRequest:
    verses = [BookVerse(name=f"verse-{k}", label=f"Verse {k + 1}", text=text, picture=picture) for k, text in enumerate(texts)]
    return BookRequest(title=title, style="watercolor", palette=["#1A2050", "#F0BC42"], verses=verses)


def bound(request: BookRequest, desk: Desk) -> tuple[Made, Artifact]:
    made = PdfBook().generate(request, desk)
    (book,) = made.artifacts
    assert (book.role, book.media_type) == ("book", "application/pdf")
    assert book.path.read_bytes().startswith(b"%PDF-")
    return made, book


def read(book: Artifact) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here")
    return subprocess.run(["pdftotext", "-raw", str(book.path), "-"], capture_output=True, check=True, text=True).stdout


def test_cover_spreads_and_colophon(desk: Desk) -> None:
    made, book = bound(song(*[f"Verse {k}\nsings of the moon" for k in range(5)]), desk)
    assert book.meta["pages"] == 1 + 2 * 5 + 1 and made.notes == []
    data = book.path.read_bytes()
    assert data.count(b"/Subtype /Image") == 1, "a picture that comes back is in the file once"
    assert b"/TwoPageRight" in data and b"/Title" in data
    assert [fraction for fraction, _ in desk.told] == sorted(fraction for fraction, _ in desk.told)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_has_its_letters(script: str, desk: Desk) -> None:
    made, _ = bound(song(SCRIPTS[script], title=SCRIPTS[script]), desk)
    assert made.notes == []
    assert ContactSheet().generate(song("x", title=SCRIPTS[script]), desk).notes == []


def test_words_can_be_found_and_copied(desk: Desk) -> None:
    _, book = bound(song("The office of the fox\nПривет, мир", title="Ein Lied"), desk)
    text = read(book)
    assert "Ein Lied" in text and "Привет, мир" in text and "Made with Troubadour" in text


def test_a_letter_no_font_has_is_told(desk: Desk) -> None:
    made, book = bound(song("so \ue123 far", title="\U0010fffd"), desk)
    (note,) = made.notes
    assert "U+E123, U+10FFFD" in note and "Install" in note and "So □ far" in read(book)
    assert ContactSheet().generate(song("x", title="\ue123"), desk).notes[0].startswith("No font")


@pytest.mark.parametrize("platform", [True, False])
def test_without_the_packages_or_any_font_at_all(platform: bool, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_packed", lambda package, file: None)
    if not platform:
        monkeypatch.setattr(fonts, "_platform", lambda: ())
    fonts.font_for.cache_clear()
    try:
        made, book = bound(song(SCRIPTS["Mixed"]), desk)
        assert book.meta["pages"] == 4 and ContactSheet().generate(song("x"), desk).artifacts
        assert platform or "No font" in made.notes[0]
    finally:
        fonts.font_for.cache_clear()


def test_a_long_verse_flows_and_the_next_still_opens_on_the_left(desk: Desk) -> None:
    long = "\n".join(f"line {k} of a tale that goes on" for k in range(60))
    _, book = bound(song(long, "short", picture=None), desk)
    assert book.meta["pages"] % 2 == 0 and book.meta["pages"] > 6
    text = read(book)
    assert all(f"line {k} of" in text or k == 0 for k in range(60)), "no line is lost"


@pytest.mark.parametrize("lines", [1, 4, 12, 24])
def test_a_verse_of_usual_length_stays_on_its_page(lines: int, press: Press) -> None:
    face = Face()
    text = "\n".join("Over the hills and a long way off" for _ in range(lines))
    press.announce([(text + text.upper(), face)])
    setting = set_verse(press, text, face)
    assert len(setting.pages()) == 1 and len(setting.lines) * setting.leading <= HEIGHT
    assert all(line.indent + press.width(line.text, face, setting.size) <= WIDTH for line in setting.lines)


def test_words_too_long_for_a_line_are_broken_not_clipped(press: Press) -> None:
    face = Face()
    for text in ("a" * 3000, "月" * 900, "จันทร์เจ้าขา" * 80):
        press.announce([(text, face)])
        setting = set_verse(press, text, face)
        assert setting.start + "".join(line.text for line in setting.lines) in (text, text[0].upper() + text[1:])
        assert all(line.indent + press.width(line.text, face, setting.size) <= WIDTH + 0.01 for line in setting.lines)


def test_hostile_words_are_only_words(desk: Desk) -> None:
    nasty = "{nb} ((( \\) ET Q **b** __u__ <b>x</b> \x00\x07\x1b[31m \u202eevil\u202c \ufeff %PDF-1.4 endstream endobj & é̷̡̛͇"
    made, book = bound(song(nasty, "   ", "", "\n\n\n", title=nasty), desk)
    text = read(book)
    assert "{nb}" in text and "**b**" in text and "__u__" in text and "<b>x</b>" in text
    assert made.notes == [] and book.meta["pages"] == 10
    assert "\u202e" not in clean(nasty) and "\x00" not in clean(nasty)


@pytest.mark.parametrize("text", ["ب" + "🌕" * 3000, "ب" + "." * 5000 + "ب", "e" + "\u0301" * 9000, "👩\u200d" * 3000, "\n\n\na" * 400])
def test_endless_signs_do_no_harm(text: str, desk: Desk) -> None:
    assert bound(song(text, picture=None), desk)[0].notes == []


def test_a_long_label_is_shortened(desk: Desk) -> None:
    verse = BookVerse(name="v", label="Chorus of all the foxes " * 8, text="la")
    _, book = bound(BookRequest(verses=[verse]), desk)
    assert "Chorus of all the foxes" in read(book) and "…" in read(book)


def test_no_title_no_palette_no_pictures(desk: Desk) -> None:
    request = BookRequest(verses=[BookVerse(name="v", text="la")])
    _, book = bound(request, desk)
    assert book.meta["pages"] == 4 and "Untitled" in read(book)
    assert ContactSheet().generate(request, desk).artifacts[0].width


def test_equal_books_are_equal_files(desk: Desk) -> None:
    request = song(*SCRIPTS.values())
    first = bound(request, desk)[1].path.read_bytes()
    assert bound(request, desk)[1].path.read_bytes() == first
    one = ContactSheet().generate(request, desk).artifacts[0].path.read_bytes()
    assert ContactSheet().generate(request, desk).artifacts[0].path.read_bytes() == one


@pytest.mark.parametrize("engine", [PdfBook, ContactSheet])
def test_stops_when_asked(engine: type, desk: Desk) -> None:
    desk.stop_after = 2
    with pytest.raises(Cancelled):
        engine().generate(song("one", "two", "three"), desk)
    assert not list(desk.folder.glob("book*")) and not list(desk.folder.glob("sheet*"))


@pytest.mark.parametrize("engine", [PdfBook, ContactSheet])
def test_a_broken_picture_leaves_a_quiet_page_and_is_said_so(engine: type, desk: Desk) -> None:
    (desk.folder / "bad.png").write_bytes(b"not a picture")
    made = engine().generate(song("one", picture="bad"), desk)
    assert made.artifacts[0].path.stat().st_size > 1000
    assert "paint that verse again" in made.notes[0]


@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_the_sheet_is_no_wider_than_2000(count: int, desk: Desk) -> None:
    (sheet,) = ContactSheet().generate(song(*["la"] * count, title="Very " * 39, picture="wide"), desk).artifacts
    assert (sheet.role, sheet.media_type) == ("sheet", "image/png")
    with Image.open(sheet.path) as image:
        assert image.size == (sheet.width, sheet.height) and image.width <= 2000
    assert sheet.picture is not None and sheet.picture.size == (sheet.width, sheet.height)


@pytest.mark.parametrize("wrong", [
    {"verses": []}, {"palette": ["red"]}, {"title": "x" * 201}, {"verses": [{"name": "v", "text": "x", "extra": 1}]},
    {"verses": [{"name": "v", "text": "x" * 20_000}] * 4}, {"verses": [{"name": "v", "text": "x"}] * 101},
])
def test_requests_out_of_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BookRequest.model_validate({"title": "t", "verses": [{"name": "v", "text": "x"}]} | wrong)


def test_lines_stand_in_the_order_they_are_read() -> None:
    told = [(piece.text, piece.rightward) for piece in pieces("שלום abc 12", Face(), runs_left("שלום abc 12"))]
    assert told[0] == ("abc 12", True) and told[-1][0].startswith("שלום") and not told[-1][1]


def test_what_belongs_together_stays_together() -> None:
    assert clusters("e\u0301👩‍👩‍👧🇫🇷🇩🇪x") == ["e\u0301", "👩‍👩‍👧", "🇫🇷", "🇩🇪", "x"]
    assert (hand_of("月が"), hand_of("한月"), hand_of("汉语们"), hand_of("舉頭"), hand_of("abc")) == ("ja", "ko", "hans", "hant", None)


def test_a_chorus_sounds_the_same_each_time() -> None:
    tune = melody(["a", "chorus", "b", "chorus"], "t")
    assert tune[1] == tune[3] and all(0 <= step < 7 for step in tune) and tune == melody(["a", "chorus", "b", "chorus"], "t")
