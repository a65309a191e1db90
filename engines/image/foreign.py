"""Pictures that come from other people's servers: decoded within limits, or refused; nothing of their metadata is kept."""

import io
import warnings

from PIL import Image, ImageOps

from engines.errors import Unavailable

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 40_000_000


def decoded(data: bytes, server: str) -> Image.Image:
    """The picture, as RGB or RGBA. Unavailable if it is none, is cut off, or is larger than the studio takes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise ValueError("too large")
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError, MemoryError):
        raise Unavailable(f"{server} sent a picture that cannot be read.") from None
    plain.info = {}
    return plain


def fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture in this size, its edges cut where the shape differs."""
    return picture if picture.size == size else ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
