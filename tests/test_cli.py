"""The command line: beside a running studio, and alone."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, Studio, fresh_home
from PIL import Image

SMALL = ("--width", "128", "--height", "128")


@pytest.fixture
def alone():
    """A home on which no studio runs."""
    import shutil

    folder = fresh_home()
    yield Studio(folder)
    shutil.rmtree(folder, ignore_errors=True)


def test_help_lists_everything(alone) -> None:
    shown = alone.shell("--help")
    assert shown.returncode == 0 and "generate_image" in shown.stdout and "list_jobs" in shown.stdout
    one = alone.shell("generate_image", "--help").stdout
    assert "--negative-prompt" in one and "--no-expand" in one and "Pixels, in steps of 8" in one


def test_it_knows_no_gradio(alone) -> None:
    heavy = {"gradio", "fastapi", "starlette", "torch"}
    look = f"import sys, app; code = app.main(sys.argv[1:]); print(sorted({heavy} & set(sys.modules)), code)"
    done = subprocess.run(
        [sys.executable, "-c", look, "queue_status"], cwd=ROOT, env=alone.env, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip().endswith("[] 0")


def test_alone_it_does_the_work_itself(alone) -> None:
    done = alone.shell("generate_image", "--prompt", "a hare", "--seed", "7", "--count", "2", "--no-expand", *SMALL)
    assert done.returncode == 0, done.stderr
    paths = [Path(line) for line in done.stdout.split()]
    assert len(paths) == 2 and done.stderr == ""
    for path in paths:
        assert path.is_relative_to(alone.home)
        with Image.open(path) as picture:
            assert picture.size == (128, 128)
    job = json.loads(alone.shell("list_jobs").stdout)["jobs"][0]
    assert job["request"]["expand"] is False and job["attempts"] == 1


def test_the_same_seed_gives_the_same_bytes(alone) -> None:
    one, two = (alone.shell("generate_image", "--prompt=a hare", "--seed=7", *SMALL).stdout.strip() for _ in range(2))
    assert one != two and Path(one).read_bytes() == Path(two).read_bytes()


def test_a_running_studio_does_it(studio) -> None:
    before = time.time()
    done = studio.shell("generate_image", "--prompt", "for the heron", *SMALL)
    assert done.returncode == 0, done.stderr
    job = next(each for each in studio.listed(search="heron") if each["created_at"] >= before)
    assert done.stdout.strip().endswith(job["outputs"][0]["filename"])


def test_a_job_left_waiting_is_done_by_the_next(alone) -> None:
    left = alone.shell("generate_image", "--prompt", "left", "--no-wait", *SMALL)
    assert left.returncode == 0 and json.loads(left.stdout)["status"] == "queued"
    assert alone.shell("generate_image", "--prompt", "next", *SMALL).returncode == 0
    assert {job["status"] for job in json.loads(alone.shell("list_jobs").stdout)["jobs"]} == {"complete"}


def test_a_path_is_imported(alone, tmp_path) -> None:
    Image.new("RGB", (64, 48), "olive").save(tmp_path / "field.png")
    done = alone.shell("generate_image", "--prompt", "x", "--image", str(tmp_path / "field.png"), "--model", "sketch")
    assert done.returncode == 2 and "image cannot be honoured" in done.stderr  # taken as a file, refused by the engine
    assert len(list((alone.home / "uploads").iterdir())) == 1


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (["generate_imag"], "VALIDATION_ERROR", 2),
        (["generate_image", "--promt", "x"], "VALIDATION_ERROR", 2),
        (["generate_image", "stray"], "VALIDATION_ERROR", 2),
        (["generate_image", "--prompt"], "VALIDATION_ERROR", 2),
        (["generate_image", "--prompt", "x", "--guidance", "nan"], "VALIDATION_ERROR", 2),
        (["generate_image", "--prompt", "x", "--guidance", "1e999"], "VALIDATION_ERROR", 2),
        (["generate_image", "--prompt", "x", "--steps", "true"], "VALIDATION_ERROR", 2),
        (["generate_image", "--prompt", "x", "--scene", "{broken"], "VALIDATION_ERROR", 2),
        (["get_job", "--job_id", "nothing"], "JOB_NOT_FOUND", 2),
    ],
)
def test_the_last_line_says_what_is_wrong(alone, words, code, status) -> None:
    done = alone.shell(*words)
    assert done.returncode == status and done.stdout == ""
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"{code}: ") and "Traceback" not in done.stderr


def test_verbs_print_json(alone) -> None:
    assert json.loads(alone.shell("queue_status").stdout)["lanes"]
    assert json.loads(alone.shell("style_profiles").stdout)["styles"]
    made = json.loads(alone.shell("create_song", "--title", "Shell", "--lyrics", "one\n\ntwo", "--tags", "a", "b").stdout)
    assert len(made["verses"]) == 2 and len(made["tags"]) == 2


def test_ctrl_c_stops_what_it_does_itself(alone) -> None:
    asked = [sys.executable, "app.py", "generate_image", "--prompt", "a castle", "--width", "2048", "--height", "2048", "--count", "16"]
    with subprocess.Popen(asked, cwd=ROOT, env=alone.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as one:
        deadline = time.monotonic() + 60
        while not (jobs := json.loads(alone.shell("list_jobs").stdout)["jobs"]) or jobs[0]["status"] in ("queued", "loading"):
            assert time.monotonic() < deadline and one.poll() is None
        one.send_signal(signal.SIGINT)
        assert one.wait(30) == 130
        assert one.communicate()[0] == ""
    assert json.loads(alone.shell("list_jobs").stdout)["jobs"][0]["status"] == "cancelled"
