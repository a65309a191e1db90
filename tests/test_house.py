"""The ceilings of the house: files, functions, parameters, docstrings, and what may be imported where."""

import ast
import re
from pathlib import Path

import pytest

from config.settings import Settings

ROOT = Path(__file__).parent.parent
ROOMS = ("config", "engines", "jobs", "studio", "bench", "tests")
FILES = sorted([ROOT / "app.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))])
HEAVY = {"torch", "diffusers", "transformers", "audiocraft", "accelerate"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_is_readable(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 300, "split it: a file has at most 300 lines"
    assert not text.strip() or ast.get_docstring(tree), "say in a docstring what this room is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 40, f"{node.name} has {length} lines; 40 are the most"
            assert len(node.args.args) + len(node.args.kwonlyargs) <= 8, f"{node.name} has too many parameters"


@pytest.mark.parametrize("path", [each for each in FILES if each.parent.name != "tests"], ids=named)
def test_heavy_libraries_are_only_imported_by_load(path: Path) -> None:
    for node in ast.parse(path.read_text("utf-8")).body:
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        assert not HEAVY & {name.split(".")[0] for name in names}


def test_every_setting_is_read_and_documented() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    code = "\n".join(path.read_text("utf-8") for path in FILES if path.name != "settings.py")
    for name in Settings.model_fields:
        assert re.search(rf"settings\(\)\.{name}\b", code), f"nobody reads {name}"
        assert f"STUDIO_{name.upper()}" in readme, f"the README does not tell of STUDIO_{name.upper()}"


def test_every_capability_and_verb_is_in_the_readme() -> None:
    from jobs.declared import DOORS

    readme = (ROOT / "README.md").read_text("utf-8")
    missing = [name for name, door in DOORS.items() if door.public and name not in readme]
    assert not missing
