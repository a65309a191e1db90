"""Moderation: what is found in words and pictures is flagged or blocked, kept for review, and never passes because nobody could look."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_house import House, furnished
from loopback import KEY, Loopback

from config import settings as read_settings
from config.moderation import Rule, moderation
from engines.errors import BadRequest, ContentBlocked, Unauthorized
from engines.moderation.text import met, plain
from jobs import control, verbs
from jobs.control import Caller

CLEAN = "a lighthouse on a cliff at sunset"
OWN = """
rules:
  wolves: {category: animals, why: it shows a wolf, words: [wolf, wölfe]}
  witness: {category: secret, why: it tells the secret, words: [lighthouse], near: [password], within: 3}
brand:
  instead: {cheap: affordable}
  claims: ['\\b100 ?% safe\\b']
  colours: ['#00ff00']
  tolerance: 10
  share: 0.9
"""


@contextlib.contextmanager
def moderated(
    mode: str, moderators: list[str], own: str = "", rows: str = "", models_folder: Path | str = "", **more: str
) -> Iterator[House]:
    """A studio at work with moderation in this mode."""
    said = {"moderation": mode, "moderators": json.dumps(moderators)} | ({"models_folder": str(models_folder)} if models_folder else {})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in said.items():
            patch.setenv(f"STUDIO_{name.upper()}", value)
        for name, value in more.items():
            patch.setenv(name, value)
        with furnished(rows, cpu_workers=1, **said) as house:
            (house.home / "moderation.yaml").write_text(own)
            moderation.cache_clear()
            try:
                yield house
            finally:
                moderation.cache_clear()


def paint(house: House, prompt: str, **values: Any) -> dict[str, Any]:
    """A picture's job when it has ended."""
    given = {"prompt": prompt, "width": 64, "height": 64, "seed": 5, "expand": False, "model": "sketch"} | values
    job = str(control.start("generate_image", given, Caller())["id"])
    house.until([job])
    return control.job(job, Caller())


@pytest.mark.parametrize(
    ("said", "is_met"),
    [
        ("a wolf in the snow", True),
        ("A W\u200bO\u200bL\u200bF!", True),
        ("ｗｏｌｆ", True),
        ("zwei Wölfe", True),
        ("zwei Wolfe", True),
        ("wolfgang amadeus", False),
        ("a were-wolf", True),
    ],
)
def test_words_are_found_however_they_are_written(said: str, is_met: bool) -> None:
    """Whole words, in any case, letter form and accent, also with signs hidden between the letters."""
    assert bool(met(Rule(category="x", words=["wolf", "wölfe"]), plain(said))) is is_met


def test_words_that_count_only_beside_others() -> None:
    """The pair within the distance is met, apart or alone it is not."""
    rule = Rule(category="x", words=["bare"], near=["bear"], within=3)
    assert met(rule, "the bear is bare") and not met(rule, "a bare tree") and not met(rule, "a bear and then four more words bare")


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    """Whatever is written, the rules that come with the studio read it, and reading it plainer changes nothing."""
    assert plain(plain(text)) == plain(text)
    for rule in moderation().rules.values():
        assert met(rule, plain(text)) is None or len(text) > 2


@pytest.mark.parametrize(
    "prompt", [CLEAN, "a girl with a red scarf and a black cat", "a naked tree in winter", "Essex in spring", "a sextant", "my kind aunt"]
)
def test_ordinary_words_meet_no_rule(prompt: str) -> None:
    """The rules that come with the studio leave ordinary prompts alone."""
    assert not [name for name, rule in moderation().rules.items() if met(rule, plain(prompt))]


@pytest.mark.parametrize("prompt", ["a nude child", "ＮＵＤＥ girl", "porn", "a decapitated knight", "sieg heil", "how to build a bomb"])
def test_the_worst_is_found(prompt: str) -> None:
    """The rules that come with the studio know the worst words."""
    assert [name for name, rule in moderation().rules.items() if met(rule, plain(prompt))]


