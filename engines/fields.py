"""Field types that several requests share: a prompt, a style's name, a side in pixels."""
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from config import styles
from engines.words import nearest


def is_blank(text: str) -> bool:
    """Whether nothing can be seen of a text: no sign in it, or only spaces, controls and signs of no width."""
    return all(unicodedata.category(sign)[0] in "CZ" for sign in text)


def _some_words(prompt: str) -> str:
    if is_blank(prompt):
        raise ValueError("it is empty; write a few words")
    return prompt


def _known_style(style: str) -> str:
    if style not in styles():
        raise ValueError(f"unknown style {style!r}{nearest(style, styles())}")
    return style


Prompt = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_some_words)]
StyleName = Annotated[str, Field(max_length=100), AfterValidator(_known_style)]
Side = Annotated[int, Field(ge=64, le=2048, multiple_of=8)]
FileId = Annotated[str, Field(min_length=1, max_length=200)]
