"""A spot: one thing, where it stands, how tall it is drawn and what it stands behind."""

from dataclasses import dataclass

from engines.sketch.scene import Thing
from engines.sketch.vocabulary import Noun

ACTORS = {"person", "animal", "bird", "fantasy", "fish"}
SIZES = {"tiny": 0.45, "small": 0.7, "normal": 1.0, "large": 1.4, "huge": 2.1}


@dataclass
class Spot:
    """All lengths in units; x and y are the point between the feet."""

    thing: Thing
    noun: Noun | None
    x: float = 0.0
    y: float = 0.0
    height: float = 0.1
    flip: bool = False
    where: str = "ground"
    layer: int = 0
    """The layer it is drawn after."""
    order: float = 0.0
    """Among things after the same layer, smaller is farther back."""
    scale: float | None = None
    tied: bool = False
    """Held by a relation: in a lap, under a table, on a shelf; the ground below does not move it."""

    held: bool = False
    """In someone's hand or on someone's head."""

    cut: float | None = None
    """Nothing of it shows below this height: the rim of the boat or the basket it is in."""

    room: float | None = None
    """How wide the basket or the boat is that several are in."""

    moved: bool = False
    """Brought to another one with whom it does something."""

    lift: float = 0.0
    """How far it is off the ground, in its own heights."""

    turn: float = 0.0
    """How far it is turned up from level, in degrees."""

    @property
    def width(self) -> float:
        """The room it takes sideways."""
        return (self.noun.width if self.noun else 1.1) * self.height


def abreast(spot: Spot, across: float) -> tuple[float, float]:
    """Several in a row, made so small that they fit a picture `across` wide: the room for them, and the width of one."""
    least = 0.74 if spot.where != "sky" else 0.3
    room = spot.room or across * (0.84 if spot.where == "water" else 0.9)
    wide, gaps = spot.width, spot.thing.count - 1
    if spot.room is None and gaps and wide * least * gaps + wide > room:
        spot.height *= max(0.45, room / (wide * least * gaps + wide))
    return room, spot.width


def natural(spot: Spot) -> float:
    """Height beside a person, with giants and midgets drawn nearer to our own size as picture books do."""
    h = (spot.noun.height if spot.noun else 0.8) * SIZES[spot.thing.size]
    if h > 1.6:
        return float(1.6 * (h / 1.6) ** 0.62)
    return float(0.22 * (h / 0.22) ** 0.6) if h < 0.22 else h
