"""Prompt expansion: short prompts gain fitting words, the person's own words come first, and nothing contradicts them."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import styles
from engines.prompt.expand import enrich
from engines.prompt.request import ExpandRequest
from engines.prompt.sketch import SketchWords
from engines.sketch.parser import parse
from engines.sketch.words import data

SHORT = ["a quiet harbour", "a fox in the snow", "portrait of an old man", "a cat under a table", "lighthouse at night",
         "empty beach, no people", "ein roter Fuchs im Schnee", "🦊 in the ❄️", "a red house", "city in the rain",
         "sunset over the desert", "un chat noir sur le toit"]


def phrases():
    return [row for slot in data("expansion")["slots"].values() for row in slot]


@pytest.mark.parametrize("style", list(styles()))
@pytest.mark.parametrize("prompt", SHORT)
def test_a_short_prompt_gains_two_to_four_phrases_behind_its_own_words(prompt, style):
    expanded = enrich(prompt, style, 5)
    assert 2 <= len(expanded.added) <= 4
    assert expanded.prompt == f"{prompt}, {', '.join(expanded.added)}"


@pytest.mark.parametrize("prompt", SHORT)
@pytest.mark.parametrize("seed", range(8))
def test_additions_change_nothing_that_the_person_said(prompt, seed):
    for style in styles():
        before, after = parse(prompt, seed), parse(enrich(prompt, style, seed).prompt, seed)
        for field in ("setting", "places", "time", "weather", "season", "shot", "things", "absent", "unmet", "mood"):
            assert getattr(after, field) == getattr(before, field), field


def test_every_phrase_is_known_to_the_parser():
    for row in phrases():
        scene = parse(row["say"], 1)
        assert scene.unmet == [] and scene.things == [], row["say"]


@pytest.mark.parametrize("prompt", [
    "a quiet harbour with seven small boats and an old stone pier at noon", "one two three four five six seven eight", "", "   ",
    '"a quiet harbour"', "(red:1.2) cat", "<lora:ink:0.8> cat", "„ein Hafen“", "[a cat|a dog]"])
def test_long_prompts_and_ones_with_their_own_marks_stay_as_they_are(prompt):
    assert enrich(prompt, "cinematic", 1) == (prompt, [])


def test_the_seed_varies_the_choice_and_the_same_seed_repeats_it():
    assert len({enrich("a quiet harbour", "cinematic", seed).prompt for seed in range(20)}) > 5
    assert enrich("a quiet harbour", "cinematic", 3) == enrich("a quiet harbour", "cinematic", 3)


def added(prompt, style="cinematic", medium="image"):
    return " ".join(phrase for seed in range(25) for phrase in enrich(prompt, style, seed, medium).added)


def test_light_fits_the_hour_and_the_room():
    assert "day" not in added("lighthouse at night") and "sun" not in added("lighthouse at night")
    assert "night" not in added("a harbour at noon") and "dark " not in added("a harbour at noon")
    assert "sky" not in added("a cat under a table") and "sun" not in added("a cat under a table")
    assert "sun" not in added("a ship in a storm")
    assert "window" in added("a cat under a table")


def test_what_the_person_refused_is_not_brought_back():
    assert "ripples" not in added("a lake, no ripples") and "reflections" not in added("a lake without reflections")
    assert "shadow" not in added("a cat, no shadows")


def test_black_and_white_gets_no_colour_and_a_named_medium_no_other():
    assert "colour" not in added("monochrome harbour")
    assert "brush" not in added("watercolor of a harbour", "digital_art")
    assert "line" not in added("watercolor of a harbour", "anime").split()


def test_a_language_the_parser_cannot_read_gets_no_guess_at_light_or_weather():
    text = added("夜の海") + added("notte sul mare")
    assert text and "light" not in text


def test_each_medium_has_its_own_words():
    assert "movement" in added("a boat at sea", medium="video") or "motion" in added("a boat at sea", medium="video")
    assert "light" not in added("calm piano", medium="music") and enrich("calm piano", "none", 1, "music").added


def test_the_engine_shows_additions_apart(tmp_path):
    class Quiet:
        folder = tmp_path

        def progress(self, fraction, note="", preview=None):
            """Nobody watches."""

    made = SketchWords().generate(ExpandRequest(prompt="a quiet harbour", style="cinematic", seed=4), Quiet())
    assert made.result["added"] == made.added and made.added
    assert made.result["prompt"] == made.resolved_prompt
    assert made.resolved_prompt.startswith("a quiet harbour")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.integers(0, 2**32 - 1), st.sampled_from(["image", "video", "music"]))
def test_the_persons_text_is_always_first_and_verbatim(prompt, seed, medium):
    expanded = enrich(prompt, "anime", seed, medium)
    assert expanded.prompt.startswith(prompt.rstrip()) or expanded.prompt == prompt
