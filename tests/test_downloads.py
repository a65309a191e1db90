"""Models come from a hub on another port of this machine: whole and checked or not at all, whatever happens on the way."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_models
from hub_house import HUB, LARGE, NAMES, ROWS, ask, beside, brought, listed, place, refused, row
from hub_peer import TOKEN, Hub
from invariants import assert_invariants
from jobs_house import House, eventually, patience, stored

from engines.hub.shelf import RECORD
from jobs import control
from jobs.control import Caller


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub with a tiny Stable Diffusion under many names."""
    folder = tiny_models.build(tmp_path_factory.mktemp("hub") / "sd15", "sd15")
    (folder / "v1-5.safetensors").write_bytes(b"a whole checkpoint that nobody needs")
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"a pickle")
    with Hub() as one:
        for name in (*NAMES, "research", "closed", "shut"):
            one.offer(f"tiny/{name}", folder)
        one.gated |= {"tiny/closed", "tiny/shut"}
        yield one


@pytest.fixture(scope="module")
def house(hub: Hub) -> Iterator[House]:
    """Worker processes that know these models."""
    with beside(hub, ROWS) as one:
        yield one


@pytest.fixture(autouse=True)
def calm(hub: Hub) -> None:
    """The hub is as it should be when a test begins."""
    for known in (hub.mood, hub.asked, hub.sent, hub.listed):
        known.clear()  # type: ignore[attr-defined]


def test_a_model_comes_and_paints(house: House, hub: Hub) -> None:
    """Its parts and settings and nothing else, by their sums; then it is ready, and a picture is made with it."""
    assert listed("whole")["state"] == "download" and listed("whole")["download"]["can"]
    job = brought(house, "whole")
    assert job["status"] == "complete" and job["result"]["ready"] and job["progress"] == 1.0, job
    there = {path.relative_to(place(house, "whole")).as_posix() for path in place(house, "whole").rglob("*") if path.is_file()}
    assert LARGE in there and "model_index.json" in there and RECORD in there
    assert not there & {"v1-5.safetensors", "unet/diffusion_pytorch_model.bin"} and not list(house.home.rglob("*.part"))
    assert {path for server, path, _, _ in hub.asked if server == "cdn"} <= {path for server, path, _, _ in hub.asked if server == "hub"}
    assert listed("whole")["ready"] and listed("whole")["download"]["here_bytes"] > 5_000_000
    made = house.start("whole", prompt="a cat", width=None, height=None)
    assert house.until([made])[0]["status"] == "complete"
    assert brought(house, "whole")["result"]["bytes"] == 0  # it is here: nothing is asked for again


