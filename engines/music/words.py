"""What a music model reads: everything a request says about the sound, as tags with commas, the way such models were taught."""

from engines.music.request import MusicRequest


def tags(request: MusicRequest) -> str:
    """Genre, mood, prompt, instruments, tempo and style as one line; the lyric is not among them."""
    tempo = f"{request.tempo} bpm" if request.tempo else ""
    words = (request.genre or "", request.mood, request.prompt, *request.instruments, tempo, request.style)
    return ", ".join(word.strip() for word in words if word.strip())
