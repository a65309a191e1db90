"""The page's colours for pages that are no Gradio: the login and published songs follow the reader's light or dark."""
from studio.fonts import BOOK
from studio.theme import DARK, LIGHT


def css() -> str:
    """The same names as on the page, for both themes, without a script."""
    def block(table: dict[str, str]) -> str:
        return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in table.items())
    return (f":root{{color-scheme:light dark;--book:{BOOK};{block(LIGHT)}}}\n"
            f"@media (prefers-color-scheme:dark){{:root{{{block(DARK)}}}}}\n")
