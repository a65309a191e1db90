"""A plan of scenes from what a language model said of a script; together they are exactly as long as was asked."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engines.clients.replies import said
from engines.planning.cutting import lengths, usual
from engines.planning.plan import Color, Entity, PlannedScene, VisualStyle
from engines.planning.request import PlanScenesRequest
from engines.prompt.told import conversation
from engines.sketch.told import colors, noun_of
from engines.sketch.words import data
from engines.song.telling import color_name

LEAST_CENTS, MOST_ENTITIES = 100, 8
LEAST_COLORS, MOST_COLORS = 3, 8


def _seconds(value: Any) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6
    return float(value) if good else 1.0


class ToldEntity(BaseModel):
    """Someone or something as a model says it."""

    model_config = ConfigDict(frozen=True)

    type: str
    position: str = ""
    action: str = ""


class ToldPlanned(BaseModel):
    """A scene of a film as a model says it."""

    model_config = ConfigDict(frozen=True)

    description: str = Field(min_length=1)
    seconds: Annotated[float, BeforeValidator(_seconds)] = 1.0
    entities: list[ToldEntity] = Field(default_factory=list)
    lighting: str = ""
    palette: list[str] = Field(default_factory=list)


class ToldScenes(BaseModel):
    """The answer to `scenes`."""

    model_config = ConfigDict(frozen=True)

    scenes: list[ToldPlanned] = Field(min_length=1, max_length=400)


def asking(request: PlanScenesRequest) -> list[dict[str, Any]]:
    """The messages that ask for a plan."""
    count = max(1, round(request.duration_seconds / usual(request.duration_seconds)))
    wishes = request.style_preferences or "none"
    return conversation("scenes", request.script, seconds=f"{request.duration_seconds:g}", count=count, wishes=wishes)


def planned(request: PlanScenesRequest, told: ToldScenes) -> list[PlannedScene]:
    """The scenes; words are shortened, colours named, and every scene has its share of the time."""
    total = int(Decimal(str(request.duration_seconds)) * 100)
    kept = [each for each in told.scenes if said(each.description)][: max(1, total // LEAST_CENTS)]
    given = lengths([max(1, round(each.seconds * 100)) for each in kept], total) if kept else []
    return [_scene(each, number, seconds) for number, (each, seconds) in enumerate(zip(kept, given), 1)]


def _scene(told: ToldPlanned, number: int, seconds: float) -> PlannedScene:
    shades = colors(told.palette)[:MOST_COLORS]
    if len(shades) < LEAST_COLORS:
        shades = list(data("colors")["palettes"]["day"][0])[:MOST_COLORS]
    palette: list[Color] = []
    for shade in shades:
        palette.append(Color(name=color_name(shade, taken=[each.name for each in palette]), hex=shade))
    return PlannedScene(
        scene_number=number,
        description=" ".join(told.description.split())[:1000],
        duration_seconds=seconds,
        entities=[
            Entity(
                type=noun_of(each.type) or said(each.type)[:60],
                position=said(each.position)[:120] or "centre",
                action=said(each.action)[:120],
            )
            for each in told.entities[:MOST_ENTITIES]
            if said(each.type)
        ],
        visual_style=VisualStyle(lighting=said(told.lighting)[:400], color_palette=palette),
    )
