"""From a model's tokens and their times to words. Tokens may hold half a letter, so some are only readable together."""

from collections.abc import Callable, Iterator, Sequence

from engines.hearing.transcript import Word, plain

UNSPACED = {"zh", "ja", "th", "lo", "my", "yue", "bo", "km"}
"""Languages that are written without spaces between words: what can be read by itself stands for a word there."""
HALF = "\ufffd"


def words(tokens: Sequence[int], times: Sequence[float], language: str, read: Callable[[list[int]], str]) -> list[Word]:
    """Words of some tokens; times[k + 1] is when token k ends, and times[0] when the first one begins."""
    found: list[Word] = []
    apart = True
    for text, start, end in _readable(tokens, times, read):
        if text[:1].isspace() or language in UNSPACED and _spoken(text):
            apart = True
        if text.strip() and (apart or not found):
            found.append(Word(text, start, end))
        elif text.strip():
            found[-1] = Word(found[-1].text + text, found[-1].start, end)
        apart = text[-1:].isspace() or (apart and not text.strip())
    return [Word(plain(each.text), each.start, each.end) for each in found if _spoken(each.text)]


def _readable(tokens: Sequence[int], times: Sequence[float], read: Callable[[list[int]], str]) -> Iterator[tuple[str, float, float]]:
    """The text of as few tokens as can be read together, with when it begins and ends."""
    first = 0
    for number in range(len(tokens)):
        text = read(list(tokens[first : number + 1]))
        if HALF not in text or number + 1 == len(tokens):
            yield text, float(times[first]), float(times[number + 1])
            first = number + 1


def _spoken(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
