"""Small helps with words: the nearest of several names."""
import difflib
from collections.abc import Iterable


def nearest(word: str, names: Iterable[str]) -> str:
    """A half sentence that names what was probably meant, or what there is: '; did you mean anime?'."""
    names = list(names)
    close = difflib.get_close_matches(word.lower(), names, 1, 0.5)
    return f"; did you mean {close[0]}?" if close else f"; choose one of {', '.join(names[:12])}"
