"""What language models say, read: whatever it is, it becomes something that can be drawn, or is refused in one sentence."""

import json
import threading
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from engines.clients.breaker import FAILURES, Breaker
from engines.clients.http import Limits, Server, checked
from engines.clients.openai import schema_of
from engines.clients.replies import Unreadable, read_json, said, wait_asked
from engines.clients.structured import Unusable, read
from engines.errors import Cancelled, ModelNotReady, Unavailable
from engines.planning.request import PlanScenesRequest
from engines.planning.told import ToldScenes, planned
from engines.prompt.request import ExpandRequest
from engines.prompt.told import Additions, expansion
from engines.sketch.scene import Scene
from engines.sketch.told import ToldScene, noun_of, scene_of
from engines.song.request import PlanSongRequest
from engines.song.told import ToldBible, bible_of

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def like(schema: dict[str, Any], whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Answers in the shape of a schema, with anything at all in some places."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    if "properties" in schema:
        return st.fixed_dictionaries({name: like(inner, whole) for name, inner in schema["properties"].items()})
    if "anyOf" in schema:
        return st.one_of([like(inner, whole) for inner in schema["anyOf"]])
    plain = {
        "string": st.sampled_from(["girl", "light on a cliff", "sea", "#c4302b", "../x", "", "ü\x00", "night"]) | st.text(max_size=20),
        "number": st.floats(-1e6, 1e6) | st.integers(-(10**30), 10**30),
        "integer": st.integers(-(10**30), 10**30),
        "null": st.none(),
    }
    kind = schema.get("type", "null")
    return st.lists(like(schema["items"], whole), max_size=5) if kind == "array" else plain[kind]


def told(kind: type[BaseModel]) -> st.SearchStrategy[str]:
    """Texts that a model may answer with."""
    schema = schema_of(kind)
    return (like(schema, schema) | ANYTHING).map(json.dumps) | st.text(max_size=60)


@settings(max_examples=150, deadline=None)
@given(told(ToldScene))
def test_any_scene_a_model_tells_can_be_drawn(text: str) -> None:
    """Or is refused; ids are unique, relations lead to something, numbers are within the frame."""
    try:
        scene = scene_of(read(text, ToldScene), "words")
    except Unusable:
        return
    ids = {thing.id for thing in scene.things} | {scene.setting, *scene.places}
    assert Scene.read(scene.as_json()) == scene
    assert all(thing.to in ids - {thing.id} for thing in scene.things if thing.relation)


@settings(max_examples=80, deadline=None)
@given(told(ToldBible))
def test_any_bible_a_model_tells_can_be_painted_from(text: str) -> None:
    """Or is refused; whoever is in the cast can be drawn."""
    request = PlanSongRequest(title="Home", lyrics="The girl walks home\n\nThe sea is dark", seed=3)
    try:
        bible = bible_of(request, read(text, ToldBible))
    except Unusable:
        return
    assert all(noun_of(member.noun) == member.noun for member in bible.cast) and len(bible.palette) >= 4
    assert len(bible.times) == 2 and {member.of for member in bible.cast} <= {None, *(member.id for member in bible.cast)}


@settings(max_examples=80, deadline=None)
@given(told(ToldScenes), st.floats(1, 3600).map(lambda seconds: round(seconds, 2)))
def test_any_plan_a_model_tells_is_exactly_as_long_as_asked(text: str, seconds: float) -> None:
    """Or is refused, or holds no scene at all."""
    request = PlanScenesRequest(script="A girl walks home.", duration_seconds=seconds)
    try:
        scenes = planned(request, read(text, ToldScenes))
    except Unusable:
        return
    assert not scenes or abs(sum(each.duration_seconds for each in scenes) - request.duration_seconds) < 0.005
    assert all(each.duration_seconds > 0 for each in scenes)


@settings(max_examples=80, deadline=None)
@given(told(Additions), st.sampled_from(["a red barn", "灯台。", "x" * 3995, "night,"]))
def test_the_persons_words_stay_whatever_a_model_adds(text: str, prompt: str) -> None:
    """In front and untouched, within the longest prompt there may be."""
    try:
        found = expansion(ExpandRequest(prompt=prompt), read(text, Additions))
    except Unusable:
        return
    assert found.prompt.startswith(prompt) and len(found.prompt) <= 4000 and all(each in found.prompt for each in found.added)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"additions": ' + "[" * 200_000 + "]" * 200_000 + "}",
        '{"additions": [NaN]}',
        '{"additions": ["a"], "n": 1e999}',
        '{"n": ' + "9" * 5000 + "}",
        '{"additions": "one"}',
        "```json\n{}\n```",
        "```\n" * 20_000,
        "{" * 100_000 + "}" * 100_000,
        "<think>" * 20_000,
        "",
        "I cannot do that.",
        '["additions"]',
    ],
    ids=lambda text: f"{text[:12]!r}…{len(text)}",
)
def test_what_cannot_be_read_is_refused_at_once(text: str) -> None:
    """In a sentence, within a second, whatever it is."""
    began = time.process_time()
    with pytest.raises(Unusable):
        read(text, Additions)
    assert time.process_time() - began < 1


