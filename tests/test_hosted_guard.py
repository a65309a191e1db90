"""The guard before addresses that somebody else gave, and the signature of those who call here."""

import base64
import hashlib
import hmac
import socket
from pathlib import Path
from typing import Any

import pytest
from hosted_loopback import HostedLoopback
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from engines.clients import guard
from engines.clients.exchange import Limits
from engines.clients.guard import Wanted, fetch, public
from engines.clients.replicate import verified
from engines.errors import Cancelled, Unauthorized, Unavailable

LIMITS = Limits(2.0, 1)
NAMES = {"files.example": ["93.184.215.14"], "mixed.example": ["93.184.215.14", "10.0.0.1"], "home.example": ["127.0.0.1"]}
SECRET = SecretStr("whsec_" + base64.b64encode(b"a secret of the server's").decode())


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1",
     "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "2001:db8::1", "not an address", ""],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    """This machine, networks of one's own, the metadata service, and all of these dressed up as IPv6."""
    assert not public(address)


def test_what_is_public() -> None:
    """The open internet."""
    assert public("93.184.215.14") and public("2606:4700:4700::1111") and public("64:ff9b::5db8:d70e")


@given(st.ip_addresses())
def test_public_is_never_private(address: Any) -> None:
    """Whatever the address."""
    if public(str(address)):
        assert address.is_global and not address.is_loopback and not address.is_multicast


@pytest.mark.parametrize(
    "address",
    ["http://files.example/a.png", "https://mixed.example/a.png", "https://home.example/a.png", "https://127.1/a.png", "https://2130706433/",
     "https://[::1]/a.png", "https://user:word@files.example/", "ftp://files.example/", "https://", "//files.example/a", "C:\\a.png",
     "https://files.example/\r\nX: y", "https://unknown.example/a.png", "data:text/html,x", "https://files.example:99999/"],
)  # fmt: skip
def test_nothing_is_opened_that_does_not_pass(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No request leaves; a name with even one private address is refused; the sentence does not repeat the address."""
    looked_up(monkeypatch)
    monkeypatch.setattr(guard, "exchange", lambda *_, **__: pytest.fail("a request went out"))
    with pytest.raises(Unavailable) as refused:
        fetch(address, tmp_path / "a", Wanted("image/", "the server", "http://127.0.0.1:1"), lambda: None, LIMITS)
    assert "example" not in refused.value.message


def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names as the table has them, other ones as the system has them; what was asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[Any]:
        asked.append(host)
        if host in NAMES:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in NAMES[host]]
        if host.endswith(".example"):
            raise socket.gaierror
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    monkeypatch.setattr(guard, "resolve", resolve)
    return asked


def test_the_connection_goes_to_the_address_that_was_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up once for each hop, stands in Host and in the certificate's name, and a redirect is checked as well."""
    asked, sent = looked_up(monkeypatch), []

    def exchange(request: dict[str, Any], *_: Any, **how: Any) -> tuple[int, dict[str, str], bytes]:
        sent.append(request)
        assert how == {"proxied": False}
        return (302, {"location": "https://home.example/secret"}, b"") if len(sent) == 1 else (200, {}, b"")

    monkeypatch.setattr(guard, "exchange", exchange)
    with pytest.raises(Unavailable, match="inside a private network"):
        fetch("https://files.example:8443/a.png?sign=1", tmp_path / "a", Wanted("image/", "it"), lambda: None, LIMITS)
    assert asked == ["files.example", "home.example"] and len(sent) == 1
    assert sent[0]["url"] == "https://93.184.215.14:8443/a.png?sign=1"
    assert sent[0]["headers"]["Host"] == "files.example:8443" and sent[0]["extensions"] == {"sni_hostname": "files.example"}
    assert "Authorization" not in sent[0]["headers"]


def test_a_redirect_to_nonsense_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is none that could be put together with the address before."""
    looked_up(monkeypatch)
    for nonsense in ("https://[", "//[::1", "https://ex\u2100mple.com/x"):
        monkeypatch.setattr(guard, "exchange", lambda *_, to=nonsense, **__: (302, {"location": to}, b""))
        with pytest.raises(Unavailable, match="no address"):
            fetch("https://files.example/a.png", tmp_path / "a", Wanted("image/", "it"), lambda: None, LIMITS)


def test_a_name_with_accents_has_one_spelling_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver, the server and the certificate are told the same plain letters."""
    asked, sent = looked_up(monkeypatch), []
    monkeypatch.setitem(NAMES, "xn--bcher-kva.example", ["93.184.215.14"])
    monkeypatch.setattr(guard, "exchange", lambda request, *_, **__: (sent.append(request), (200, {}, b""))[1])
    fetch("https://b\u00fccher.example/a.png", tmp_path / "a", Wanted("image/", "it"), lambda: None, LIMITS)
    assert asked == ["xn--bcher-kva.example"]
    assert sent[0]["headers"]["Host"] == sent[0]["extensions"]["sni_hostname"] == "xn--bcher-kva.example"


def test_only_the_configured_origin_is_taken_as_it_stands(tmp_path: Path) -> None:
    """Scheme, host and port; another port of the same machine is somebody else."""
    with HostedLoopback() as server:
        own, other = f"http://127.0.0.1:{server.server_port}", f"http://127.0.0.1:{server.server_port + 1}"
        address = f"{own}/good/files/picture.png"
        assert fetch(address, tmp_path / "a", Wanted("image/", "it", own), lambda: None, LIMITS).read_bytes().startswith(b"\x89PNG")
        for trusted in (other, "", own.replace("http", "https")):
            with pytest.raises(Unavailable):
                fetch(address, tmp_path / "b", Wanted("image/", "it", trusted), lambda: None, LIMITS)
        with pytest.raises(Unavailable, match="where video/… was due"):
            fetch(address, tmp_path / "b", Wanted("video/", "it", own), lambda: None, LIMITS)
        assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_cancel_is_heard_while_a_name_is_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the resolver is."""

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        fetch("https://files.example/a.png", tmp_path / "a", Wanted("image/", "it"), stop, LIMITS)


def signed(body: bytes, at: int, ident: str = "msg_1") -> dict[str, str]:
    """The headers of a call as Replicate signs it."""
    mac = hmac.new(b"a secret of the server's", f"{ident}.{at}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": ident, "webhook-timestamp": str(at), "webhook-signature": f"v2,abc v1,{base64.b64encode(mac).decode()}"}


def test_a_call_is_believed_if_it_is_signed_and_fresh() -> None:
    """Five minutes either way; one sign of the body, the id or the time changed and it is not."""
    body, good = b'{"id": "a"}', signed(b'{"id": "a"}', 1000)
    verified(good, body, SECRET, now=1299)
    for now in (1301.0, 699.0):
        with pytest.raises(Unauthorized):
            verified(good, body, SECRET, now=now)
    wrong = [good | {"webhook-id": "msg_2"}, good | {"webhook-timestamp": "1001"}, good | {"webhook-signature": "v1,"}, {}]
    wrong += [good | {"webhook-signature": good["webhook-signature"].replace("v1,", "v2,")}, good | {"webhook-timestamp": "nan"}]
    wrong += [good | {"webhook-signature": "v1,é☃"}, good | {"webhook-timestamp": "9" * 400}]
    for headers in wrong:
        with pytest.raises(Unauthorized):
            verified(headers, body, SECRET, now=1000)
    with pytest.raises(Unauthorized):
        verified(good, b'{"id": "b"}', SECRET, now=1000)
