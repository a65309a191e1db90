"""Words that name a length set it where nobody set another, and are no words of the picture or the tune."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.lengths import length_said, without_length
from engines.music.request import MusicRequest
from engines.sketch.composer_brief import brief_of
from engines.sketch.parser import parse
from engines.video.request import LONGEST, VideoRequest


@pytest.mark.parametrize(("text", "seconds"), [
    ("a dog running, 5 seconds", 5), ("a 10 second clip of a cat", 10), ("a fox in the snow, 5s", 5), ("one minute of jazz", 60),
    ("two and a dog", None), ("a minute of silence", 60), ("half a minute of rain", 30), ("a 2-minute song", 120),
    ("7.5 seconds of waves", 7.5), ("ten seconds", 10), ("ein Hund, 5 Sekunden", 5), ("un chat, dix secondes", 10),
    ("un minuto de jazz", 60), ("one minute and a half of folk", 90), ("in the 1980s", None),
    ("after 5 seconds the dog jumps", None), ("a girl 5 minutes later", None), ("wait a minute", None), ("the second dog", None),
    ("a cat in the 80s", None), ("5 dogs", None),
])  # fmt: skip
def test_a_length_is_heard(text, seconds):
    assert length_said(text) == seconds


def test_the_words_set_the_length_only_where_nobody_else_did():
    assert VideoRequest(prompt="a dog running, 5 seconds").frames == 40
    assert VideoRequest(prompt="a dog running, 5 seconds", num_frames=16).frames == 16
    assert VideoRequest(prompt="a dog running, 5 seconds", duration_seconds=2).frames == 16
    assert VideoRequest(prompt="two minutes of waves").duration_seconds == LONGEST
    assert VideoRequest(prompt="a dog running").duration_seconds is None
    assert MusicRequest(prompt="one minute of jazz").duration_seconds == 60
    assert MusicRequest(prompt="one minute of jazz", duration_seconds=12).duration_seconds == 12
    assert MusicRequest(prompt="2 seconds of jazz").duration_seconds == 5
    stored = VideoRequest(prompt="a dog running, 5 seconds", duration_seconds=3)
    assert VideoRequest.model_validate(stored.model_dump()) == stored


def test_words_of_length_are_not_unmet():
    for text in ("a dog running, 5 seconds", "a 10 second clip of a cat", "a fox in the snow, 5s"):
        scene = parse(without_length(text), 7)
        assert scene.unmet == [] and len(scene.things) == 1
    assert brief_of({"prompt": "one minute of jazz", "duration_seconds": 60}).unmet == []
    assert brief_of({"prompt": "a 45 second sad piano piece", "duration_seconds": 45}).unmet == []


@given(st.text(max_size=200))
def test_any_text_may_be_read_for_a_length(text):
    said = length_said(text)
    assert said is None or said > 0
    assert (without_length(text) == text) == (said is None) or said is None
