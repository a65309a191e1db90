"""A person sees and touches only what is theirs; a password closes everything; keys and cookies say who comes."""

import asyncio
import json
import re
import stat
import time

import httpx
import pytest
from doorways import rest, tool
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

SMALL = {"width": 64, "height": 64}


class As:
    """A studio as one of its visitors sees it."""

    def __init__(self, studio, **options) -> None:
        self.url, self.http = studio.url, httpx.Client(base_url=studio.url, timeout=60, **options)


@pytest.fixture(scope="module")
def public(studio_with):
    return studio_with(public="true", waiters="8")


@pytest.fixture(scope="module")
def locked(studio_with):
    return studio_with(password="open sesame")


@pytest.fixture(scope="module")
def two(public):
    """Alice and Bob, and a picture of Alice's."""
    alice, bob = As(public), As(public)
    return alice, bob, rest(alice, "generate_image", {"prompt": "alice's garden", **SMALL})


def test_one_owner_at_home(studio) -> None:
    assert studio.http.get("/api/v1/me").json()["owner"] == "local"
    assert "set-cookie" not in studio.http.get("/").headers


def test_the_secret_is_for_us_alone(studio) -> None:
    studio.http.get("/api/v1/me")
    assert stat.S_IMODE((studio.home / "secret").stat().st_mode) == 0o600


def test_visitors_keep_their_owner(two) -> None:
    alice, bob, picture = two
    assert alice.http.get("/api/v1/me").json()["owner"] == alice.http.get("/api/v1/me").json()["owner"]
    assert alice.http.get("/api/v1/me").json()["owner"] != bob.http.get("/api/v1/me").json()["owner"]
    assert [job["id"] for job in alice.http.get("/api/v1/jobs").json()["jobs"]] == [picture["id"]]
    assert bob.http.get("/api/v1/jobs").json()["jobs"] == []
    cookie = httpx.get(alice.url + "/").headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_what_is_another_persons_is_not_there(two) -> None:
    alice, bob, picture = two
    job, output = picture["id"], picture["outputs"][0]
    for path in (
        f"/api/v1/jobs/{job}",
        f"/generations/{job}",
        f"/api/v1/jobs/{job}/events",
        output["url"],
        output["thumbnail"],
        f"/jobs/{job}/preview",
    ):
        reply = bob.http.get(path)
        assert reply.status_code == 404 and reply.json()["error"]["code"] == "JOB_NOT_FOUND", path
    for word in ("cancel", "requeue", "vary", "favourite", "move"):
        assert bob.http.post(f"/api/v1/jobs/{job}/{word}", json={}).status_code == 404, word
    assert bob.http.delete(f"/api/v1/jobs/{job}").status_code == 404
    assert (
        bob.http.post("/api/v1/generate_image", json={"prompt": "x", "variation_of": output["id"], "variation_strength": 0.5}).status_code
        == 422
    )
    assert alice.http.get(output["url"]).status_code == 200


def test_nobody_stops_everybodys_work(two) -> None:
    """A lane holds other visitors' jobs too."""
    alice, _, _ = two
    for verb in ("pause_queue", "resume_queue"):
        reply = alice.http.post(f"/api/v1/{verb}", json={"lane": "cpu"})
        assert reply.status_code == 401 and reply.json()["error"]["code"] == "UNAUTHORIZED"
    assert not alice.http.get("/api/v1/queue").json()["lanes"]["cpu"]["paused"]


def test_gradios_files_are_the_owners(public) -> None:
    alice, bob = As(public), As(public)
    key = alice.http.get("/api/v1/me").json()["key"]
    job = public.client(headers={"Authorization": f"Bearer {key}"}, download_files=False).predict(
        prompt="mine", **SMALL, api_name="/generate_image"
    )
    path = job["outputs"][0]["file"]["path"]
    assert alice.http.get(f"/gradio_api/file={path}").status_code == 200
    assert bob.http.get(f"/gradio_api/file={path}").status_code == 404
    sent = alice.http.post("/gradio_api/upload", files={"files": ("a.png", b"abc")}).json()[0]
    file = {"path": sent, "meta": {"_type": "gradio.FileData"}}
    stolen = bob.http.post("/gradio_api/call/v2/generate_image", json={"prompt": "x", "image": file})
    assert stolen.status_code == 422 and "not uploaded here" in stolen.text
    assert bob.http.get(f"/gradio_api/file={sent}").status_code == 404


