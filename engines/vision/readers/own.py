"""Pictures made here: our JSON, which holds the scene itself."""

from engines.vision.readers.found import Found, number, parsed, side, table, whole, words


def read(texts: dict[str, str]) -> Found | None:
    """From the text `troubadour`, or the description of a JPEG or WebP."""
    for name in ("troubadour", "ImageDescription"):
        raw = texts.get(name, "")
        own = table(parsed(raw))
        if own and (name == "troubadour" or {"resolved_prompt", "scene"} <= own.keys()):
            return Found(
                "Troubadour", words(own.get("prompt")), words(own.get("negative_prompt")), words(own.get("style"), 100),
                whole(own.get("seed")), whole(own.get("steps")), number(own.get("guidance")), side(own.get("width")),
                side(own.get("height")), words(own.get("model"), 100), scene=own.get("scene"),
                more={"resolved_prompt": said} if (said := words(own.get("resolved_prompt"))) else {}, raw=raw,
            )  # fmt: skip
    return None