def test_it_goes_on_where_the_connection_broke_off(house: House, hub: Hub) -> None:
    """A second connection asks for the rest, and the sum over both is right."""
    hub.mood["cut"] = 1
    assert brought(house, "cut")["status"] == "complete"
    first = "text_encoder/model.safetensors"
    assert hub.bytes_asked(first) == [0, hub.sent[first] // 2]
    assert hub.sent[first] == place(house, "cut").joinpath(first).stat().st_size


def test_a_worker_killed_in_the_middle_costs_nothing(house: House, hub: Hub) -> None:
    """Kill -9, and the next worker asks for the second half only; the job is the same, and the time left is told."""
    hub.mood |= {"step": 1 << 16, "pause": 0.04}
    job = str(ask("download_model", model="killed")["id"])
    eventually(lambda: hub.sent.get(LARGE, 0) > 2_200_000, 30, "half of it")
    running = control.job(job, Caller())
    assert " of 5.2 MB, " in running["stage"] and 0 < running["eta_s"] < 60
    os.kill(house.holder(job), signal.SIGKILL)
    assert house.until([job])[0]["status"] == "complete"
    starts, size = hub.bytes_asked(LARGE), place(house, "killed").joinpath(LARGE).stat().st_size
    assert len(starts) == 2 and starts[1] > 1_500_000, starts  # what was under way when it died is asked for again
    assert hub.sent[LARGE] < size + 1_000_000
    assert hub.bytes_asked("text_encoder/model.safetensors") == [0]  # what was whole is not asked for again
    assert stored(job)["attempts"] == 2
    assert_invariants(house.home, [job])


def test_pause_and_resume(house: House, hub: Hub) -> None:
    """A pause is heard within a second, keeps what came and says so; the same job goes on from there."""
    hub.mood |= {"step": 1 << 15, "pause": 0.05}
    job = str(ask("download_model", model="paused")["id"])
    assert {ask("download_model", model=name)["id"] for name in ("paused", "twin")} == {job}  # it comes once, for both who share its folder
    assert refused("delete_model", model="paused").code == "CONFLICT"
    eventually(lambda: hub.sent.get(LARGE, 0) > 800_000, 30, "some of it")
    began = time.monotonic()
    control.cancel(job, Caller())
    house.until([job])
    assert stored(job)["status"] == "cancelled" and time.monotonic() - began < patience(1)
    assert listed("paused")["download"]["part_bytes"] > 400_000 and listed("paused")["state"] == "download"
    hub.mood.clear()
    control.requeue(job, Caller())
    assert house.until([job])[0]["status"] == "complete"
    assert hub.bytes_asked(LARGE)[1] > 400_000


def test_a_silent_server_is_left_within_its_patience(house: House, hub: Hub) -> None:
    """Nothing for a second is a broken connection; after two the job waits, with a sentence; a cancel ends even that at once."""
    hub.mood |= {"step": 1 << 10, "pause": 30}
    job = str(ask("download_model", model="silent")["id"])
    eventually(lambda: stored(job)["message"], 20, "a sentence")
    assert stored(job)["message"].endswith("127.0.0.1 sent nothing for 1 seconds. What has come is kept.")
    assert len(hub.bytes_asked("text_encoder/model.safetensors")) == 2
    control.cancel(job, Caller())
    house.until([job])


def test_a_drip_counts_as_broken(house: House, hub: Hub) -> None:
    """A server that keeps sending hardly anything is not waited for for ever."""
    hub.mood |= {"step": 1 << 11, "pause": 0.1}
    job = str(ask("download_model", model="drip")["id"])
    eventually(lambda: "sends less than 40 kB a second" in stored(job)["message"], 30, "a sentence")
    assert hub.bytes_asked("text_encoder/model.safetensors")[-1] > 0  # what dripped is not lost
    control.cancel(job, Caller())
    house.until([job])


def test_a_server_without_ranges_and_one_that_lies_about_them(house: House, hub: Hub) -> None:
    """What does not continue is begun anew, and the sum decides."""
    hub.mood |= {"cut": 1, "plain": True}
    assert brought(house, "plain")["status"] == "complete"
    assert hub.bytes_asked("text_encoder/model.safetensors")[1] > 0
    hub.mood |= {"cut": 1, "plain": False, "shift": 7}
    assert brought(house, "busy")["status"] == "complete"


def test_a_fault_of_the_server_is_tried_again(house: House, hub: Hub) -> None:
    """A 500, and then it comes."""
    hub.mood["fail"] = 1
    assert brought(house, "failing")["status"] == "complete"


def test_what_comes_damaged_comes_once_more_and_never_into_its_place(house: House, hub: Hub) -> None:
    """One wrong sum is another try; two are an error, and there is no folder that could be taken for the model."""
    hub.mood["damage"] = 1
    assert brought(house, "damaged")["status"] == "complete"
    hub.mood["damage"] = 99
    job = brought(house, "wrong")
    assert job["status"] == "error" and job["error"]["code"] == "MODEL_NOT_READY" and "checksum differs" in job["error"]["message"]
    assert not place(house, "wrong").exists() and not listed("wrong")["ready"]
    hub.mood.clear()
    assert brought(house, "wrong")["status"] == "complete"


def test_a_model_that_was_cut_off_is_mended(house: House, hub: Hub) -> None:
    """A file in its place that lost its end is noticed, and only what is missing comes again."""
    assert brought(house, "mended")["status"] == "complete"
    broken = place(house, "mended") / LARGE
    size = broken.stat().st_size
    os.truncate(broken, size // 2)
    assert "cut off" in listed("mended")["missing"]
    hub.asked.clear()
    assert brought(house, "mended")["result"]["ready"]
    assert hub.bytes_asked(LARGE) == [size // 2] and broken.stat().st_size == size
    assert hub.bytes_asked("vae/diffusion_pytorch_model.safetensors") == []


def test_terms_tokens_and_consent(house: House, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is gated names its page and the token; non-commercial weights want a yes; the token reaches the hub and nobody else."""
    error = refused("download_model", model="closed")
    assert error.code == "MODEL_NOT_READY" and f"{hub.url}/tiny/closed" in error.message and "HF_TOKEN" in error.message
    assert listed("closed")["state"] == "key" and not listed("closed")["download"]["can"]
    job = brought(house, "shut")  # gated since its row was written
    assert job["status"] == "error" and f"terms at {hub.url}/tiny/shut" in job["error"]["message"]
    error = refused("download_model", model="research")
    assert error.code == "VALIDATION_ERROR" and "may not be used commercially (A licence)" in error.message
    assert brought(house, "research", consent=True)["status"] == "complete"
    assert json.loads((place(house, "research") / RECORD).read_text())["consent"] is True
    secrets = house.home / "secrets.yaml"
    secrets.write_text(f"HF_TOKEN: {TOKEN}\n")
    secrets.chmod(0o600)
    hub.asked.clear()
    assert brought(house, "closed")["status"] == "complete"
    assert {told for server, _, _, told in hub.asked if server == "hub"} == {f"Bearer {TOKEN}"}
    assert {told for server, _, _, told in hub.asked if server == "cdn"} == {""}
    secrets.write_text("HF_TOKEN: hf_another\n")
    assert "may not read it" in brought(house, "shut")["error"]["message"]
    secrets.unlink()
    assert all(TOKEN.encode() not in path.read_bytes() for path in house.home.rglob("*") if path.is_file())


@pytest.mark.parametrize(("mood", "sentence"), [(404, "has no tiny/gone at the pinned commit"), (410, "refuses tiny/gone (status 410)")])
def test_a_repository_that_is_gone(house: House, hub: Hub, mood: int, sentence: str) -> None:
    """The job ends with what to do."""
    hub.mood["listing"] = mood
    assert sentence in brought(house, "gone")["error"]["message"]


@pytest.mark.parametrize("name", ["../evil.json", "/etc/evil.json", "unet/../../evil.safetensors", "C:\\evil.json", "unet/../../evil.txt"])
def test_a_name_that_leads_out_stops_everything(house: House, hub: Hub, name: str) -> None:
    """Nothing is written anywhere."""
    hub.listed.append({"rfilename": name, "size": 3, "blobId": "0" * 40, "lfs": {"sha256": "0" * 64, "size": 3}})
    job = brought(house, "thrown")
    assert "a name that is not taken" in job["error"]["message"]
    written = {each for _, _, names in os.walk(house.home.parent) for each in names}  # what other tests delete meanwhile is no news
    assert not any(each.startswith("evil") for each in written) and not place(house, "thrown").exists()


def test_what_the_disk_cannot_hold_is_refused_at_once(house: House) -> None:
    """In gigabytes, before anything is asked for."""
    error = refused("download_model", model="endless")
    assert error.code == "STORAGE_FULL" and "9000000.0 GB" in error.message and "STUDIO_MODELS_FOLDER" in error.message


def test_what_cannot_be_downloaded(house: House) -> None:
    """Rows without weights, pickles, and names that are none."""
    assert "are pickles, which the studio does not bring" in refused("download_model", model="pickled").message
    assert "no model 'hole' with weights; did you mean whole?" in refused("download_model", model="hole").message
    assert refused("delete_model", model="sketch").code == "VALIDATION_ERROR"


def test_a_full_disk_in_the_middle_keeps_what_came(hub: Hub, tmp_path: Path) -> None:
    """The disk fills while it comes: STORAGE_FULL in words; after making room it goes on."""
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(tmp_path)], capture_output=True).returncode:
        pytest.skip("a small disk can only be made by root")
    with contextlib.ExitStack() as stack:
        stack.callback(subprocess.run, ["umount", "-l", str(tmp_path)], check=True)
        house = stack.enter_context(beside(hub, HUB + row("full", gb=0.0001), disk_floor_mb=0, models_folder=tmp_path))
        job = brought(house, "full")
        assert job["error"]["code"] == "STORAGE_FULL" and "then resume" in job["error"]["message"], job
        subprocess.run(["mount", "-o", "remount,size=9m", str(tmp_path)], check=True)
        (tmp_path / "ballast").write_bytes(b"x" * 2_500_000)
        hub.mood |= {"step": 1 << 16, "pause": 0.06}
        control.requeue(job["id"], Caller())
        eventually(lambda: hub.sent.get(LARGE, 0) > 500_000, 30, "some of it")
        with open(tmp_path / "ballast", "ab") as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(b"x" * 100_000)
                ballast.flush()
        assert '"STORAGE_FULL"' in house.until([job["id"]])[0]["error"]
        (tmp_path / "ballast").unlink()
        hub.mood.clear()
        control.requeue(job["id"], Caller())
        assert house.until([job["id"]])[0]["status"] == "complete"
        assert hub.bytes_asked(LARGE)[-1] > 200_000


def test_deleting_gives_the_disk_back(house: House, hub: Hub) -> None:
    """The model and what a stopped download left go; a model that is waited for stays."""
    assert brought(house, "thrown")["status"] == "complete"
    os.kill(house.workers("gpu")[0], signal.SIGSTOP)
    try:
        waiting = house.start("thrown", width=None, height=None)
        assert "1 unfinished jobs need" in refused("delete_model", model="thrown").message
        control.cancel(waiting, Caller())
    finally:
        os.kill(house.workers("gpu")[0], signal.SIGCONT)
    house.until([waiting])
    assert ask("delete_model", model="thrown")["freed_bytes"] > 5_000_000
    assert not place(house, "thrown").exists() and listed("thrown")["state"] == "download"
    assert refused("generate_image", prompt="a cat", model="thrown").code == "MODEL_NOT_READY"


def test_what_a_model_needs_beside_it_comes_with_it(house: House, hub: Hub) -> None:
    """One job brings both, as far as they can be brought; what is here already is not asked for again."""
    assert brought(house, "pair")["result"]["bytes"] > 10_000_000
    assert place(house, "mate").is_dir() and listed("pair")["ready"] and not place(house, "pickled").exists()
    ask("delete_model", model="mate")
    assert brought(house, "pair")["result"]["bytes"] < 6_000_000 and place(house, "mate").is_dir()


def test_without_a_network_it_says_so(house: House, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """No hub, no traceback; and an owner who keeps the studio offline is obeyed."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "is to stay offline (HF_HUB_OFFLINE is set)" in refused("download_model", model="gone").message
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    for server in hub.servers:
        server.shutdown()
        server.server_close()
    job = str(ask("download_model", model="gone")["id"])
    eventually(lambda: stored(job)["message"], 20, "a sentence")
    assert stored(job)["message"].endswith(
        "127.0.0.1 cannot be reached; see whether this machine is online. Nothing is lost; it can be resumed."
    )
    control.cancel(job, Caller())
    house.until([job])
