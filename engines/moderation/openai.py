"""Moderation by a server that speaks as OpenAI does: POST /moderations, texts in one call, every picture in one of its own."""

import base64
import functools
import io
from typing import Any

from PIL import Image

from engines.base import Made, Run
from engines.clients.openai import OpenAIServer
from engines.clients.served import Served
from engines.errors import LlmError, StudioError
from engines.moderation.request import ModerateRequest, Verdict, answer

SIDE, QUALITY = 768, 85
LONGEST_TEXT = 20_000
MINORS = "minors"


class OpenAIModeration(Served[ModerateRequest]):
    """Asks the server; a category counts when the server says so, or its score reaches the row's `threshold`."""

    def __init__(self, threshold: float | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.threshold = threshold

    def generate(self, request: ModerateRequest, run: Run) -> Made:
        """The verdicts on all texts together and on each picture. LlmError if an answer cannot be read: nothing passes by default."""
        server = OpenAIServer(self.options)
        until = server.deadline()
        texts = [text[at : at + LONGEST_TEXT] for text in request.texts for at in range(0, len(text), LONGEST_TEXT)]
        asked: list[tuple[str, Any]] = [("words", texts)] if texts else []
        asked += [(name, [{"type": "image_url", "image_url": {"url": _sent(run, name)}}]) for name in request.pictures]
        found = []
        try:
            for subject, given in asked:
                call = functools.partial(_asked, model=server.model(), given=given)
                told = server.told(call, lambda: run.progress(0, ""), until=until)
                found += self._read(told, subject, len(given), server.name)
        except StudioError as error:
            raise server.later(error) from None
        return answer(found)

    def _read(self, told: Any, subject: str, asked: int, name: str) -> list[Verdict]:
        results = told.get("results") if isinstance(told, dict) else None
        if not isinstance(results, list) or len(results) < asked:
            raise LlmError(f"{name} answered without a verdict on everything.")
        worst: dict[str, float] = {}
        for result in results:
            if not isinstance(result, dict) or not isinstance(result.get("flagged"), bool):
                raise LlmError(f"{name} answered with something that is no verdict.")
            for category, score in self._categories(result).items():
                worst[category] = max(score, worst.get(category, 0.0))
        by = self.row.name if self.row else name
        return [
            Verdict(by=by, subject=subject, category=category, why="it was judged so", score=score, blocks=MINORS in category)
            for category, score in sorted(worst.items())
        ]

    def _categories(self, result: dict[str, Any]) -> dict[str, float]:
        """The categories of one result that count, with their scores."""
        said, scores = result.get("categories"), result.get("category_scores")
        said, scores = said if isinstance(said, dict) else {}, scores if isinstance(scores, dict) else {}
        counted = {}
        for category in {*said, *scores}:
            score = scores.get(category)
            score = min(1.0, max(0.0, float(score))) if isinstance(score, int | float) and score == score else 0.0
            if said.get(category) is True or self.threshold is not None and score >= self.threshold:
                counted[str(category)[:60]] = score
        return counted or ({"unsafe": 1.0} if result["flagged"] else {})


def _asked(sdk: Any, model: str, given: Any) -> Any:
    return sdk.moderations.create(model=model, input=given)


def _sent(run: Run, name: str) -> str:
    """A picture of the run's folder as a small JPEG in a data URL, without its metadata."""
    with Image.open(run.folder / name) as given:
        small = given.convert("RGB")
    small.thumbnail((SIDE, SIDE))
    data = io.BytesIO()
    small.save(data, "JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"
