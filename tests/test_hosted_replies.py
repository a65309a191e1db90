"""Whatever a hosted API answers is read as a state, or refused in a sentence; and what it costs is counted as its row says."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engines.clients.connection import read
from engines.clients.guard import parsed
from engines.clients.hosted import Account, Hosted
from engines.clients.http import Reply
from engines.clients.openrouter import OpenRouterFilms, OpenRouterPictures
from engines.clients.replicate import Cog, Replicate
from engines.clients.runway import Runway
from engines.clients.stability import Stability
from engines.errand import Price
from engines.errors import StudioError
from engines.image.hosted import nearest
from engines.video.hosted import lasting
from engines.video.request import VideoRequest

HOSTS = (Replicate, Cog, Runway, Stability, OpenRouterFilms, OpenRouterPictures)
WORK = {"prompt": "a barn", "path": "text_to_image"}
WORDS = ["id", "status", "output", "error", "logs", "metrics", "predict_time", "progress", "failure", "failureCode", "image", "data"]
WORDS += ["b64_json", "usage", "cost", "finish_reason", "unsigned_urls", "url", "architecture"]
STATES = ["succeeded", "failed", "SUCCEEDED", "FAILED", "completed", "RUNNING", "pending"]
STATES += ["a1", "https://10.0.0.1/", "../../etc", "data:image/png;base64,!!"]
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.sampled_from(STATES)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=8), max_leaves=20
)


def host(kind: type[Hosted], answer: Any, status: int = 200) -> Hosted:
    """An account whose server answers with this and nothing else."""
    made = kind({"server": "it", "base_url": "http://127.0.0.1:9/v1", "model": "some/model"})

    class Told:
        """Stands where the connection would."""

        def call(self, *_: Any, **__: Any) -> Reply:
            return Reply(status, {}, json.dumps(answer).encode(), "it")

    made.server = Told()  # type: ignore[assignment]
    return made


@pytest.mark.parametrize("kind", HOSTS)
@given(answer=JSON)
@example(answer={"id": "../../x", "status": "succeeded", "output": {"a": [[]]}})
@example(answer={"id": "a", "status": "succeeded", "output": ["x"] * 5000, "metrics": {"predict_time": -1}})
@example(answer={"id": "a", "status": "FAILED", "failureCode": {"a": 1}, "failure": "\u0000" * 5000})
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_answer_is_read_or_refused(kind: type[Hosted], answer: Any) -> None:
    """Sent or looked at: a state with few files, short words and sane numbers, or an error with a sentence; never anything else."""
    asked = host(kind, answer)
    for ask in (lambda: asked.submit(WORK, "", lambda: None), lambda: asked.look("a1", lambda: None)):
        try:
            status = ask()
        except StudioError as error:
            assert error.message and len(error.message) < 400
            continue
        assert len(status.files) <= 16 and len(status.why) <= 200 and status.why.isprintable()
        assert status.fraction is None or 0 <= status.fraction <= 1
        assert (status.usd or 0) >= 0 and (status.worked or 0) >= 0
        assert re.fullmatch(r"[A-Za-z0-9_-]*", status.remote)


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    """No exception, and no scheme but those two."""
    for address in (text, f"https://{text}", f"http://a.example/{text}"):
        url = parsed(address)
        assert url is None or (url.scheme in ("http", "https") and not url.userinfo)


@pytest.mark.parametrize(
    ("price", "before", "after"),
    [
        ({"usd": 0.04}, 0.04, 0.04),
        ({"usd": 0.05, "per": "second"}, 0.25, 0.25),
        ({"usd": 0.001, "per": "second_worked", "usual": 12}, 0.012, 0.0025),
        ({"per": "told"}, 0.0, 0.0),
    ],
)
def test_what_a_piece_costs(price: dict[str, Any], before: float, after: float) -> None:
    """A film of five seconds on which the server worked for two and a half."""
    terms = Price.model_validate(price)
    assert terms.before(5.0) == pytest.approx(before) and terms.after(5.0, 2.5) == pytest.approx(after)


def test_what_tokens_cost() -> None:
    """By the million, read and written apart; where the server does not say, what is usual."""
    terms = Price(per="million_tokens", usd=10, usd_out=40, usual=1000)
    assert terms.before() == pytest.approx(0.04) == terms.of({}, 1)
    assert terms.of({"tokens_in": 100_000, "tokens_out": 50_000}) == pytest.approx(3.0)


@pytest.mark.parametrize(("size", "shape"), [((1024, 1024), "1:1"), ((1280, 720), "16:9"), ((640, 1536), "9:21"), ((2048, 64), "21:9")])
def test_the_nearest_shape(size: tuple[int, int], shape: str) -> None:
    """Of those a model knows."""
    assert nearest(size[0] / size[1], ["1:1", "16:9", "9:16", "21:9", "9:21"]) == shape
    assert nearest(16 / 9, ["1024:1024", "1920:1080"]) == "1920:1080"


def test_how_long_a_film_lasts() -> None:
    """The shortest that is long enough, else the longest there is, else what was asked."""
    account = read(Account, {"server": "it", "choices": {"duration": ["10", "5"]}})
    for asked, lasts in ((2.0, 5), (5.0, 5), (6.0, 10), (30.0, 10)):
        assert lasting(account, VideoRequest(prompt="x", duration_seconds=asked, fps=8)) == lasts
    assert lasting(read(Account, {"server": "it"}), VideoRequest(prompt="x", duration_seconds=2.5, fps=8)) == 2.5
