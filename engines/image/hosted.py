"""Pictures by hosted APIs: a request read as what such a server is sent, and what it gives back decoded and saved anew.

A row's `fields` say what a model calls our values, its `choices` which values it knows; a provider's file says the rest.
"""

import base64
import functools
import io
import re
from abc import abstractmethod
from collections.abc import Collection
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image

from config import styles
from engines.base import Engine, Made, Ready, Run
from engines.clients.following import Following, Order, Piece
from engines.clients.hosted import Account, Hosted
from engines.errors import BadRequest, ModelNotReady
from engines.image.foreign import decoded, fitted
from engines.image.openai import artifact, opened, png, worded
from engines.image.request import ImageRequest
from engines.seeds import draw, nth

SIDE = 1024
SHAPES = ["1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "21:9", "9:21", "5:4", "4:5"]
SMALL = 180_000
"""Bytes of a picture within a request to Replicate: with a third more for base64 it stays below what it takes."""
LARGE = 2_400_000
"""The same for those that take more."""


class HostedImages(Engine[ImageRequest]):
    """Words, or words and pictures, become pictures."""

    host: ClassVar[type[Hosted]]

    def seeded(self, account: Account) -> bool:
        """Whether the model is told the seed."""
        return "seed" in account.fields

    def ready(self) -> Ready:
        """Whether there is a key, and the server answers and takes it."""
        try:
            return self.host(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def drop(self, remote: str) -> None:
        """Have work stopped at the server."""
        self.host(self.options).dismiss(remote)

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """`count` pictures, made side by side; picture k has seed + k."""
        host = self.host(self.options)
        first = request.seed if request.seed is not None else draw()
        orders = []
        for k in range(request.count):
            work = functools.partial(self.work, host.account, request, run, nth(first, k))
            orders.append(Order(f"picture-{k + 1:02d}", work, "image/", functools.partial(_read, name=host.name)))
        pieces = Following(host, run, orders).done()
        made = Made(resolved_prompt=worded(request))
        for k, piece in enumerate(pieces):
            picture = piece.found
            size = request.width or picture.width, request.height or picture.height
            made.artifacts.append(artifact(request, run, fitted(picture, size), k, host.account.model or host.name))
            made.seeds.append(made.artifacts[-1].meta["seed"])
        return made.model_copy(update={"notes": self._notes(host, pieces, request)})

    def _notes(self, host: Hosted, pieces: list[Piece], request: ImageRequest) -> list[str]:
        kept = "it was given the seed" if self.seeded(host.account) else "it knows no seeds, so made again it differs"
        notes = [f"Drawn by {host.account.model or host.title} at {host.name}; {kept}."]
        sizes = {piece.found.size for piece in pieces}
        asked = {(request.width or size[0], request.height or size[1]) for size in sizes}
        return notes + [f"Drawn in {size[0]}×{size[1]} and fitted." for size in sorted(sizes - asked)]

    @abstractmethod
    def work(self, account: Account, request: ImageRequest, run: Run, seed: int) -> dict[str, Any]:
        """What is sent for one picture."""


def _read(path: Path, name: str) -> Image.Image:
    try:
        return decoded(path.read_bytes(), name)
    finally:
        path.unlink()


def values(
    takes: Collection[str], request: ImageRequest, run: Run, seed: int, *, shapes: list[str] | None = None, most: int = SMALL
) -> dict[str, Any]:
    """What a request says, by our names, of what a model takes; pictures as data URLs of `most` bytes; the shape is one of `shapes`."""
    if request.mask and not request.image:
        raise BadRequest("mask needs the picture it belongs to; set image", fields=["image", "mask"])
    told: dict[str, Any] = request.model_dump(include={"width", "height", "steps", "guidance", "strength"})
    told |= {"prompt": worded(request), "seed": seed % 2**31, "format": "png"}
    if "negative_prompt" in takes:
        told["prompt"], told["negative_prompt"] = apart(request)
    told["aspect_ratio"] = nearest((request.width or SIDE) / (request.height or SIDE), shapes or SHAPES)
    for name in ("image", "mask"):
        if name in takes and getattr(request, name):
            told[name] = url_of(opened(run, getattr(request, name)), most)
    if "references" in takes and request.references:
        told["references"] = [url_of(opened(run, source), most) for source in request.references]
    return told


def apart(request: Any) -> tuple[str, str | None]:
    """The words with the style's, and what to leave out (None if nothing is), for models that take them apart."""
    style = styles()[request.style]
    without = ", ".join(part for part in (request.negative_prompt, style.negative_prompt) if part)
    return ", ".join(part for part in (request.prompt, style.prompt) if part), without or None


def named(account: Account, told: dict[str, Any]) -> dict[str, Any]:
    """The same by the model's names, without what it does not know or nobody said, and with what its row always sends."""
    return {account.fields[name]: given for name, given in told.items() if name in account.fields and given is not None} | account.body


def nearest(ratio: float, shapes: list[str]) -> str:
    """Of shapes like 16:9 or 1280x720 the one nearest to a width through a height."""

    def of(shape: str) -> float:
        wide, high = (float(part) for part in re.findall(r"\d+", shape)[:2])
        return wide / high

    return min(shapes, key=lambda each: max(of(each) / ratio, ratio / of(each)))


def url_of(picture: Image.Image, most: int = SMALL) -> str:
    """A picture as a data URL of about `most` bytes at most: PNG if it fits, else JPEG, made smaller if need be."""
    data, kind = png(picture), "png"
    quality = 92
    while len(data) > most and picture.width > 64:
        buffer = io.BytesIO()
        picture.convert("RGB").save(buffer, "JPEG", quality=quality)
        data, kind = buffer.getvalue(), "jpeg"
        if quality > 70:
            quality -= 8
        else:
            picture = picture.resize((max(1, picture.width * 3 // 4), max(1, picture.height * 3 // 4)), Image.Resampling.LANCZOS)
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