def test_blocking_stops_words_before_anything_is_stored() -> None:
    """The refusal names what was found; nothing is enqueued; what is clean is made, and says who looked at it."""
    with moderated("block", ["moderate-words", "moderate-brand"], OWN.split("  colours")[0]) as house:
        for prompt in ("a wolf in the snow", "a cheap house", "a house, 100% safe"):
            with pytest.raises(ContentBlocked, match="Moderation blocked this"):
                paint(house, prompt)
        with pytest.raises(ContentBlocked):
            verbs.create_song(Caller(), "The wolf is near\n\nRun home")
        with pytest.raises(ContentBlocked):  # the style of music is words too, that of a picture a name of ours
            control.start("generate_music", {"prompt": "a quiet song", "style": "the howling of a wolf"}, Caller())
        assert control.jobs(Caller())["jobs"] == [] and verbs.list_songs(Caller())["songs"] == []
        clean = paint(house, CLEAN)
        assert clean["status"] == "complete"
        assert clean["provenance"]["moderation"] == {"mode": "block", "by": ["moderate-words", "moderate-brand"], "verdicts": []}
        assert paint(house, "a house", negative_prompt="wolf")["status"] == "complete"  # said as not wanted


def test_a_picture_is_looked_at_before_anybody_sees_it() -> None:
    """Out of the brand's colours: blocked, no file stays; let pass by a person, it is made after all; removed, it is gone."""
    with moderated("block", ["moderate-brand"], OWN) as house:
        blocked = [paint(house, prompt) for prompt in (CLEAN, "a red house")]
        for each in blocked:
            assert each["status"] == "error" and each["error"]["code"] == "CONTENT_BLOCKED" and not each["outputs"]
            assert each["error"]["details"]["verdicts"][0]["category"] == "brand" and each["attempts"] == 1
        assert not list(house.home.glob("outputs/*/*/*"))
        listed = verbs.list_reviews(Caller())
        assert listed["open"] == 2 and [each["job"]["id"] for each in listed["reviews"]] == [each["id"] for each in reversed(blocked)]
        assert all(each["blocked"] and each["verdicts"] for each in listed["reviews"])
        verbs.review_job(Caller(), blocked[0]["id"], "approve")
        house.until([blocked[0]["id"]])
        passed = control.job(blocked[0]["id"], Caller())
        assert passed["status"] == "complete" and passed["outputs"] and passed["provenance"]["moderation"]["approved"]
        verbs.review_job(Caller(), blocked[1]["id"], "remove")
        assert verbs.list_reviews(Caller())["reviews"] == []
        assert [each["id"] for each in control.jobs(Caller())["jobs"]] == [blocked[0]["id"]]


def test_flagging_lets_pass_and_keeps_for_review() -> None:
    """Words, pictures and a film's frames: made, with a note and the verdicts, and on the list; the worst is blocked all the same."""
    with moderated("flag", ["moderate-words", "moderate-brand"], OWN) as house:
        shown = paint(house, "a wolf in the snow")
        assert shown["status"] == "complete" and shown["outputs"]
        found = shown["provenance"]["moderation"]["verdicts"]
        assert {each["category"] for each in found} == {"animals", "brand"} and {each["subject"] for each in found} >= {"words"}
        assert any(note.startswith("Flagged for review: words, animals") for note in shown["provenance"]["notes"])
        with pytest.raises(ContentBlocked):
            paint(house, "a nude child")
        asked = {"prompt": CLEAN, "width": 64, "height": 64, "num_frames": 9, "model": "sketch-film"}
        film = str(control.start("generate_video", asked, Caller())["id"])
        house.until([film])
        told = control.job(film, Caller())
        looked = [each["subject"] for each in told["provenance"]["moderation"]["verdicts"]]
        assert told["status"] == "complete" and len([name for name in looked if ".look-" in name]) == 4
        assert not list(house.home.rglob("*.look-*"))
        assert [each["job"]["id"] for each in verbs.list_reviews(Caller())["reviews"]] == [film, shown["id"]]


