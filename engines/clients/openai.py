"""A server that speaks as OpenAI does: LM Studio, Ollama, OpenRouter, OpenAI, `transformers serve`, llama.cpp, vLLM, LocalAI.

What is asked goes through the `openai` package, and what that sends through our own wire (sdk.py), so that deadline, cap, breaker and
cancel hold; what comes back is read by replies.py. Only the list of models is asked for without it: the page does so too, and does not
import it. A catalog row says which server it is (`options`, see connection.py); where it is stands in studio.yaml under `servers`, or
in the row as `base_url`.
"""

import base64
import binascii
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from engines.base import Ready, Run
from engines.clients import health
from engines.clients.connection import Connection, connected, read
from engines.clients.http import Limits, Reply
from engines.clients.replies import said
from engines.errand import failed
from engines.errors import BadRequest, ContentBlocked, LlmError, ModelNotReady, StudioError

if TYPE_CHECKING:
    from engines.clients.structured import Asked, Tell

Check = Callable[[], None]
Call = Callable[[Any], Any]
"""Takes `openai.OpenAI(…).with_raw_response` and gives what one call on it gives."""
REFUSALS = {"content_policy_violation", "moderation_blocked", "content_filter", "content_policy", "safety"}
NO_WORDS = ("embed", "rerank", "whisper", "tts", "moderation", "dall-e", "image")
LISTED, MOST_LISTED = 8, 500
MODES = ("json_schema", "json_object", "text")
_modes: dict[tuple[str, str], str] = {}
"""The way of asking for an object that a server took last, by address and model."""


@dataclass
class Usage:
    """What several calls took together, as far as the server tells: tokens, and cost in US dollars."""

    told: dict[str, Any] = field(default_factory=dict)

    def add(self, reply: Any) -> None:
        """Add the `usage` of a reply, if it is one."""
        usage = reply.get("usage") if isinstance(reply, dict) else None
        for name, own in {
            "prompt_tokens": "tokens_in",
            "input_tokens": "tokens_in",
            "completion_tokens": "tokens_out",
            "output_tokens": "tokens_out",
            "cost": "cost_usd",
        }.items():
            number = usage.get(name) if isinstance(usage, dict) else None
            if isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number < 1e12:
                self.told[own] = self.told.get(own, 0) + number


def paid(run: Run, server: "OpenAIServer", part: str, call: Callable[[], Any], pieces: int = 1, seconds: float = 1.0) -> Any:
    """What a call for so many pieces, of so many seconds, answers; what it costs is reserved before, and told after. Raises BudgetSpent."""
    price, spent = server.options.price, Usage()
    errand = run.errand(part, server.name, price.before(seconds) * pieces if price else None)
    try:
        told = call()
    except StudioError as error:
        failed(errand, error)
        raise
    except BaseException:
        errand.over()  # it may have been done all the same
        raise
    spent.add(told)
    if "cost_usd" in spent.told:
        errand.costs(spent.told["cost_usd"], "the server")
    elif price is not None and price.per != "told":
        errand.costs(price.of(spent.told, pieces, seconds), "the row's price")
    errand.over()
    return told


