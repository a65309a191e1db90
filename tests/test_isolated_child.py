"""Child processes of packages in their own environments: whatever one does or says hurts nobody."""

import json
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jobs_house import eventually, patience

from engines.errors import BadRequest, Cancelled, JobTimeout, ModelNotReady, OutOfMemory, StudioError, Unavailable
from engines.isolated.child import Child, Program


def says(text: str, then: str = "time.sleep(60)") -> str:
    """A script that says one line."""
    return f"import time; print({text!r}, flush=True); {then}"


DIED, UNREAD = (Unavailable, "ended in the middle of its work"), (Unavailable, "cannot be understood")
SILENT = (JobTimeout, "said nothing for 1 seconds")
MOODS = {
    "dies": ("import sys; sys.stdin.readline(); sys.exit(3)", DIED),
    "killed": ("import os, sys; sys.stdin.readline(); os.kill(os.getpid(), 9)", (Unavailable, "the system ended it")),
    "leaves at once": ("", DIED),
    "syntax": ("this is no program", DIED),
    "garbage": (says("\0\0\0 Traceback"), UNREAD),
    "another's": (says('{"id": 7, "done": {}}'), UNREAD),
    "no number": (says('{"id": 1, "progress": NaN}'), UNREAD),
    "nested": (says("[" * 100_000), UNREAD),
    "endless line": ("while True: print('x' * 65536, end='')", UNREAD),
    "flood": ("while True: print('{\"id\": 1, \"progress\": 0.5}')", (Unavailable, "said too much")),
    "noise": ("import sys\nwhile True: print('x' * 65536, file=sys.stderr)", SILENT),
    "hangs": ("import time; time.sleep(60)", SILENT),
    "stubborn": ("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", SILENT),
    "is full": (says('{"id": 1, "failed": "CUDA", "kind": "memory"}'), (OutOfMemory, "choose another model")),
    "refuses": (says('{"id": 1, "failed": "no such voice", "kind": "input"}'), (BadRequest, "no such voice")),
    "fails": (says('{"id": 1, "failed": "no such file"}'), (ModelNotReady, "no such file")),
}


@pytest.mark.parametrize("mood", MOODS)
def test_nothing_that_a_child_does_hurts_us(tmp_path: Path, mood: str) -> None:
    """It ends in a sentence within seconds, and no process stays; only one that says that it failed may stay."""
    script, (error, sentence) = MOODS[mood]
    child = started(tmp_path, script)
    began = time.monotonic()
    with pytest.raises(error, match=sentence) as refused:
        child.ask({"do": "anything", "text": "x" * 1_000_000}, lambda share, note: None)
    assert isinstance(refused.value, StudioError) and "Traceback" not in refused.value.message
    assert time.monotonic() - began < patience(10) and child.alive is (mood in ("refuses", "fails"))
    child.end()
    assert not Path(f"/proc/{child._process.pid}").exists()


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
REPLY = st.fixed_dictionaries({"id": st.just(1) | ANY}, optional=dict.fromkeys(("progress", "note", "done", "failed", "kind"), ANY))
REPEAT = "import sys; sys.stdout.buffer.write(open({!r}, 'rb').read())"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(REPLY.map(json.dumps).map(str.encode) | st.binary(max_size=50), max_size=4))
def test_whatever_a_child_says_is_only_read(tmp_path: Path, lines: list[bytes]) -> None:
    """It ends in an answer, or in a sentence; the share of the work stays one, and notes are short."""
    said = tmp_path / "said"
    said.write_bytes(b"\n".join(lines) + b"\n")
    told: list[tuple[float, str]] = []
    child = started(tmp_path, REPEAT.format(str(said)))
    try:
        assert isinstance(child.ask({}, lambda share, note: told.append((share, note))), dict)
    except StudioError as error:
        assert error.message and len(error.message) < 500
    finally:
        child.end()
    assert all(0 <= share <= 1 and len(note) <= 200 for share, note in told)


def started(folder: Path, script: str) -> Child:
    """A child that runs a script, and may be silent for a second."""
    path = folder / "script.py"
    path.write_text(script)
    return Child(Program("The package", Path(sys.executable), path, 1.0))


SHOW = "import json, os; print(json.dumps({'id': 1, 'done': dict(os.environ)}), flush=True); input(); input()"


def test_a_child_is_told_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets a few names of our environment, no keys, and is told to stay offline."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    monkeypatch.setenv("STUDIO_TOKEN", "canary")
    child = started(tmp_path, SHOW)
    told = child.ask({}, lambda share, note: None)
    child.end()
    assert "canary" not in json.dumps(told) and told["HF_HUB_OFFLINE"] == "1" and not any(name.startswith("STUDIO") for name in told)


def test_a_wish_to_stop_ends_it_and_what_it_started(tmp_path: Path) -> None:
    """Its own children, too."""
    script = """
import json, subprocess, sys, time
made = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(json.dumps({"id": 1, "progress": 0.1, "note": str(made.pid)}), flush=True)
time.sleep(60)
"""
    child = started(tmp_path, script)
    notes: list[str] = []

    def stop(share: float, note: str) -> None:
        notes.append(note)
        if note:
            raise Cancelled

    with pytest.raises(Cancelled):
        child.ask({}, stop)
    eventually(lambda: not Path(f"/proc/{notes[-1]}").exists(), 3, "the end of the grandchild")
