"""SwarmUI: JSON with `sui_image_params`, in `parameters` or in the UserComment."""

from engines.vision.readers.found import Found, further, number, parsed, side, table, whole, words

KNOWN = {"prompt", "negativeprompt", "seed", "steps", "cfgscale", "width", "height", "model", "sampler", "scheduler", "comfyuisampler",
         "comfyuischeduler"}  # fmt: skip


def read(texts: dict[str, str]) -> Found | None:
    """Of SwarmUI, whose keys are the names of its settings in small letters without spaces."""
    for name in ("parameters", "UserComment"):
        raw = texts.get(name, "")
        if "sui_image_params" not in raw:
            continue
        root = table(parsed(raw))
        told = table(root.get("sui_image_params"))
        if not told:
            continue
        return Found(
            "SwarmUI", words(told.get("prompt")), words(told.get("negativeprompt")), "", whole(told.get("seed")),
            whole(told.get("steps")), number(told.get("cfgscale")), side(told.get("width")), side(told.get("height")),
            words(told.get("model"), 300), words(told.get("sampler", told.get("comfyuisampler")), 100),
            words(told.get("scheduler", told.get("comfyuischeduler")), 100),
            more=further(told, KNOWN) | further(table(root.get("sui_extra_data")), set()), raw=raw,
        )  # fmt: skip
    return None