def test_keys_bring_programs_in_as_the_same_person(public, two) -> None:
    alice, _, picture = two
    key = {"Authorization": f"Bearer {alice.http.get('/api/v1/me').json()['key']}"}
    assert httpx.get(f"{public.url}/api/v1/jobs/{picture['id']}", headers=key).status_code == 200
    client = public.client(headers=key)
    assert client.predict(job_id=picture["id"], api_name="/get_job")["id"] == picture["id"]
    assert "alice's garden" in tool(public, "get_job", {"job_id": picture["id"]}, headers=key).content[0].text
    with pytest.raises(Exception, match="JOB_NOT_FOUND"):
        public.client().predict(job_id=picture["id"], api_name="/get_job")


def test_an_agent_stays_one_visitor(public) -> None:
    first, second = [], []

    async def call(name: str, values: dict, session) -> dict:
        result = await session.call_tool(name, values)
        return {} if result.isError else json.loads(result.content[0].text)

    async def talk(ids: list[str]) -> None:
        async with streamable_http_client(public.url + "/mcp") as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            made = await call("generate_image", {"prompt": "an agent's well", **SMALL}, session)
            assert (await call("get_job", {"job_id": made["id"]}, session))["id"] == made["id"]
            ids += [each["id"] for each in (await call("list_jobs", {}, session))["jobs"]]

    asyncio.run(talk(first))
    asyncio.run(talk(second))
    assert len(first) == len(second) == 1 and first != second


def test_gradio_client_stays_one_visitor(public) -> None:
    client = public.client()
    job = client.predict(prompt="a bench", **SMALL, api_name="/generate_image")
    assert [each["id"] for each in client.predict(api_name="/list_jobs")["jobs"]] == [job["id"]]


@pytest.mark.parametrize("change", ["letter", "owner", "empty", "kind"])
def test_forged_keys_are_nobodys(public, two, change: str) -> None:
    alice, _, picture = two
    me = alice.http.get("/api/v1/me").json()
    forged = {
        "letter": me["key"][:-1] + ("A" if me["key"][-1] != "A" else "B"),
        "owner": me["key"].replace(me["owner"], "local"),
        "empty": "tk-",
        "kind": "tk-" + next(iter(alice.http.cookies.values())),
    }[change]
    assert httpx.get(f"{public.url}/api/v1/jobs/{picture['id']}", headers={"Authorization": f"Bearer {forged}"}).status_code == 404
    cookies = dict.fromkeys(alice.http.cookies, forged)
    assert httpx.get(f"{public.url}/api/v1/jobs/{picture['id']}", cookies=cookies).status_code == 404


def test_the_stream_tells_each_their_own(two) -> None:
    alice, bob, picture = two
    for who, sees in ((alice, True), (bob, False)):
        with who.http.stream("GET", "/events") as stream:
            first = next(line for line in stream.iter_lines() if line.startswith("data: "))
            assert (picture["id"] in first) is sees


def test_published_pictures_are_anybodys_while_published(two) -> None:
    alice, bob, _ = two
    song = rest(alice, "create_song", {"title": "For all", "lyrics": "one verse"})
    job = rest(alice, "illustrate_song", {"song_id": song["id"], **SMALL})
    assert job["status"] == "complete", job["error"]
    rest(alice, "publish_song", {"song_id": song["id"]})
    page = bob.http.get(f"/songs/{song['slug']}").text
    pictures = re.findall(r'src="([^"]+)"', page)
    assert pictures and all(bob.http.get(each).status_code == 200 for each in pictures)
    rest(alice, "publish_song", {"song_id": song["id"], "published": False})
    assert all(bob.http.get(each).status_code == 404 for each in pictures)
    assert all(alice.http.get(each).status_code == 200 for each in pictures)


INSIDE = [
    "/",
    "/config",
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/startup-events",
    "/gradio_api/app_id",
    "/gradio_api/token",
    "/gradio_api/heartbeat/x",
    "/gradio_api/queue/data?session_hash=x",
    "/gradio_api/mcp/schema",
    "/gradio_api/mcp/",
    "/mcp",
    "/theme.css",
    "/events",
    "/metrics",
    "/api/v1/jobs",
    "/api/v1/me",
    "/api/v1/openapi.json",
    "/generations",
    "/artifacts/x",
    "/songs/x",
    "/static/x",
    "/assets/x",
    "/nothing",
    "//health",
    "/health/..",
    "/./api/v1/jobs",
    "/API/v1/jobs",
    "/health%2f..",
    "/login/../api/v1/jobs",
    "/robots.txt",
    "/manifest.json",
]


