"""The pool of warm models: how many stay, which goes first, who lets go of them, and what the studio says of it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from invariants import assert_invariants
from jobs_house import House, eventually, stored
from trial_engines import noted

from config import catalog, settings
from engines import memory, pool
from engines.errors import BadRequest, ModelNotReady, OutOfMemory, Unauthorized
from jobs import control
from jobs.control import Caller
from jobs.declared import DOORS
from jobs.supervisor import Supervisor

HELD = ', options: {{megabytes: {0}}}, memory_gb: {{full: {1}}}'
ROW = '{name}: {{engine: "tests.trial_engines:Heavy", for: [generate_image], hidden: true, lane: gpu{more}}}\n'


def heavy(*names: str, megabytes: int = 100, full: float = 0.1) -> str:
    """Rows of models that really hold so many megabytes and say that they need `full` gigabytes."""
    return "".join(ROW.format(name=name, more=HELD.format(megabytes, full)) for name in names)


@pytest.fixture
def shelf(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Three models of 100 MB and two that nothing has room for, on the CPU."""
    monkeypatch.setenv("STUDIO_DEVICE", "cpu")
    settings.cache_clear()
    rows = heavy("a", "b", "c") + heavy("vast", full=10**6) + ROW.format(name="torn", more=", options: {megabytes: 1, full: 99}")
    (home / "models.yaml").write_text(rows + 'light: {engine: "engines.image.flat:Flat", for: [generate_image], hidden: true}\n')
    catalog.cache_clear()
    yield home
    pool.empty()
    pool._sizes.clear()


def limited(monkeypatch: pytest.MonkeyPatch, **named: object) -> None:
    """Settings for the rest of a test."""
    for name, setting in named.items():
        monkeypatch.setenv(f"STUDIO_{name.upper()}", str(setting))
    settings.cache_clear()


def test_as_many_stay_warm_as_there_is_room(shelf: Path) -> None:
    """On a machine with room for all, none is loaded twice; what each holds is measured, whatever its row says."""
    for name in ("light", "a", "b", "c", "a", "b", "c"):
        pool.engine(name)
    assert pool.warm() == ["light", "a", "b", "c"] and noted(shelf, "load") == 3
    assert set(pool.heavy()) == {"a", "b", "c"}
    assert all(90e6 < entry.held < 200e6 for entry in pool.heavy().values())


