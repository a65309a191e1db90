"""The `openai` package speaking over our own wire: it knows the protocol, `Server` (http.py) knows whom to speak to, and for how long.

Whatever the package wants to send goes to `Server.call`: one deadline and one cap for all of it, the check of the job, the breaker, the
key. It is told neither the address nor the key, and never tries twice. Of its headers only PASSED go out, so nothing in the environment
(OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_CUSTOM_HEADERS, proxies…) has any effect. How a request is written is its affair, and no more:
answers are read by replies.py, and what `Server` raises comes out as it is.

Importing this module takes about a second and 20 MB, so engines do it in load(), and the page never does.
"""

import logging

import httpx2
from openai import OpenAI

from engines.clients.exchange import Check, Limits
from engines.clients.http import Server

HERE = "http://server"
"""Where the package believes the server to be."""
PASSED = ("Accept", "Content-Type", "X-Conversation-ID")
OWN = {"Accept": "application/json", "Content-Type": "application/json"}
logging.getLogger("openai").setLevel(logging.WARNING)  # whatever OPENAI_LOG says


class Wire(httpx2.BaseTransport):
    """Carries the requests of one call to a server that the owner configured."""

    def __init__(self, server: Server, limits: Limits, check: Check) -> None:
        self.server, self.limits, self.check = server, limits, check

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, if it is a good one. Raises what Server.call raises."""
        path = request.url.raw_path.decode("ascii")
        headers = {name: request.headers[name] for name in PASSED if name in request.headers}
        reply = self.server.call(request.method, path, self.check, limits=self.limits, content=request.read(), headers=headers)
        return httpx2.Response(reply.status, content=reply.body)


class Speaker(OpenAI):
    """The package's client with nothing of the environment in it."""

    @property
    def default_headers(self) -> dict[str, str]:  # type: ignore[override]
        """What goes with every request, whatever the environment adds."""
        return OWN


def speaker(server: Server, limits: Limits, check: Check) -> Speaker:
    """A client for one call to a server, within limits. To be closed."""
    client = httpx2.Client(transport=Wire(server, limits, check), trust_env=False)
    return Speaker(api_key="kept by Server", base_url=HERE, max_retries=0, http_client=client)
