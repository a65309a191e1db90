"""What a picture says of itself is read exactly, whichever tool wrote it; what it does not say is measured, never invented."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tool_pictures as tools

from engines.errors import BadImage
from engines.image.request import ImageRequest
from engines.image.save import describe, save
from engines.image.sketch import Sketch
from engines.sketch.scene import Scene
from engines.vision.request import DescribeRequest
from engines.vision.sketch import SketchEye


class Desk:
    """A run outside the queue: files by their names in one folder."""

    words = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def progress(self, fraction: float, note: str = "", preview: Any = None) -> None:
        """Nobody watches."""

    def open(self, source: str) -> Path:
        """A file of the folder."""
        return self.folder / source

    def recall(self, artifact_id: str) -> dict[str, Any]:
        """There is nothing to vary."""
        raise AssertionError(artifact_id)


def read(path: Path) -> dict[str, Any]:
    made = SketchEye().generate(DescribeRequest(image=path.name), Desk(path.parent))
    assert made.result is not None
    json.dumps(made.result, allow_nan=False).encode("utf-8")
    Scene.read(made.result["scene"])
    return made.result


def must_tell(path: Path, **expected: Any) -> dict[str, Any]:
    result = read(path)
    found = result["metadata"]
    assert {name: found.get(name) for name in expected} == expected
    return result


FOX = {
    "source": "Stable Diffusion web UI",
    "prompt": 'a fox, (autumn leaves:1.2), "quoted"\nsecond line: with a colon',
    "negative_prompt": "blurry, text\nugly",
    "seed": 3141592653,
    "steps": 28,
    "guidance": 6.5,
    "width": 832,
    "height": 1216,
    "model": "sd_xl_base_1.0",
    "sampler": "DPM++ 2M",
    "scheduler": "Karras",
}


def test_a1111_in_every_wrapping(tmp_path) -> None:
    umlaut = tools.A1111.replace("a fox", "ein Füchslein 狐 🦊")
    files = {
        "tEXt": (tools.png(tmp_path / "a.png", {"parameters": tools.A1111}), tools.A1111),
        "iTXt": (tools.png(tmp_path / "b.png", {"parameters": umlaut}), umlaut),
        "JPEG": (tools.with_comment(tmp_path / "c.jpg", tools.unicode(umlaut)), umlaut),
        "WebP": (tools.with_comment(tmp_path / "d.webp", tools.unicode(tools.A1111, "le")), tools.A1111),
        "ASCII": (tools.with_comment(tmp_path / "e.jpg", b"ASCII\0\0\0" + tools.A1111.encode()), tools.A1111),
        "bare": (tools.with_comment(tmp_path / "f.jpg", umlaut.encode()), umlaut),
    }
    for name, (path, raw) in files.items():
        expected = FOX | {"prompt": FOX["prompt"].replace("a fox", "ein Füchslein 狐 🦊")} if raw == umlaut else FOX
        found = must_tell(path, **expected, raw=raw)["metadata"]
        assert found["more"]["Lora hashes"] == "fox: 8f2a, leaf: 77ab", name
        assert found["more"]["Clip skip"] == "2"


@pytest.mark.parametrize("text", ["a fox in the snow", "a fox\nSteps: 20, a hill", "light: dusk, fox: red, snow: deep", ""])
def test_plain_words_in_parameters_are_no_settings(tmp_path, text) -> None:
    result = read(tools.png(tmp_path / "a.png", {"parameters": text}))
    assert result["metadata"] is None
    assert result["texts"] == ({"parameters": text} if text else {})


def test_comfyui(tmp_path) -> None:
    graph = tools.dumped(tools.COMFY)
    expected = {
        "source": "ComfyUI",
        "prompt": "beautiful scenery, glass bottle",
        "negative_prompt": "text, watermark",
        "seed": 156680208700286,
        "steps": 20,
        "guidance": 8.0,
        "width": 512,
        "height": 768,
        "model": "v1-5-pruned-emaonly.safetensors",
        "sampler": "euler",
        "scheduler": "normal",
        "raw": graph,
    }
    assert "NaN" in graph
    result = must_tell(tools.png(tmp_path / "a.png", {"prompt": graph, "workflow": tools.dumped(tools.SCREEN)}), **expected)
    assert "seed" not in result["settings"] and any("seed" in note for note in result["notes"]), "longer than a seed can be here"
    must_tell(tools.with_comment(tmp_path / "b.webp", b"", Model=f"prompt:{graph}", Make="workflow:{}"), **expected)


def test_comfyui_flux_and_the_graph_on_screen(tmp_path) -> None:
    must_tell(
        tools.png(tmp_path / "a.png", {"prompt": tools.dumped(tools.FLUX)}),
        prompt="a lighthouse in fog",
        negative_prompt=None,
        seed=77,
        steps=25,
        guidance=3.5,
        width=1024,
        height=640,
        model="flux1-dev.safetensors",
        sampler="euler",
        scheduler="simple",
    )
    must_tell(
        tools.png(tmp_path / "b.png", {"workflow": tools.dumped(tools.SCREEN)}),
        source="ComfyUI",
        prompt="an old mill",
        negative_prompt="people",
        seed=4242,
        steps=30,
        guidance=7.5,
        width=640,
        height=512,
        model="dreamshaper.safetensors",
        sampler="dpmpp_2m",
    )


def test_comfyui_begins_with_the_first_of_two_samplers(tmp_path) -> None:
    graph = json.loads(json.dumps(tools.COMFY))
    graph["30"] = {"class_type": "KSampler", "inputs": graph["3"]["inputs"] | {"seed": 1, "steps": 9, "latent_image": ["31", 0]}}
    graph["31"] = {"class_type": "LatentUpscale", "inputs": {"samples": ["3", 0], "width": 2048, "height": 2048}}
    graph["8"]["inputs"]["samples"] = ["30", 0]
    must_tell(tools.png(tmp_path / "a.png", {"prompt": tools.dumped(graph)}), seed=156680208700286, steps=20, width=512, height=768)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "invokeai_metadata",
            tools.dumped(tools.INVOKE),
            {
                "prompt": "a stone bridge",
                "negative_prompt": "cars",
                "seed": 99,
                "steps": 32,
                "guidance": 7.0,
                "width": 1024,
                "height": 768,
                "model": "juggernaut-xl",
                "sampler": "dpmpp_2m_k",
            },
        ),
        (
            "sd-metadata",
            tools.dumped(tools.SD_METADATA),
            {
                "prompt": "a small boat",
                "negative_prompt": "storm, rain",
                "seed": 947026880,
                "steps": 50,
                "guidance": 7.5,
                "width": 704,
                "height": 512,
                "model": "stable-diffusion-1.5",
                "sampler": "k_lms",
            },
        ),
        (
            "Dream",
            tools.DREAM,
            {
                "prompt": "a small boat",
                "negative_prompt": "storm",
                "seed": 1618033988,
                "steps": 50,
                "guidance": 7.5,
                "width": 512,
                "height": 640,
                "sampler": "k_lms",
            },
        ),
    ],
)
def test_invokeai_in_its_three_ages(tmp_path, name, text, expected) -> None:
    must_tell(tools.png(tmp_path / "a.png", {name: text}), source="InvokeAI", raw=text, **expected)


def test_fooocus_in_both_schemes(tmp_path) -> None:
    text = tools.dumped(tools.FOOOCUS)
    expected = {
        "source": "Fooocus",
        "prompt": "a cat in the window",
        "negative_prompt": "dogs",
        "seed": 8145972351064302951,
        "steps": 30,
        "guidance": 4.0,
        "width": 1152,
        "height": 896,
        "model": "juggernautXL_v8Rundiffusion",
        "sampler": "dpmpp_2m_sde_gpu",
    }
    must_tell(tools.png(tmp_path / "a.png", {"parameters": text, "fooocus_scheme": "fooocus"}), **expected, raw=text)
    must_tell(tools.with_comment(tmp_path / "b.jpg", text, inner=False, MakerNote="fooocus", Software="Fooocus v2.5.5"), **expected)
    plain = {
        "source": "Fooocus",
        "prompt": "a cat",
        "negative_prompt": "dogs",
        "seed": 12345,
        "width": 1152,
        "height": 896,
        "model": "juggernautXL",
    }
    must_tell(tools.png(tmp_path / "c.png", {"parameters": tools.FOOOCUS_TEXT, "fooocus_scheme": "a1111"}), **plain)


def test_swarmui(tmp_path) -> None:
    text = json.dumps(tools.SWARM, indent=2)
    expected = {
        "source": "SwarmUI",
        "prompt": "a harbour at night",
        "negative_prompt": "people",
        "seed": 305223794,
        "steps": 25,
        "guidance": 1.0,
        "width": 1024,
        "height": 1024,
        "model": "Flux/flux1-dev-fp8",
        "sampler": "euler",
        "raw": text,
    }
    must_tell(tools.png(tmp_path / "a.png", {"parameters": text}), **expected)
    must_tell(tools.with_comment(tmp_path / "b.jpg", tools.unicode(text, "le")), **expected)


def test_our_own_pictures_give_back_their_scene_and_the_scene_its_picture(tmp_path) -> None:
    asked = ImageRequest(prompt="two red boats and a gull on the sea at dusk", style="anime", width=96, height=64, seed=7)
    first = Sketch().generate(asked, Desk(tmp_path)).artifacts[0]
    texts = describe(asked, asked.prompt, 7, (96, 64), "sketch", first.meta["scene"])
    paths = [first.path, *(save(tools.blank(), tmp_path / format, format, texts) for format in ("webp", "jpeg"))]
    for path in paths:
        result = must_tell(path, source="Troubadour", prompt=asked.prompt, style="anime", seed=7, width=96, height=64)
        assert result["scene"] == first.meta["scene"] and result["scene_from"] == "metadata"
    (tmp_path / "again").mkdir()
    again = Sketch().generate(ImageRequest(**result["settings"], scene=result["scene"]), Desk(tmp_path / "again")).artifacts[0]
    assert np.array_equal(np.asarray(again.picture), np.asarray(first.picture))


def test_a_scene_that_cannot_be_drawn_is_left_out(tmp_path) -> None:
    texts = describe(ImageRequest(prompt="a boat"), "a boat", 1, (64, 64), "sketch", {"schema": "scene/1", "things": [{"id": 5}]})
    result = read(save(tools.blank(), tmp_path / "a", "png", texts))
    assert result["scene_from"] == "prompt" and [thing["noun"] for thing in result["scene"]["things"]] == ["boat"]
    assert "scene" in result["notes"][0]


def test_settings_are_bent_into_bounds_and_say_so(tmp_path) -> None:
    text = tools.A1111.replace("832x1216", "3000x1501").replace("Steps: 28", "Steps: 900")
    result = read(tools.png(tmp_path / "a.png", {"parameters": text}))
    assert result["metadata"]["width"] == 3000 and result["metadata"]["steps"] == 900
    assert (result["settings"]["width"], result["settings"]["height"]) == (2048, 1024) and "steps" not in result["settings"]
    assert len(result["notes"]) == 2
    ImageRequest(**result["settings"])


def test_a_picture_that_ends_early_still_says_what_it_is(tmp_path) -> None:
    whole = tools.png(tmp_path / "a.png", {"parameters": tools.A1111}).read_bytes()
    (tmp_path / "b.png").write_bytes(whole[:-40])
    result = must_tell(tmp_path / "b.png", seed=3141592653)
    assert result["measures"] is None and any("damaged" in note for note in result["notes"])
    (tmp_path / "c.png").write_bytes(tools.png(tmp_path / "d.png", {}).read_bytes()[:-40])
    with pytest.raises(BadImage, match="cut off"):
        read(tmp_path / "c.png")
