"""Speech by an OpenAI-compatible server: /audio/speech. The row's `body` names the voice; the sound comes back as WAV."""

from typing import Any

from engines.base import Made, Run
from engines.clients.openai import OpenAIServer, paid
from engines.clients.served import Served
from engines.errors import Transient, Unavailable
from engines.speech.request import SpeechRequest
from engines.speech.spoken import Sound, joined, pieces, read_wav, written

PIECE = 3500


class OpenAISpeech(Served[SpeechRequest]):
    """Long texts are spoken sentence by sentence, and levelled like every recording of the studio."""

    def generate(self, request: SpeechRequest, run: Run) -> Made:
        """WAV, MP3 and a picture of the sound."""
        server = OpenAIServer(self.options)
        texts = pieces(request.text, PIECE)
        try:
            sounds = [self._spoken(server, request, run, texts, number) for number in range(len(texts))]
            sound = joined(sounds, server.name)
        except Transient as error:
            raise server.later(error) from None
        notes = [f"Spoken by {server.model()} on {server.name}, which tells no times of words, so there are no subtitles."]
        return Made(artifacts=written(sound, run), seeds=[request.seed or 0], notes=notes, resolved_prompt=request.text)

    def _spoken(self, server: OpenAIServer, request: SpeechRequest, run: Run, texts: list[str], number: int) -> Sound:
        def check() -> None:
            run.progress(0.05 + 0.7 * number / len(texts), f"Waiting for {server.name}")

        check()
        body = {"voice": "alloy", "response_format": "wav"} | server.options.body | {"speed": request.speed}
        model, voice = server.model(), body.pop("voice")

        def call(sdk: Any) -> Any:
            return sdk.audio.speech.create(model=model, voice=voice, input=texts[number], extra_body=body)

        try:
            return read_wav(paid(run, server, f"text-{number + 1}", lambda: server.ask(call, check, until=server.deadline())))
        except ValueError as error:
            raise Unavailable(f"{server.name} sent a sound that cannot be read: {error}.") from None
