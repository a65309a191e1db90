"""From measures to a scene that can be drawn: the hour whose sky is nearest, the land whose colour is nearest, the palette.

A scene that was measured holds no things: what stands in a picture cannot be measured.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.sketch.palette import tables as light_tables
from engines.sketch.scene import Scene
from engines.vision.colours import from_hex, lab
from engines.vision.measure import tables

Array = NDArray[np.float64]
MOST = 5
GREY_SKY, PALE = 6.0, 45.0


def scene(told: dict[str, Any], picture: Array) -> Scene:
    """A scene with the picture's hour, weather, land and palette, and no things."""
    line = told["composition"]["horizon"]
    sky = picture[: max(1, round(picture.shape[0] * (line or 0.6)))]
    hour = _hour(sky)
    grey = float(np.hypot(*sky.reshape(-1, 3).mean(0)[1:])) < GREY_SKY
    land = _land(picture[round(picture.shape[0] * line) :], hour) if line else {"setting": "sky"}
    data: dict[str, Any] = {
        "schema": "scene/1",
        "prompt": sentence(told),
        "setting": land["setting"],
        "time": hour,
        "weather": "overcast" if grey and hour == "day" else "clear",
        "palette": colours(told),
    }
    return Scene.read(data | ({"season": land["season"]} if "season" in land else {}))


def colours(told: dict[str, Any]) -> list[str]:
    """The largest colours, as a scene's palette."""
    return [each["hex"] for each in told["colours"][:MOST]]


def sentence(told: dict[str, Any]) -> str:
    """The measures in a few words."""
    light, warmth = told["light"]["word"], told["temperature"]["word"]
    named = [each["name"] for each in told["colours"][:3]]
    said = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else "".join(named)
    mood = [each for each in (light, "" if warmth == "neutral" else warmth) if each and each != "middling"]
    return f"{' and '.join(mood) + ', ' if mood else ''}mostly {said}"


def _hour(sky: Array) -> str:
    """The hour whose sky, from the zenith down, is nearest to this one."""
    bands = np.stack([np.median(part.reshape(-1, 3), axis=0) for part in np.array_split(sky, min(4, len(sky)))])
    bands = bands[np.linspace(0, len(bands) - 1, 4).round().astype(int)]
    hours = {hour: lab(np.stack([from_hex(color) for color in row["sky"]])) for hour, row in light_tables()["times"].items()}
    if float(np.hypot(bands[:, 1], bands[:, 2]).mean()) < GREY_SKY:  # a grey sky tells the hour by its lightness alone
        return "day" if float(bands[:, 0].mean()) > PALE else "night" if float(bands[:, 0].mean()) < 22 else "dusk"
    return str(min(hours, key=lambda hour: float(np.linalg.norm(hours[hour] - bands, axis=1).mean())))


def _land(ground: Array, hour: str) -> dict[str, str]:
    """The plain land whose colour, in this hour's light, is nearest to what lies below the horizon."""
    light = np.array(light_tables()["times"][hour]["mid"], np.float64)
    seen = np.median(ground.reshape(-1, 3), axis=0)
    rows: list[dict[str, str]] = tables()["lands"]
    places = lab(np.clip(np.stack([from_hex(row["hex"]) for row in rows]) * light, 0, 1))
    weighed = np.linalg.norm((places - seen) * (0.5, 1.0, 1.0), axis=1)
    return rows[int(np.argmin(weighed))]
