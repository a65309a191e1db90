"""The word list of config/moderation.yaml as a moderator: it reads words, not pictures, and is always there."""

from config.moderation import moderation
from engines.moderation.reader import Reader
from engines.moderation.request import Verdict
from engines.moderation.text import met, plain


class WordList(Reader):
    """Finds the rules that a text meets."""

    def read(self, texts: list[str]) -> list[Verdict]:
        """One verdict per rule that is met."""
        text = "\n".join(map(plain, texts))
        return [
            Verdict(by=self.name, subject="words", category=rule.category, why=f"{rule.why} ({found!r})".strip(), blocks=rule.blocks)
            for rule in moderation().rules.values()
            if (found := met(rule, text))
        ]