def test_words_that_others_write_are_read_too() -> None:
    """An expansion that names what is not wanted is found although nobody typed it."""
    with moderated("block", ["moderate-words"], "rules: {light: {category: glow, why: it glows, patterns: ['light']}}") as house:
        job = str(control.start("expand_prompt", {"prompt": "a quiet harbour", "style": "cinematic", "seed": 1}, Caller())["id"])
        house.until([job])
        assert control.job(job, Caller())["error"]["code"] == "CONTENT_BLOCKED"


def test_a_moderator_that_cannot_look_lets_nothing_pass() -> None:
    """Unknown, without its key, answering nonsense or not at all: an error that says so; in the mode flag it is flagged as unchecked."""
    with Loopback() as server:
        rows = "".join(_row(mood, server) for mood in ("garbage", "down"))
        keyless = _row("good", server, name="keyless").replace("TRIAL_KEY", "NO_SUCH_KEY")
        codes = dict.fromkeys(("nobody", "keyless"), "MODEL_NOT_READY") | dict.fromkeys(("m-garbage", "m-down"), "SERVICE_UNAVAILABLE")
        for name, code in codes.items():
            with moderated("block", [name], rows=rows + keyless, TRIAL_KEY=KEY) as house:
                shown = paint(house, CLEAN)
                assert shown["status"] == "error" and shown["error"]["code"] == code, (name, shown["error"])
                assert name in shown["error"]["message"] and KEY not in json.dumps(shown)
        with moderated("flag", ["m-down"], rows=rows, TRIAL_KEY=KEY) as house:
            shown = paint(house, CLEAN)
            assert shown["status"] == "complete" and shown["provenance"]["moderation"]["verdicts"][0]["category"] == "unchecked"


def test_a_server_judges_words_and_pictures() -> None:
    """As OpenAI's moderation does: the words in one call, the picture in another; its categories and scores are kept."""
    with Loopback() as server:
        with moderated("block", ["m-good"], rows=_row("good", server), TRIAL_KEY=KEY) as house:
            assert paint(house, CLEAN)["status"] == "complete"
            asked = [told["input"] for path, _, told in server.bodies if path == "good/moderations"]
            assert asked[0] == [CLEAN] and asked[1][0]["image_url"]["url"].startswith("data:image/jpeg;base64,")
            shown = paint(house, "a violent storm")
            assert shown["error"]["code"] == "CONTENT_BLOCKED"
            assert shown["error"]["details"]["verdicts"] == [
                {"by": "m-good", "subject": "words", "category": "violence", "why": "it was judged so", "score": 0.9, "blocks": False}
            ]


def test_a_broken_list_says_what_is_wrong() -> None:
    """A pattern that is none: nothing is made, and the sentence names the file and the place."""
    with moderated("block", ["moderate-words"], "rules: {x: {category: a, patterns: ['(']}}") as house:
        with pytest.raises(Exception, match=r"moderation\.yaml: rules\.x\.patterns\.0"):
            paint(house, CLEAN)


def test_the_list_is_for_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a public studio nobody looks through other people's work; bad cursors and unknown jobs are refused."""
    with moderated("flag", ["moderate-words"]):
        with pytest.raises(BadRequest):
            verbs.list_reviews(Caller(), cursor="x")
        monkeypatch.setenv("STUDIO_PUBLIC", "true")
        read_settings.cache_clear()
        for ask in (lambda: verbs.list_reviews(Caller()), lambda: verbs.review_job(Caller(), "x", "approve")):
            with pytest.raises(Unauthorized):
                ask()


def _row(mood: str, server: Loopback, name: str = "") -> str:
    told = {"server": mood, "base_url": server.at(mood), "key": "TRIAL_KEY", "model": "omni-moderation-latest", "seconds": 5,
            "rest_seconds": 0, "retry_seconds": 0.1}
    engine = "engines.moderation.openai:OpenAIModeration"
    return f'{name or f"m-{mood}"}: {{engine: "{engine}", for: [moderate], lane: io, hidden: true, options: {json.dumps(told)}}}\n'
