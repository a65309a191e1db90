"""Scenes through the doors: one declaration, the same plan whoever asks and however."""

import json
from decimal import Decimal
from typing import Any

import pytest
from doorways import gradio, mcp, rest, shell

ASKED = {"script": "A girl walks on the beach at sunset. Her dog runs ahead.\n\nAt night a lighthouse shines. Gulls sleep.",
         "duration_seconds": 24.5, "style_preferences": "anime, teal", "seed": 3}  # fmt: skip


@pytest.fixture(scope="module")
def planned(studio: Any) -> dict[str, Any]:
    return rest(studio, "plan_scenes", ASKED)


def test_rest_gives_the_scenes_as_the_result_of_a_job(studio: Any, planned: dict[str, Any]) -> None:
    assert planned["status"] == "complete" and planned["type"] == "text" and planned["provenance"]["model"] == "sketch-scenes"
    assert planned["outputs"] == [] and planned["title"].startswith("A girl walks")
    scenes = planned["result"]["scenes"]
    assert sum(Decimal(str(scene["duration_seconds"])) for scene in scenes) == Decimal("24.5")
    assert [scene["scene_number"] for scene in scenes] == list(range(1, len(scenes) + 1))
    for scene in scenes:
        assert set(scene) == {"scene_number", "description", "duration_seconds", "entities", "visual_style"}
        assert set(scene["visual_style"]) == {"lighting", "color_palette"} and scene["visual_style"]["color_palette"][0]["hex"][0] == "#"
        assert all(set(entity) == {"type", "position", "action"} for entity in scene["entities"])
    assert {entity["type"] for scene in scenes for entity in scene["entities"]} == {"girl", "dog", "lighthouse", "gull"}
    assert [job["id"] for job in studio.listed(type="text", search="lighthouse shines")] == [planned["id"]]


@pytest.mark.parametrize("door", [gradio, mcp])
def test_other_doors_plan_the_same(studio: Any, planned: dict[str, Any], door: Any) -> None:
    assert door(studio, "plan_scenes", ASKED)["result"] == planned["result"]


def test_a_shell_prints_the_plan(studio: Any, planned: dict[str, Any]) -> None:
    assert json.loads(shell(studio, "plan_scenes", ASKED)["printed"]) == planned["result"]


def test_a_program_may_send_its_wishes_as_an_object(studio: Any) -> None:
    job = rest(studio, "plan_scenes", {**ASKED, "style_preferences": {"lighting": "soft", "color_palette": ["#102030"]}})
    for scene in job["result"]["scenes"]:
        assert "soft light" in scene["visual_style"]["lighting"]
        assert "#102030" in [color["hex"] for color in scene["visual_style"]["color_palette"]]
    assert gradio(studio, "plan_scenes", {**ASKED, "style_preferences": {"lighting": "soft"}})["status"] == "complete"
