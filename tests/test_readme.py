"""The examples in the README run as they are written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

MARKED = re.compile(r"<!-- test: (python|shell) -->\s*```(?:python|bash)\n(.*?)```", re.DOTALL)
PAGES = [page for page in (ROOT / "README.md", ROOT / "docs" / "usage.md") if page.exists()]
EXAMPLES = [
    (page.name, number, kind, code) for page in PAGES for number, (kind, code) in enumerate(MARKED.findall(page.read_text("utf-8")))
]


def test_there_are_examples() -> None:
    assert {kind for _, _, kind, _ in EXAMPLES} == {"python", "shell"}


@pytest.mark.parametrize(
    ("page", "number", "kind", "code"), EXAMPLES, ids=[f"{page}-{number}-{kind}" for page, number, kind, _ in EXAMPLES]
)
def test_it_runs(studio, tmp_path: Path, page: str, number: int, kind: str, code: str) -> None:
    code = code.replace("http://127.0.0.1:7860", studio.url)
    command = [sys.executable, "-c", code] if kind == "python" else ["bash", "-euo", "pipefail", "-c", code]
    env = studio.env | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    where = tmp_path
    if kind == "shell" and "app.py" in code:
        where = ROOT
    done = subprocess.run(command, cwd=where, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() and '"success": false' not in done.stdout and '"success":false' not in done.stdout, done.stdout[-2000:]
