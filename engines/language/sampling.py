"""How tokens are chosen, and what is asked between them: chance is drawn on the CPU, so that a seed means the same on every device."""

import time
from collections.abc import Callable
from typing import Any

OFTEN = 0.1
"""Seconds between two questions whether the work is still wanted, within one token."""
KEPT = 50
"""Of the likeliest tokens so many are chosen among."""
LAYERS = ("layers", "blocks", "h")


class Chance:
    """A logits processor that leaves one token: the likeliest, or one by temperature and top-p and the seed."""

    def __init__(self, temperature: float, top_p: float, seed: int) -> None:
        import torch

        self.temperature, self.top_p = temperature, top_p
        self.generator = torch.Generator("cpu").manual_seed(seed)

    def __call__(self, ids: Any, scores: Any) -> Any:
        """The scores with all tokens but the chosen one ruled out."""
        import torch

        row = scores[0].float().cpu()
        best = row.topk(min(KEPT, len(row)))
        pick = best.indices[0]
        if self.temperature > 0:
            chances = torch.softmax(best.values / self.temperature, -1)
            before = chances.cumsum(-1) - chances
            chances = torch.where(before < self.top_p, chances, 0.0)
            pick = best.indices[torch.multinomial(chances, 1, generator=self.generator)[0]]
        alone = torch.full_like(scores, -torch.inf)
        alone[0, pick] = 0.0
        return alone


class Watch:
    """Asks whether the work is still wanted: after every token, and within long ones at every layer, several times a second.

    `told(tokens)` hears how many tokens there are and raises to stop; whatever it raises ends the writing at once.
    """

    def __init__(self, told: Callable[[int], None]) -> None:
        self.told = told
        self.tokens = 0
        self._asked = time.monotonic()

    def __call__(self, ids: Any, scores: Any, **_: Any) -> Any:
        """A stopping criterion that never stops by itself."""
        import torch

        self.tokens += 1
        self._asked = time.monotonic()
        self.told(self.tokens)
        return torch.zeros(len(ids), dtype=torch.bool, device=ids.device)

    def within(self, *_: Any) -> None:
        """Called before every layer."""
        if time.monotonic() - self._asked > OFTEN:
            self._asked = time.monotonic()
            self.told(self.tokens)

    def on(self, net: Any) -> list[Any]:
        """Watch the layers of a network; the handles, to be removed."""
        lists = [module for name, module in net.named_modules() if name.rpartition(".")[2] in LAYERS]
        return [layer.register_forward_pre_hook(self.within) for each in lists for layer in each.children()]