class OpenAIServer:
    """The connection a catalog row describes, and the run for which it writes, if there is one."""

    def __init__(self, options: dict[str, Any], run: Run | None = None) -> None:
        """ModelNotReady if the row's options are none, or it has no address, or no key though it needs one."""
        self.options, self.run, self.answers = read(Connection, options), run, 0
        self.name = self.options.server
        limits = Limits(self.options.seconds, self.options.megabytes, self.options.rest_seconds)
        self._server = connected(self.options, limits, refusal)

    def models(self) -> list[str]:
        """The names of the models it lists, as seen within the last seconds. ModelNotReady if it does not answer."""
        missing, answer = health.probe(self._server, "models")
        if missing:
            raise ModelNotReady(missing)
        listed = answer.get("data", answer.get("models")) if isinstance(answer, dict) else answer
        entries = listed if isinstance(listed, list) else []
        names = [each.get("id") or each.get("name") for each in entries if isinstance(each, dict)]
        return [name for name in names if isinstance(name, str) and name == said(name)]

    def model(self) -> str:
        """The model a request names: the row's, else the first listed one that writes. ModelNotReady if there is none."""
        if self.options.model:
            return self.options.model
        listed = [name for name in self.models() if not any(part in name.lower() for part in NO_WORDS)]
        if not listed:
            raise ModelNotReady(f"{self.name} lists no model; load one there")
        return listed[0]

    def ready(self) -> Ready:
        """Whether it answers, and has the model."""
        try:
            listed = self.models()
            model = self.model()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)
        if listed and model not in listed and f"{model}:latest" not in listed:
            missing = f"{self.name} has no model {model}; it has {', '.join(listed[:LISTED])}"
            return Ready(ok=False, missing=missing, offers=listed[:MOST_LISTED])
        return Ready(offers=listed[:MOST_LISTED])

    def complete(self, messages: list[dict[str, Any]], kind: type[BaseModel], tell: "Tell", asked: "Asked") -> str:
        """The text of one chat completion, asked for in the strictest way that the server takes."""
        body = self.options.body | {"model": self.model()} | ({"seed": asked.seed % 2**31} if asked.seed is not None else {})
        place = (self.options.address, body["model"])
        for mode in MODES[MODES.index(_modes.get(place, MODES[0])) :]:
            send = chat(body | _format(mode, kind), messages)
            try:
                told = self._answer(send, tell, asked.until)
            except BadRequest:
                if mode == MODES[-1]:
                    raise
                continue
            _modes[place] = mode
            asked.usage.add(told)
            return words_of(message_of(told, self.name))
        raise AssertionError("the last mode returns or raises")

    def _answer(self, call: Call, tell: "Tell", until: float) -> Any:
        """What one chat completion answers, paid for where there is a run."""

        def ask() -> Any:
            return self.told(call, lambda: tell(0.3, f"Asking {self.name}"), until=until)

        self.answers += 1
        return paid(self.run, self, f"answer-{self.answers}", ask) if self.run else ask()

    def ask(self, call: Call, check: Check, *, until: float) -> bytes:
        """What a call of the `openai` package is answered with before `until` (of time.monotonic()). Raises what Server.call raises."""
        from engines.clients import sdk

        left = Limits(max(0.05, until - time.monotonic()), self.options.megabytes, self.options.rest_seconds)
        with sdk.speaker(self._server, left, check) as speaker:
            return bytes(call(speaker.with_raw_response).content)

    def told(self, call: Call, check: Check, *, until: float) -> Any:
        """The same as JSON. Unanswered if it is none; errors that a server sends as if all were well are raised."""
        told = Reply(200, {}, self.ask(call, check, until=until), self.name).json()
        self._within(told)
        return told

    def later(self, error: StudioError) -> StudioError:
        """The same error, with when to try again if the row says so and the server does not."""
        if self.options.retry_seconds is not None:
            error.details.setdefault("retry_after", self.options.retry_seconds)
        return error

    def deadline(self) -> float:
        """When an answer that is asked for now must be there, of time.monotonic()."""
        return time.monotonic() + self.options.seconds

    def _within(self, told: Any) -> None:
        """Some servers send their errors as 200; raises what the status inside means."""
        error = told.get("error") if isinstance(told, dict) else None
        if not error:
            return
        code = error.get("code") if isinstance(error, dict) else None
        if refused := refusal(200, told):
            raise refused
        self._server.judge(Reply(code if isinstance(code, int) and 400 <= code < 600 else 502, {}, b"", self.name))


def chat(body: dict[str, Any], messages: list[dict[str, Any]], headers: dict[str, str] | None = None) -> Call:
    """The call for a chat completion; `body` names the model, and whatever else is said to it."""
    more = {name: value for name, value in body.items() if name != "model"}
    return lambda sdk: sdk.chat.completions.create(model=body["model"], messages=messages, extra_body=more, extra_headers=headers)


def _format(mode: str, kind: type[BaseModel]) -> dict[str, Any]:
    if mode == "json_schema":
        return {"response_format": {"type": mode, "json_schema": {"name": kind.__name__, "strict": True, "schema": schema_of(kind)}}}
    return {"response_format": {"type": mode}} if mode == "json_object" else {}


def schema_of(kind: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema as strict servers want it: every field required, nothing else allowed, no titles or defaults."""
    found: dict[str, Any] = _strict(kind.model_json_schema())
    return found


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _strict(value) for name, value in node.items() if name not in ("title", "default")}
    if isinstance(node.get("properties"), dict):
        kept["properties"] = {name: _strict(value) for name, value in node["properties"].items()}
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept


def refusal(status: int, told: Any) -> StudioError | None:
    """ContentBlocked if an error says that the content is the reason; else None."""
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return None
    more = error.get("metadata")
    reasons = more.get("reasons") if isinstance(more, dict) else None
    if {error.get("code"), error.get("type")} & REFUSALS if _plain(error) else False:
        return blocked(error.get("message"))
    return blocked(", ".join(map(str, reasons[:5]))) if status == 403 and isinstance(reasons, list) and reasons else None


def _plain(error: dict[str, Any]) -> bool:
    return all(isinstance(error.get(name), str | int | None) for name in ("code", "type"))


def blocked(why: Any) -> ContentBlocked:
    """A refusal, in the server's own words if it has any."""
    words = said(why)
    return ContentBlocked(f"The server refuses this content{': ' + words if words else ''}; say it in other words.")


def message_of(told: Any, server: str) -> dict[str, Any]:
    """The message of a chat completion; ContentBlocked if it is a refusal, LlmError if there is none."""
    choices = told.get("choices") if isinstance(told, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    if isinstance(message, dict) and isinstance(message.get("refusal"), str) and message["refusal"].strip():
        raise blocked(message["refusal"])
    if choice.get("finish_reason") == "content_filter":
        raise blocked("")
    if not isinstance(message, dict):
        raise LlmError(f"{server} answered without a message.")
    return message


def words_of(message: dict[str, Any]) -> str:
    """What a message says, as text; empty if it says nothing."""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def bytes_of(text: Any, server: str) -> bytes:
    """What a base64 text or a data URL of a picture holds. LlmError if it is neither; no address is ever followed."""
    if isinstance(text, str) and text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        if not isinstance(text, str) or not text:
            raise ValueError
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise LlmError(f"{server} sent no picture where one was due.") from None
