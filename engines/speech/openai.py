"""Speech by an OpenAI-compatible server: /audio/speech. The row's `body` names the voice; the sound comes back as WAV."""

from engines.base import Engine, Made, Ready, Run
from engines.clients.openai import OpenAIServer
from engines.errors import ModelNotReady, Transient, Unavailable
from engines.speech.request import SpeechRequest
from engines.speech.spoken import Sound, joined, pieces, read_wav, written

PIECE = 3500


class OpenAISpeech(Engine[SpeechRequest]):
    """Long texts are spoken sentence by sentence, and levelled like every recording of the studio."""

    def ready(self) -> Ready:
        """Whether the server is known, lets the studio in, and answers."""
        try:
            return OpenAIServer(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def generate(self, request: SpeechRequest, run: Run) -> Made:
        """WAV, MP3 and a picture of the sound."""
        server = OpenAIServer(self.options)
        texts = pieces(request.text, PIECE)
        try:
            sounds = [self._spoken(server, request, run, text, number / len(texts)) for number, text in enumerate(texts)]
            sound = joined(sounds, server.name)
        except Transient as error:
            raise server.later(error) from None
        notes = [f"Spoken by {server.model()} on {server.name}, which tells no times of words, so there are no subtitles."]
        return Made(artifacts=written(sound, run), seeds=[request.seed or 0], notes=notes, resolved_prompt=request.text)

    def _spoken(self, server: OpenAIServer, request: SpeechRequest, run: Run, text: str, done: float) -> Sound:
        def check() -> None:
            run.progress(0.05 + 0.7 * done, f"Waiting for {server.name}")

        check()
        body = {"voice": "alloy", "response_format": "wav"} | server.options.body
        into = run.folder / "reply.wav"
        server.fetch("audio/speech", check, into, json=body | {"model": server.model(), "input": text, "speed": request.speed})
        try:
            return read_wav(into.read_bytes())
        except ValueError as error:
            raise Unavailable(f"{server.name} sent a sound that cannot be read: {error}.") from None
        finally:
            into.unlink()
