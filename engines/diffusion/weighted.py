"""Words that count more or less, for models that read with CLIP: what such a word adds to the text is multiplied by its weight."""

from typing import Any

from engines.prompt.weights import Span, read

NAMES = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")


def embedded(pipe: Any, given: dict[str, Any], prompt: str, negative: str) -> dict[str, Any]:
    """The arguments of a call with the two texts already read, where one of them has weights; else as they were."""
    (plain, spans), (plain_negative, negative_spans) = read(prompt), read(negative)
    if not spans and not negative_spans:
        return given
    import torch

    def encoded(words: str, against: str) -> tuple[Any, ...]:
        options = {"num_images_per_prompt": 1, "do_classifier_free_guidance": True, "negative_prompt": against}
        with torch.no_grad():
            return tuple(pipe.encode_prompt(words, device=pipe._execution_device, **options))

    read_out, blank = encoded(plain, plain_negative), encoded("", "")
    found = dict(zip(NAMES, read_out))
    for name, words, marks, nothing in (
        ("prompt_embeds", plain, spans, blank[0]),
        ("negative_prompt_embeds", plain_negative, negative_spans, blank[1]),
    ):
        found[name] = nothing + (found[name] - nothing) * _counts(pipe.tokenizer, words, marks, found[name])
    return {name: value for name, value in given.items() if name not in ("prompt", "negative_prompt")} | found


def _counts(tokenizer: Any, words: str, spans: list[Span], like: Any) -> Any:
    """What each token counts, 1 but for those within a span; shaped to be multiplied with embeddings."""
    most = like.shape[1]
    tokens = tokenizer(words, padding="max_length", max_length=most, truncation=True, return_offsets_mapping=True)
    counts = [1.0] * most
    for place, (start, end) in enumerate(tokens["offset_mapping"]):
        for span in spans:
            if start < end and start < span.end and end > span.start:
                counts[place] = span.weight
    return like.new_tensor(counts)[None, :, None]
