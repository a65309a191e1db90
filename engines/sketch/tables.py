"""People at a table: on chairs behind it, or across it from each other where they play; what they eat is on it."""

from engines.sketch.beams import stage_facts
from engines.sketch.bodies import can, hand
from engines.sketch.frame import Frame
from engines.sketch.scene import Thing
from engines.sketch.spots import Spot, natural
from engines.sketch.vocabulary import nouns

SEAT, CHAIR = 0.245, 0.55
"""How high a seat is, and a chair, in the height of a grown person."""
BOTH = "+"
"""Between two poses that one has at once: `seated+eating`."""


def sit_down(frame: Frame, spots: list[Spot]) -> list[Spot]:
    """Seat everyone who is at a table; the chairs that stand there are given back."""
    chairs: list[Spot] = []
    for table in spots:
        if table.thing.noun not in stage_facts()["tables"] or table.where != "ground" or table.tied:
            continue
        guests = [spot for spot in spots if _is_guest(spot, table)]
        if not guests or len(guests) > 6:
            continue
        laid = [spot for spot in spots if spot.thing.to == table.thing.id and spot.thing.relation == "on"]
        plays = any(spot.thing.noun in stage_facts()["games"] for spot in laid)
        _draw_up(frame, table, guests, laid, plays and len(guests) == 2)
        for guest in guests:
            chairs.append(_chair(guest))
            _serve(guest, table, spots)
    return chairs


def _is_guest(spot: Spot, table: Spot) -> bool:
    """Whether someone is at this table and does what one does sitting there."""
    if spot.noun is None or spot.thing.to != table.thing.id or spot.thing.relation not in ("beside", "behind", "with"):
        return False
    return can(spot.thing.noun, "seated") and (spot.thing.pose or "standing") in stage_facts()["at_table"] and spot.noun.kind == "person"


def _draw_up(frame: Frame, table: Spot, guests: list[Spot], laid: list[Spot], across: bool) -> None:
    """Place all at the table, in its own size."""
    whole = table.height / max(0.05, natural(table))
    side = 0.5 * table.width + 0.1 * whole
    low = side + 0.2 * whole if across else table.width * 0.5
    stood = table.x
    table.x = min(max(table.x, low + 0.02), max(frame.w - low - 0.02, low + 0.02))
    for spot in laid:
        spot.x = table.x if across and spot.thing.noun in stage_facts()["games"] else spot.x + table.x - stood
    step = min(0.5 * whole, table.width * 0.86 / len(guests))
    for number, guest in enumerate(guests):
        guest.height = natural(guest) * whole
        off = (number - (len(guests) - 1) / 2) * step
        guest.x = table.x + ((-side if number == 0 else side) if across else off - 0.04 * whole)
        guest.flip = number > 0 if across else off > 0.01
        guest.y = table.y - seat_of(guest) * whole - (0.0 if across else 0.012)
        guest.layer, guest.where, guest.tied, guest.moved = table.layer, table.where, True, True
        guest.order = table.order - 0.002 + 0.0001 * number
        pose = guest.thing.pose
        keeps = pose not in (None, "standing", "sitting", "seated")
        guest.thing = guest.thing.model_copy(update={"pose": f"seated{BOTH}{pose}" if keeps else "seated"})


def seat_of(guest: Spot) -> float:
    """How high this one sits, in the height of a grown person: a child sits higher, so that it looks over the table."""
    return max(SEAT, 0.47 - 0.26 * natural(guest))


def _chair(guest: Spot) -> Spot:
    """The chair someone sits on."""
    noun = nouns()["chair"]
    whole = guest.height / max(0.05, natural(guest))
    thing = Thing(id=f"{guest.thing.id[:50]}/chair", noun="chair")
    side = -1.0 if guest.flip else 1.0
    return Spot(thing, noun, x=guest.x - side * 0.02 * whole, y=guest.y + seat_of(guest) * whole, height=CHAIR * whole, flip=guest.flip,
                layer=guest.layer, order=guest.order - 0.0005, tied=True)


def _serve(guest: Spot, table: Spot, spots: list[Spot]) -> None:
    """What someone has in the hand goes with it; a plate stands before them."""
    doing = (guest.thing.pose or "").rpartition(BOTH)[2]
    for spot in spots:
        if not spot.held or spot.thing.to != guest.thing.id or spot.noun is None:
            continue
        if doing == "eating" and spot.noun.kind == "food" and spot.noun.name not in stage_facts()["in_the_hand"]:
            spot.height = min(spot.height, 0.3 * guest.height / max(1.0, spot.noun.width))
            spot.x, spot.y = guest.x + (-0.06 if guest.flip else 0.06) * guest.height, table.y - 0.9 * table.height
        else:
            x, y = hand(guest)
            spot.x, spot.y = guest.x + x, guest.y - y + spot.height * 0.3
        spot.order, spot.layer = table.order + 0.001, table.layer
