"""A Hugging Face Space: behind a proxy, inside another site's frame, open to everybody."""

import httpx

SMALL = {"width": 64, "height": 64}


def test_inside_a_space_cookies_may_be_a_third_partys(home, monkeypatch) -> None:
    from studio import access

    monkeypatch.setenv("SYSTEM", "spaces")
    assert access.owner_cookie("v1").endswith("HttpOnly; SameSite=None; Secure; Partitioned")


def test_a_space_answers_to_its_own_name(start_studio, monkeypatch) -> None:
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "me/troubadour")
    monkeypatch.setenv("SPACE_HOST", "me-troubadour.hf.space")
    one = start_studio(host="0.0.0.0")
    proxied = {"Host": "me-troubadour.hf.space", "X-Forwarded-Proto": "https", "X-Forwarded-For": "9.9.9.9"}
    url = one.url.replace("localhost", "127.0.0.1")
    page = httpx.get(url + "/config", headers=proxied)
    assert page.json()["root"] == "https://me-troubadour.hf.space"
    assert "https://huggingface.co" in page.headers["content-security-policy"]
    assert httpx.get(url + "/health", headers={"Host": "evil.example"}).status_code == 403
    made = {"prompt": "x", **SMALL}
    ours = proxied | {"Origin": "https://me-troubadour.hf.space", "Cookie": page.headers["set-cookie"].split(";")[0]}
    assert httpx.post(url + "/api/v1/generate_image", headers=ours, json=made).status_code == 202
    assert len(httpx.get(url + "/api/v1/jobs", headers=ours).json()["jobs"]) == 1
    assert httpx.get(url + "/api/v1/jobs", headers=proxied).json()["jobs"] == []
    assert httpx.post(url + "/api/v1/generate_image", headers=ours | {"Origin": "https://huggingface.co"}, json=made).status_code == 403