def test_a_password_closes_everything_but_the_door(locked) -> None:
    stranger = httpx.Client(base_url=locked.url, timeout=20)
    assert stranger.get("/health").json()["status"] == "ok"
    for path in INSIDE:
        reply = stranger.get(path)
        assert reply.status_code == 401 and reply.json()["error"]["code"] == "UNAUTHORIZED", (path, reply.status_code)
    for path in (
        "/gradio_api/cancel",
        "/gradio_api/reset",
        "/gradio_api/queue/join",
        "/gradio_api/run/list_jobs",
        "/gradio_api/upload",
        "/api/v1/generate_image",
        "/gradio_api/stream/x",
        "/mcp",
        "/gradio_api/component_server",
    ):
        assert stranger.post(path, json={}).status_code == 401, path
    page = stranger.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 303 and page.headers["location"].startswith("/login")


def test_the_login_page(locked) -> None:
    visitor = httpx.Client(base_url=locked.url, timeout=20, headers={"Accept": "text/html"})
    form = visitor.get("/login?next=/songs/x")
    assert form.status_code == 200 and 'value="/songs/x"' in form.text and "http" not in re.sub(r"<!doctype.*?>", "", form.text)
    assert (
        'value="/"' in visitor.get("/login?next=https://evil.example").text
        and 'value="/"' in visitor.get("/login?next=//evil.example").text
    )
    wrong = visitor.post("/login", data={"password": "guess"})
    assert wrong.status_code == 401 and "not the password" in wrong.text
    right = visitor.post("/login", data={"password": "open sesame", "next": "/songs/x"})
    assert right.status_code == 303 and right.headers["location"] == "/songs/x"
    assert visitor.get("/").status_code == 200


@pytest.mark.parametrize("options", [{"headers": {"Authorization": "Bearer open sesame"}}, {"auth": ("anyone", "open sesame")}])
def test_programs_bring_the_password(locked, options) -> None:
    assert httpx.get(locked.url + "/api/v1/jobs", **options).status_code == 200
    assert locked.client(**options).predict(api_name="/queue_status")["lanes"]
    me = httpx.get(locked.url + "/api/v1/me", headers={"Authorization": "Bearer open sesame"}).json()
    assert httpx.get(locked.url + "/api/v1/jobs", headers={"Authorization": f"Bearer {me['key']}"}).status_code == 200


def test_guessing_is_slow(start_studio) -> None:
    one = start_studio(password="long and dull")
    codes = [httpx.get(one.url + "/api/v1/jobs", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(20)]
    assert codes[:5] == [401] * 5 and set(codes[5:]) == {429}
    assert httpx.get(one.url + "/health", headers={"Authorization": "Bearer 99"}).json()["status"] == "ok"  # what watches it is told anyway
    late = httpx.post(one.url + "/login", data={"password": "long and dull"})
    assert late.status_code == 429 and int(late.headers["retry-after"]) <= 61


def test_a_new_password_ends_old_keys(home, monkeypatch) -> None:
    from config import settings
    from studio import access

    monkeypatch.setenv("STUDIO_PASSWORD", "first")
    settings.cache_clear()
    key = access.api_key("local")
    assert access.visitor({"authorization": f"Bearer {key}"}, "1.2.3.4").admitted
    monkeypatch.setenv("STUDIO_PASSWORD", "zwölf Öfen")
    settings.cache_clear()
    typed = {"authorization": "Bearer zwölf Öfen".encode().decode("latin-1")}  # as a server sees what curl sends
    assert access.visitor(typed, "1.2.3.4").admitted
    assert not access.visitor({"authorization": f"Bearer {key}"}, "1.2.3.4").admitted


def test_a_pass_runs_out(home, monkeypatch) -> None:
    from config import settings
    from studio import access

    monkeypatch.setenv("STUDIO_PASSWORD", "first")
    settings.cache_clear()
    cookie = access.pass_cookie().split(";")[0]
    assert access.visitor({"cookie": cookie}, "x").admitted
    soon = time.time() + access.MONTH + 1
    monkeypatch.setattr(access.time, "time", lambda: soon)
    assert not access.visitor({"cookie": cookie}, "x").admitted