def test_json_is_found_where_models_put_it() -> None:
    """Alone, fenced, after thinking, in the middle of prose; halves of signs are mended."""
    fog = '{"additions": ["fog"]}'
    for text in (fog, f"Well: {fog} there.", f'<think>{{"additions": 3}}</think>\n```\n{fog}\n```'):
        assert read(text, Additions).additions == ["fog"]
    read_json(r'{"a": "\ud800"}')["a"].encode()
    with pytest.raises(Unreadable):
        read_json(b"\xff\xfe")


@pytest.mark.parametrize(
    ("word", "noun"), [("fisher girl", "girl"), ("girl with a dog", "girl"), ("rowboats", "rowing boat"), ("http://x/y", None)]
)
def test_a_models_word_for_a_thing(word: str, noun: str | None) -> None:
    """The thing itself, not what describes it."""
    assert noun_of(word) == noun


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), ("-3", 0), ("1e9", 300), ("nan", None), ("soon", None), ("Wed, 21 Oct 2099 07:28:00 GMT", 300)],
)
def test_how_long_a_server_asks_to_wait(header: str, seconds: float | None) -> None:
    """In seconds or until a date, never longer than the queue waits."""
    assert wait_asked(header) == seconds


def test_only_one_call_tries_a_server_that_has_rested() -> None:
    """The others are refused until it has come back; a cancelled trial decides nothing."""
    breaker = Breaker("it", rest=0.05)
    for _ in range(FAILURES):
        with pytest.raises(Unavailable, match="broken"), breaker.guard():
            raise Unavailable("broken")
    with pytest.raises(Unavailable, match="left alone"), breaker.guard():
        pass
    time.sleep(0.06)
    inside, leave = threading.Event(), threading.Event()

    def trial() -> None:
        with breaker.guard():
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=trial)
    thread.start()
    assert inside.wait(5)
    with pytest.raises(Unavailable, match="left alone"), breaker.guard():
        pass
    leave.set()
    thread.join()
    with breaker.guard():
        pass
    for _ in range(FAILURES):
        with pytest.raises(Unavailable), breaker.guard():
            raise Unavailable("broken")
    time.sleep(0.06)
    with pytest.raises(Cancelled), breaker.guard():
        raise Cancelled
    with breaker.guard():
        pass


@pytest.mark.parametrize(
    "address", ["", "localhost:1234", "file:///etc/passwd", "http://", "http://me:pw@host/v1", "http://h/v1?key=1", "http://h:99999"]
)
def test_what_is_no_address(address: str) -> None:
    """Is refused before anybody is called."""
    with pytest.raises(ModelNotReady, match="write it as http://host:port/path"):
        checked(address, "it")


def test_a_key_is_not_in_what_can_be_printed() -> None:
    """Neither of the server nor of its errors; what a server says is one short line."""
    server = Server("it", "http://127.0.0.1:9/v1", key=SecretStr("sk-secret-1"), limits=Limits(1))
    with pytest.raises(Unavailable) as caught:
        server.call("GET", "models", lambda: None)
    assert "sk-secret-1" not in repr(server.__dict__) + repr(caught.value) + str(caught.value.__cause__) + server.identity
    assert said("a\nb\x1b[31m" + "c" * 999) == "a b [31m" + "c" * 191 + "…"
