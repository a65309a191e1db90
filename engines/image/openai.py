"""Pictures by an OpenAI-compatible server: /images/generations, and /images/edits where there is a picture to start from."""

import io
from typing import Any

from PIL import Image, ImageOps

from config import styles
from engines.base import Artifact, Made, Run
from engines.clients.openai import Call, OpenAIServer, Usage, bytes_of, paid
from engines.clients.served import Served
from engines.errors import BadRequest, LlmError, Transient
from engines.image.foreign import decoded, fitted
from engines.image.request import ImageRequest
from engines.image.save import MEDIA_TYPES, describe, save
from engines.seeds import nth

SIZES = ((1024, 1024), (1536, 1024), (1024, 1536))
AT_ONCE = 4
LONGEST_SIDE = 1536


class OpenAIImages(Served[ImageRequest]):
    """Words, or words and pictures, become pictures; what comes back is checked and saved anew."""

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """`count` pictures in the size that was asked for, a few at a time; the server draws in the nearest of its own."""
        server = OpenAIServer(self.options)
        size = request.width or SIZES[0][0], request.height or SIZES[0][1]
        own = min(SIZES, key=lambda each: abs(each[0] / each[1] - size[0] / size[1]))
        made, usage = Made(resolved_prompt=worded(request)), Usage()
        while len(made.artifacts) < request.count:
            many = min(AT_ONCE, request.count - len(made.artifacts))
            for picture in self._asked(server, request, run, own, many, usage):
                made.artifacts.append(artifact(request, run, fitted(picture, size), len(made.artifacts), server.name))
                made.seeds.append(made.artifacts[-1].meta["seed"])
        notes = [f"Drawn by {server.model()} on {server.name}, which knows no seeds: made again, it differs."]
        notes += [f"Drawn in {own[0]}×{own[1]} and fitted."] if own != size else []
        return made.model_copy(update={"notes": notes, "usage": usage.told})

    def _asked(
        self, server: OpenAIServer, request: ImageRequest, run: Run, size: tuple[int, int], many: int, usage: Usage
    ) -> list[Image.Image]:
        """So many pictures, or fewer if the server gives fewer."""
        done = sum(1 for _ in run.folder.glob("picture-*"))
        call = self._call(server, request, run, {"n": many, "size": f"{size[0]}x{size[1]}"} | server.options.body)

        def check() -> None:
            run.progress(max(0.05, done / request.count), f"Waiting for {server.name}")

        check()
        try:
            told = paid(run, server, f"call-{done}", lambda: server.told(call, check, until=server.deadline()), many)
            usage.add(told)
            listed = told.get("data") if isinstance(told, dict) else None
            entries = [each for each in listed if isinstance(each, dict)][:many] if isinstance(listed, list) else []
            if not entries:
                raise LlmError(f"{server.name} sent no picture.")
            return [decoded(bytes_of(each.get("b64_json"), server.name), server.name) for each in entries]
        except Transient as error:
            raise server.later(error) from None

    def _call(self, server: OpenAIServer, request: ImageRequest, run: Run, body: dict[str, Any]) -> Call:
        """An edit where there is a picture to start from, else a picture out of words."""
        asked: dict[str, Any] = {"model": server.model(), "prompt": worded(request), "extra_body": body}
        sources = [source for source in (request.image, *request.references) if source]
        if not sources:
            return lambda sdk: sdk.images.generate(**asked)
        asked |= _files(request, run, sources)
        return lambda sdk: sdk.images.edit(**asked)


def worded(request: ImageRequest) -> str:
    """The prompt as such a server reads it: with the style's words behind it, and what to leave out in a sentence."""
    style = styles()[request.style]
    words = ", ".join(part for part in (request.prompt, style.prompt) if part)
    without = ", ".join(part for part in (request.negative_prompt, style.negative_prompt) if part)
    return f"{words}. Leave out: {without}." if without else words


def artifact(request: ImageRequest, run: Run, picture: Image.Image, number: int, model: str) -> Artifact:
    """A picture saved with what it took."""
    seed = nth(request.seed or 0, number)
    texts = describe(request, run.words, seed, picture.size, request.model if request.model != "auto" else model, None)
    path = save(picture, run.folder / f"picture-{number + 1:02d}", request.format, texts)
    return Artifact(
        path=path,
        media_type=MEDIA_TYPES[request.format],
        width=picture.width,
        height=picture.height,
        meta={"seed": seed, "index": number, "role": "picture", "size": list(picture.size)},
        picture=picture,
    )


def opened(run: Run, source: str) -> Image.Image:
    """A picture of the person's own, upright, no larger than the server needs it."""
    with Image.open(run.open(source)) as given:
        picture = ImageOps.exif_transpose(given).convert("RGBA")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return picture


def png(picture: Image.Image) -> bytes:
    """A picture as PNG, without metadata."""
    data = io.BytesIO()
    picture.save(data, "PNG", compress_level=1)
    return data.getvalue()


def _files(request: ImageRequest, run: Run, sources: list[str]) -> dict[str, Any]:
    """The pictures and the mask as files; the mask is clear where the picture is painted anew."""
    pictures = [opened(run, source) for source in sources]
    found: dict[str, Any] = {"image": [(f"image-{n}.png", png(picture), "image/png") for n, picture in enumerate(pictures)]}
    if request.mask:
        if not request.image:
            raise BadRequest("mask needs the picture it belongs to; set image", fields=["image", "mask"])
        anew = opened(run, request.mask).convert("L").resize(pictures[0].size)
        sheet = pictures[0].copy()
        sheet.putalpha(anew.point(lambda light: 255 - light))
        found["mask"] = ("mask.png", png(sheet), "image/png")
    return found