def test_the_one_used_longest_ago_goes_first(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A use counts, not the age; light engines never go."""
    limited(monkeypatch, warm_gb=0.25)
    pool.engine("light")
    pool.engine("a"), pool.engine("b")
    with pool.using("a"):
        pass
    pool.engine("c")
    assert pool.warm() == ["light", "a", "c"]


def test_one_that_fits_nowhere_takes_all_there_is(shelf: Path) -> None:
    """Whoever is in use stays all the same."""
    with pool.using("a"):
        pool.engine("b")
        pool.engine("vast")
        assert pool.warm() == ["a", "vast"]


def test_memory_that_is_given_back_is_the_systems_again(shelf: Path) -> None:
    """After the end of three models the process is as small as before, within a tenth of them."""
    before = memory.held("cpu")
    for name in ("a", "b", "c"):
        pool.engine(name)
    assert memory.held("cpu") - before > 270e6
    assert pool.release() == ["a", "b", "c"]
    assert memory.held("cpu") - before < 30e6 and pool.warm() == []


def test_out_of_memory_while_loading_or_working_lets_others_go(shelf: Path) -> None:
    """Before a model gives up, the models that nobody uses make room for it, the oldest first."""
    pool.engine("a")
    pool.engine("b")
    with pytest.raises(OutOfMemory):
        pool.engine("torn")
    assert pool.warm() == [] and noted(shelf, "unload", "Heavy") >= 3
    pool.engine("a"), pool.engine("b")
    with pool.using("c") as engine:
        assert engine.make_room() and pool.warm() == ["b", "c"]
        assert engine.make_room() and not engine.make_room()


def test_what_is_unused_for_long_goes_and_what_works_stays(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep-alive counts from the last use; asked to go during its work, a model goes right after."""
    limited(monkeypatch, keep_alive_minutes=0.2 / 60)
    pool.engine("a")
    with pool.using("b"):
        time.sleep(0.3)
        pool.engine("c")
        assert pool.expire() == ["a"] and pool.release(["b"]) == []
        assert pool.warm() == ["b", "c"]
    assert pool.warm() == ["c"]
    limited(monkeypatch, keep_alive_minutes=0)
    with pool.using("c"):
        assert pool.warm() == ["c"]
    assert pool.warm() == []


def test_many_threads_and_a_model_that_is_let_go_of_all_the_time(shelf: Path) -> None:
    """Nobody works with an unloaded model."""
    wrong: list[str] = []

    enough = threading.Event()

    def work() -> None:
        while not enough.is_set():
            with pool.using("a") as engine:
                wrong.extend(["cold"] * (engine.block is None))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while noted(shelf, "load") < 4 and time.monotonic() < until:
        pool.release(["a"])
    enough.set()
    for thread in threads:
        thread.join(60)
    assert not wrong and noted(shelf, "load") >= 4


def test_a_light_engine_does_not_wait_for_a_heavy_one(shelf: Path) -> None:
    """While a large model loads, the others go on."""
    with pool._loading[True]:
        thread = threading.Thread(target=pool.engine, args=("light",))
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
    with pytest.raises(ModelNotReady, match="no longer in the catalog"):
        pool.engine("nobody")


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    """Free is what it may still take, files that the kernel only keeps for later not counted; both kinds of control groups."""
    total, free = memory.main_memory()
    assert 0 < free < total
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n")
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    for name, text in {"memory.max": "1000000000", "memory.current": "700000000", "memory.stat": "anon 5\ninactive_file 200000000"}.items():
        (group / name).write_text(text)
    assert memory.main_memory(tmp_path) == (1_000_000_000, 500_000_000)
    (group / "memory.max").write_text("max")
    assert memory.main_memory(tmp_path) == (total, 8_000_000 * 1024)


def knock(name: str, **values: object) -> dict[str, object]:
    """A verb by its name."""
    return DOORS[name].work(values, Caller())


def lane() -> dict[str, object]:
    """What the queue's state says of the gpu lane."""
    return control.status(Caller())["lanes"]["gpu"]


def test_unloading_from_outside_and_the_end_of_an_idle_worker(home: Path) -> None:
    """A worker that has let go of everything ends and a fresh one does the next job, with no attempt used; nothing is warm twice."""
    with House(home, heavy("a", "b", megabytes=20), device="cpu", lease_seconds=30) as house:
        assert lane()["warm"] == [] and knock("unload_models") == {"unloaded": [], "in_use": []}
        first = [house.start(name, steps=2) for name in ("a", "b")]
        house.until(first)
        shown = {each["model"]: each for each in lane()["warm"]}
        assert set(shown) == {"a", "b"} and all(0 < each["gb"] < 0.5 and each["device"] == "cpu" for each in shown.values())
        (pid,) = house.workers("gpu")
        assert knock("unload_models", model="a") == {"unloaded": ["a"], "in_use": []}
        assert [each["model"] for each in lane()["warm"]] == ["b"] and house.workers("gpu") == [pid]
        busy = house.start("b", steps=60)
        house.until_status(busy, "generating")
        knock("unload_models")
        following = house.start("b", steps=2)
        ended = house.until([busy, following])
        assert [(job["status"], job["attempts"]) for job in ended] == [("complete", 1)] * 2
        knock("unload_models")
        eventually(lambda: house.workers("gpu") not in ([pid], []), 20, "a fresh worker")
        assert lane()["warm"] == []
        last = house.until([house.start("a", steps=2)])[0]
        assert (last["status"], last["attempts"]) == ("complete", 1) and house.workers("gpu") != [pid]
    assert_invariants(home, [*first, busy, following, last["id"]])


def test_an_idle_worker_ends_by_itself_whatever_comes(home: Path) -> None:
    """Jobs that arrive just as it leaves are done by the next one."""
    with House(home, heavy("a", megabytes=1), device="cpu", keep_alive_minutes=0.3 / 60, lease_seconds=30) as house:
        jobs, pids = [], set()
        for pause in (0.1, 0.9, 0.5, 0.7, 0.6, 0.8):
            jobs.append(house.start("a", steps=2))
            house.until(jobs[-1:])
            pids |= set(house.workers("gpu"))
            time.sleep(pause)
        assert {(stored(job)["status"], stored(job)["attempts"]) for job in jobs} == {("complete", 1)}
        assert len(pids) > 1
        eventually(lambda: lane()["warm"] == [], 10, "an end of everything warm")
    assert_invariants(home, jobs)


def test_threads_of_one_process_let_go_in_place(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inline there is no process to end: the model goes, the studio stays; once it is stopped nobody writes into its home."""
    limited(monkeypatch, workers="inline", device="cpu", keep_alive_minutes=0.5 / 60, grace_seconds=1)
    (home / "models.yaml").write_text(heavy("a", megabytes=20))
    catalog.cache_clear()
    studio = Supervisor()
    studio.start()
    try:
        for seed in (1, 2):
            job = str(control.start("generate_image", {"prompt": "x", "model": "a", "steps": 2, "seed": seed}, Caller())["id"])
            eventually(lambda job=job: stored(job)["completed_at"], 30, "the picture")
            assert stored(job)["status"] == "complete"
            eventually(lambda: not pool.heavy() and not lane()["warm"], 20, "letting go")
    finally:
        studio.stop()
        pool.empty()
    assert noted(home, "load") == noted(home, "unload") >= 2 and not pool._listeners


def test_who_may_unload_what(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown names are refused with the nearest; among strangers nobody unloads what others use."""
    with pytest.raises(BadRequest, match="did you mean sdxl"):
        knock("unload_models", model="sdxll")
    limited(monkeypatch, public="true")
    with pytest.raises(Unauthorized, match="models that nobody uses go by themselves"):
        knock("unload_models")
