"""Pictures by OpenRouter's models: out of a chat (modalities, reference pictures as data URLs, a conversation id), or by its own
endpoint for models that say of themselves that they give pictures and no words."""

import base64
from typing import Any, ClassVar

from PIL import Image

from engines.base import Made, Ready, Run
from engines.clients.connection import Connection
from engines.clients.hosted import Account, Hosted
from engines.clients.openai import OpenAIServer, Usage, bytes_of, chat, message_of, paid
from engines.clients.openrouter import OpenRouterPictures
from engines.errors import LlmError, ModelNotReady, Transient
from engines.image.foreign import decoded, fitted
from engines.image.hosted import LARGE, HostedImages, url_of, values
from engines.image.openai import OpenAIImages, artifact, opened, png, worded
from engines.image.request import ImageRequest

SHAPES = {"1:1": 1.0, "4:3": 4 / 3, "3:4": 3 / 4, "3:2": 3 / 2, "2:3": 2 / 3, "16:9": 16 / 9, "9:16": 9 / 16, "21:9": 21 / 9}
SIDE = 1024


class OpenRouterImages(OpenAIImages):
    """One message per picture, all of a job in one conversation; the row's `body` may narrow `modalities`."""

    def ready(self) -> Ready:
        """Whether the server is known, lets the studio in, and has the model."""
        try:
            pictures = OpenRouterPictures(self.options)
            return pictures.ready() if pictures.draws_only() else OpenAIServer(chatting(self.options)).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """`count` pictures, one after another, fitted to the size that was asked for."""
        pictures = OpenRouterPictures(self.options)
        if pictures.draws_only(lambda: run.progress(0.0, f"Asking {pictures.name}")):
            return OpenRouterDrawn(**self.options).generate(request, run)
        server = OpenAIServer(chatting(self.options))
        made, usage = Made(resolved_prompt=worded(request)), Usage()
        content = asked(request, run)
        for number in range(request.count):
            picture = self._picture(server, request, run, content, (number / request.count, usage))
            size = request.width or picture.width, request.height or picture.height
            made.artifacts.append(artifact(request, run, fitted(picture, size), number, server.name))
            made.seeds.append(made.artifacts[-1].meta["seed"])
        notes = [f"Drawn by {server.model()} on {server.name}, which may not keep to seeds: made again, it may differ."]
        return made.model_copy(update={"notes": notes, "usage": usage.told})

    def _picture(
        self, server: OpenAIServer, request: ImageRequest, run: Run, content: list[dict[str, Any]], so_far: tuple[float, Usage]
    ) -> Image.Image:
        fraction, usage = so_far
        ratio = (request.width or SIDE) / (request.height or SIDE)
        shape = min(SHAPES, key=lambda each: abs(SHAPES[each] - ratio))
        body = {"model": server.model(), "modalities": ["image", "text"], "image_config": {"aspect_ratio": shape}} | server.options.body
        call = chat(body, [{"role": "user", "content": content}], {"X-Conversation-ID": run.folder.name.partition(".")[0]})

        def check() -> None:
            run.progress(max(0.05, fraction), f"Waiting for {server.name}")

        check()
        try:
            part = f"picture-{round(fraction * request.count) + 1}"
            told = paid(run, server, part, lambda: server.told(call, check, until=server.deadline()))
            usage.add(told)
            return decoded(bytes_of(first_picture(message_of(told, server.name), server.name), server.name), server.name)
        except Transient as error:
            raise server.later(error) from None


def chatting(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a row that matter to a chat."""
    return {name: value for name, value in options.items() if name in Connection.model_fields}


class OpenRouterDrawn(HostedImages):
    """A call of its endpoint for pictures each."""

    host: ClassVar[type[Hosted]] = OpenRouterPictures

    def seeded(self, account: Account) -> bool:
        """Whether a model keeps to it is its own affair."""
        return True

    def work(self, account: Account, request: ImageRequest, run: Run, seed: int) -> dict[str, Any]:
        """What is sent."""
        told = values(("references",), request, run, seed, shapes=account.choices.get("aspect_ratio", list(SHAPES)), most=LARGE)
        pictures = ([url_of(opened(run, request.image), LARGE)] if request.image else []) + told.get("references", [])
        body: dict[str, Any] = {name: told[name] for name in ("prompt", "aspect_ratio", "seed")} | {"n": 1, "output_format": "png"}
        if pictures:
            body["input_references"] = [{"type": "image_url", "image_url": {"url": url}} for url in pictures]
        return body | account.body


def asked(request: ImageRequest, run: Run) -> list[dict[str, Any]]:
    """What is said in the message: the words first, then the pictures."""
    sources = [source for source in (request.image, *request.references) if source]
    pictures = [base64.b64encode(png(opened(run, source))).decode() for source in sources]
    return [
        {"type": "text", "text": worded(request)},
        *({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}} for picture in pictures),
    ]


def first_picture(message: dict[str, Any], server: str) -> str:
    """The data URL of the first picture in a message; LlmError if there is none, or only an address, which nobody follows."""
    images = message.get("images")
    for each in images if isinstance(images, list) else []:
        inside = each.get("image_url") if isinstance(each, dict) else None
        url = inside.get("url") if isinstance(inside, dict) else None
        if isinstance(url, str) and url.startswith("data:image/"):
            return url
    raise LlmError(f"{server} answered without a picture.")
