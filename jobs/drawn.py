"""Several pictures of a prompt with wildcards: each has words of its own, drawn by a seed of its own, and can be made again alone."""

from collections.abc import Callable
from typing import Any

from engines.base import Made, Request, Run
from engines.prompt import wildcards
from engines.seeds import nth
from engines.share import piece

Work = Callable[[Request, Run], Made]


def drawn(request: Any, run: Run, work: Work) -> Made:
    """What `work` makes of a request whose wildcards are drawn: piece k by wildcard_seed + k, with seed + k, as it would be alone.

    Pieces whose words are the same for all are made at once.
    """
    seeds = [nth(request.wildcard_seed, k) for k in range(request.count)]
    prompts = [wildcards.expand(request.prompt, seed) for seed in seeds]
    if len({*prompts}) == 1:
        return work(request.model_copy(update={"prompt": prompts[0]}), run)
    found = []
    for k, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
        own = {"prompt": prompt, "count": 1, "seed": nth(request.seed or 0, k), "wildcard_seed": seed}
        made = work(request.model_copy(update=own), piece(run, k, request.count))
        for artifact in made.artifacts:
            artifact.meta.update(index=k, wildcard_seed=seed, resolved_prompt=made.resolved_prompt or prompt)
        found.append(made)
    return _joined(found)


def _joined(found: list[Made]) -> Made:
    """The pieces as one work; what several of them say is said once."""
    usage: dict[str, Any] = {}
    for made in found:
        for name, value in made.usage.items():
            usage[name] = usage[name] + value if isinstance(value, int | float) and name in usage else value
    return Made(
        artifacts=[artifact for made in found for artifact in made.artifacts],
        seeds=[seed for made in found for seed in made.seeds],
        unmet=list(dict.fromkeys(word for made in found for word in made.unmet)),
        added=list(dict.fromkeys(word for made in found for word in made.added)),
        notes=list(dict.fromkeys(note for made in found for note in made.notes)),
        resolved_prompt="\n".join(made.resolved_prompt or "" for made in found),
        moderation=found[-1].moderation,
        versions={name: value for made in found for name, value in made.versions.items()},
        usage=usage,
    )
