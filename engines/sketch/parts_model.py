"""One part of a noun's drawing as the vocabulary's YAML writes it: a shape or a group, and when it is drawn."""
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Pair = tuple[float, float]


def _numbers(value: Any) -> Any:
    return tuple(float(n) for n in value.replace(",", " ").split()) if isinstance(value, str) else value


def _points(value: Any) -> Any:
    numbers = _numbers(value)
    if isinstance(value, str):
        if len(numbers) % 2 or not numbers:
            raise ValueError(f"points are written 'x,y x,y …'; {value!r} has an odd number of numbers")
        return tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return numbers


def _several(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


def _widths(value: Any) -> Any:
    return (float(value),) if isinstance(value, int | float) else _numbers(value)


Points = Annotated[tuple[Pair, ...], BeforeValidator(_points)]
Point = Annotated[Pair, BeforeValidator(_numbers)]
Box = Annotated[tuple[float, float, float, float], BeforeValidator(_numbers)]
Arc = Annotated[tuple[float, float, float, float, float, float], BeforeValidator(_numbers)]
Star = Annotated[tuple[float, float, float, float, int], BeforeValidator(_numbers)]
Widths = Annotated[tuple[float, ...], BeforeValidator(_widths)]
Words = Annotated[tuple[str, ...], BeforeValidator(_several)]

SHAPES = ("blob", "poly", "limb", "line", "ellipse", "box", "arc", "puff", "star", "scatter", "group", "part", "choose")


class Part(BaseModel):
    """Exactly one of SHAPES is given; the rest says how, where and when it is drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    blob: Points | None = None
    poly: Points | None = None
    limb: Points | None = None
    line: Points | None = None
    ellipse: Box | None = None
    box: Box | None = None
    arc: Arc | None = None
    puff: Box | None = None
    star: Star | None = None
    scatter: Box | None = None
    group: tuple["Part", ...] | None = None
    part: str | None = None
    choose: tuple["Part", ...] | None = None

    fill: str = "color"
    shade: float = Field(1.0, gt=0, le=3)
    alpha: float = Field(1.0, gt=0, le=1)
    round: float | None = Field(None, ge=0, le=2)
    glow: float = Field(0.0, ge=0, le=1)
    width: Widths = (0.01,)
    bumps: int = Field(9, ge=3, le=60)
    depth: float = Field(0.3, ge=0, le=1)
    corner: float = Field(0.0, ge=0)
    n: int = Field(20, ge=1, le=200)
    size: Annotated[Pair, BeforeValidator(_numbers)] = (0.02, 0.04)
    inside: tuple["Part", ...] = ()

    at: Point = (0.0, 0.0)
    scale: Annotated[tuple[float, ...], BeforeValidator(_widths)] = (1.0,)
    turn: float = 0.0
    mirror: bool = False
    repeat: int = Field(1, ge=1, le=60)
    by: Point = (0.0, 0.0)
    spin: int = Field(1, ge=1, le=60)
    move: Words = ()
    upright: bool = False
    by_id: str = Field("", description="which of an id's own choices `choose` follows, such as hair")
    colors: dict[str, str] = Field(default_factory=dict)

    when: Words = ()
    unless: Words = ()

    @model_validator(mode="after")
    def _one_shape(self) -> "Part":
        given = [shape for shape in SHAPES if getattr(self, shape) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"a part is one shape of {', '.join(SHAPES)}; this one has {found}")
        points = getattr(self, given[0])
        if len(self.move) > 1 and (given[0] not in ("blob", "poly", "limb", "line") or len(self.move) != len(points)):
            raise ValueError(f"`move` names one joint, or one for each of the {given[0]}'s points")
        return self

    @property
    def kind(self) -> str:
        """Which of SHAPES this part is."""
        return next(shape for shape in SHAPES if getattr(self, shape) is not None)
