"""What one may ask of a voice."""

import unicodedata
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from engines.base import JobType, Request
from engines.fields import FileId
from engines.speech import voices

MOST = 40_000
"""Characters: some 7,000 words of English, 40 minutes of speech."""
Emotion = Literal["neutral", "happy", "sad", "calm", "excited", "angry", "whisper"]


class SpeechRequest(Request):
    """Words to be spoken, and how."""

    job_type: ClassVar[JobType] = "speech"
    subject: ClassVar[str] = "text"

    text: str = Field(min_length=1, max_length=MOST, description="What is said, in any script; long texts are spoken sentence by sentence")
    voice: str | None = Field(
        None, min_length=1, max_length=100, description="A voice: en-gb, de, woman, robot, en-us+f3 …; empty takes the language's own"
    )
    language: str | None = Field(
        None, min_length=1, max_length=100, description="A language: en, de-AT, french …; empty takes the voice's, or guesses from the text"
    )
    emotion: Emotion = Field("neutral", description="A feeling, as pace, pitch and melody of the voice")
    speed: float = Field(1.0, ge=0.5, le=2.0, description="Pace: 0.5 is half as fast, 2 twice")
    reference: FileId | None = Field(None, description="A recording whose voice is taken: an upload or artifact id")

    @field_validator("text")
    @classmethod
    def _something_to_say(cls, text: str) -> str:
        if not any(unicodedata.category(letter)[0] in "LN" for letter in text):
            raise ValueError("there is no word in it to speak; write a few words")
        return text

    @field_validator("voice")
    @classmethod
    def _known_voice(cls, voice: str | None) -> str | None:
        if voice is not None:
            voices.find(voice)
        return voice

    @field_validator("language")
    @classmethod
    def _known_language(cls, language: str | None) -> str | None:
        if language is not None:
            voices.find_language(language)
        return language

    def effort(self) -> tuple[int, int, int]:
        """Letters stand in for pixels: the time goes with the length of the text."""
        return len(self.text), 1, 1
