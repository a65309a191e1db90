"""The book face: EB Garamond, cut to the letters a page needs and served from our own route.

`python -m studio.fonts` cuts the files in assets/fonts anew from the package fontpkg-eb-garamond (OFL-1.1).
"""
from importlib.resources import as_file, files

from studio import static

FOLDER = static.FOLDER / "fonts"
BOOK = '"Troubadour Book", "EB Garamond", Garamond, Georgia, serif'
UPRIGHT, ITALIC = "EBGaramond[wght].ttf", "EBGaramond-Italic[wght].ttf"
LATIN = "0020-017F,0192,0218-021B,02C6-02DD,1E00-1EFF,2010-2044,2070-209F,20AC,2122,2190-2193,2212,2215,2264-2265"
BEYOND = "0300-036F,0370-03FF,0400-052F,1F00-1FFF"
CUTS = (
    ("book-latin.woff2", UPRIGHT, "normal", LATIN),
    ("book-latin-italic.woff2", ITALIC, "italic", LATIN),
    ("book-beyond.woff2", UPRIGHT, "normal", BEYOND),
)
FEATURES = ["kern", "liga", "lnum", "onum", "tnum", "pnum", "mark", "mkmk", "ccmp", "locl"]


def faces() -> str:
    """The @font-face rules; a browser fetches a file only when a page shows one of its letters."""
    return "".join(
        f'@font-face{{font-family:"Troubadour Book";font-style:{style};font-weight:400 800;font-display:swap;'
        f'src:url("{_url(name)}") format("woff2");unicode-range:{_ranges(letters)}}}\n'
        for name, _, style, letters in CUTS)


def _url(name: str) -> str:
    return static.url(f"{FOLDER.name}/{name}")


def _ranges(letters: str) -> str:
    return ",".join(f"U+{part}" for part in letters.split(","))


def _numbers(letters: str) -> list[int]:
    found: list[int] = []
    for part in letters.split(","):
        first, _, last = part.partition("-")
        found += range(int(first, 16), int(last or first, 16) + 1)
    return found


def cut() -> None:
    """Cut every face from the package and write it beside its licence."""
    from fontTools import subset
    package = files("fontpkg_eb_garamond")
    for name, source, _, letters in CUTS:
        with as_file(package / "files" / source) as path:
            options = subset.Options(flavor="woff2", layout_features=FEATURES)
            font = subset.load_font(str(path), options)
            knife = subset.Subsetter(options)
            knife.populate(unicodes=_numbers(letters))
            knife.subset(font)
            subset.save_font(font, str(FOLDER / name), options)
    (FOLDER / "LICENSE-OFL.txt").write_text((package / "LICENSE").read_text("utf-8"), "utf-8")


if __name__ == "__main__":
    cut()
