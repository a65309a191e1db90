"""A tiny random-weight Shap-E, built offline as its download lies on the disk: the renderer once as a pickle, once as safetensors.

Its surfaces are smooth blobs in colour, the same for the same seed. The table by which a surface is cut into triangles belongs to the
real weights, so one is worked out here: crossings of every face of a cube joined around the corners that are inside.
"""

from pathlib import Path
from typing import Any

from tiny_models import clip

WIDTH, HIDDEN = 16, 8
EDGES = [(0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7)]
FACES = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
"""The corners of each face of a cube, in the same sense as seen from outside; corner x + 2y + 4z."""


def build(folder: Path, kind: str = "text") -> Path:
    """Write the tiny model for words or for pictures into folder; gives the folder back."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(5)
        pipe = pictured() if kind == "image" else worded()
        pipe.save_pretrained(folder, safe_serialization=True, variant="fp16")
    (folder / "shap_e_renderer").rename(folder / "renderer")
    (folder / "shap_e_renderer").mkdir()
    (folder / "shap_e_renderer" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x02 a pickle, which nobody reads")
    (folder / "shap_e_renderer" / "config.json").write_bytes((folder / "renderer" / "config.json").read_bytes())
    return folder


def worded() -> Any:
    """From words."""
    from diffusers import ShapEPipeline

    tokens, text = clip(projected=True)
    return ShapEPipeline(prior=prior(False), text_encoder=text, tokenizer=tokens, scheduler=scheduler(), shap_e_renderer=renderer())


def pictured() -> Any:
    """From a picture."""
    from diffusers import ShapEImg2ImgPipeline
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModel

    eye = CLIPVisionModel(CLIPVisionConfig(
        hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=32, patch_size=16,
    ))  # fmt: skip
    reader = CLIPImageProcessor(size=32, crop_size={"height": 32, "width": 32})
    return ShapEImg2ImgPipeline(
        prior=prior(True), image_encoder=eye, image_processor=reader, scheduler=scheduler(), shap_e_renderer=renderer()
    )


def prior(pictured: bool) -> Any:
    """What finds the object's numbers."""
    from diffusers import PriorTransformer

    return PriorTransformer(
        num_attention_heads=2, attention_head_dim=16, embedding_dim=WIDTH, num_embeddings=4 * HIDDEN, embedding_proj_dim=32,
        time_embed_dim=64, num_layers=1, clip_embed_dim=2 * WIDTH, additional_embeddings=0, time_embed_act_fn="gelu", norm_in_type="layer",
        embedding_proj_norm_type="layer" if pictured else None, encoder_hid_proj_type=None, added_emb_type=None,
    )  # fmt: skip


def scheduler() -> Any:
    """As the real one."""
    from diffusers import HeunDiscreteScheduler

    return HeunDiscreteScheduler(
        beta_schedule="exp", num_train_timesteps=1024, prediction_type="sample", use_karras_sigmas=True, clip_sample=True
    )


def renderer() -> Any:
    """What finds the surface: without the fine waves of its view of space, and with some of it inside."""
    import torch
    from diffusers.pipelines.shap_e import ShapERenderer

    made = ShapERenderer(
        param_shapes=((HIDDEN, 93), *((HIDDEN, HIDDEN),) * 3), d_latent=WIDTH, d_hidden=HIDDEN, n_output=12, insert_direction_at=4
    )
    with torch.no_grad():
        first = made.params_proj.projections["nerstf__mlp__0__weight"]
        first.norm.weight[3:] = 0
        first.proj.bias.view(HIDDEN, 93)[:, 3:] = 0
        for layer in made.mlp.mlp:
            layer.weight.mul_(2.5)
        made.mlp.mlp[-1].weight.mul_(4)
        made.mesh_decoder.cases, made.mesh_decoder.masks = table()
    return made


def table() -> tuple[Any, Any]:
    """For every kind of cube, at most five triangles as three edges each, and which of the five there are."""
    import torch

    cases, masks = torch.zeros(256, 5, 3, dtype=torch.long), torch.zeros(256, 5, dtype=torch.bool)
    for kind in range(256):
        found = [(loop[0], a, b) for loop in loops(kind) for a, b in zip(loop[1:], loop[2:])]
        for number, triangle in enumerate(found[:5]):
            cases[kind, number], masks[kind, number] = torch.tensor(triangle), True
    return cases, masks


def loops(kind: int) -> list[list[int]]:
    """The rings of crossed edges in a cube whose corner k is inside where bit k is set."""
    following: dict[int, int] = {}
    for face in FACES:
        inside = [bool(kind >> corner & 1) for corner in face]
        for k in range(4):
            if inside[k] and not inside[k - 1]:  # a run of corners that are inside begins, and ends at the next crossing
                end = next(m for m in range(k, k + 4) if not inside[(m + 1) % 4])
                into, out = _edge(face[k - 1], face[k]), _edge(face[end % 4], face[(end + 1) % 4])
                following[into] = out
    rings: list[list[int]] = []
    while following:
        ring = [next(iter(following))]
        while ring[-1] in following:
            ring.append(following.pop(ring[-1]))
        rings.append(ring[:-1])
    return rings


def _edge(one: int, other: int) -> int:
    return EDGES.index((min(one, other), max(one, other)))
