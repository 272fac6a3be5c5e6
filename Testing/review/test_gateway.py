"""The review server refuses who must not come in, before any session is started."""

from __future__ import annotations

import asyncio
import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

pytest.importorskip("aiohttp", reason="needs the extra 'review'")

from Testing.review.browser import Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "a-token-for-this-test-only"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("cache")) as server:
        yield server


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("cache"), "--host", "0.0.0.0", LIGHTM_REVIEW_TOKEN=TOKEN) as server:
        yield server


def asked(
    server: Server, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> http.client.HTTPResponse:
    """Return the answer to one request; nothing is followed, no cookie is kept."""
    address = urlsplit(server.address)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers=given)
    return connection.getresponse()


def own_origin(server: Server) -> str:
    """Return what the server's own page sends as its origin."""
    return f"http://{urlsplit(server.address).netloc}"


def cookie_of(server: Server, path: str = "/") -> str:
    """Return the cookie that a first visit gives."""
    return str(asked(server, path).getheader("Set-Cookie")).partition(";")[0]


def test_on_this_computer_a_first_visit_gets_a_cookie_and_no_token_is_needed(local: Server) -> None:
    answer = asked(local, "/")
    cookie = str(answer.getheader("Set-Cookie"))
    assert (answer.status, answer.getheader("Location")) == (303, "/")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "token" not in local.address


def test_a_page_under_a_foreign_name_is_refused(local: Server) -> None:
    assert asked(local, "/", Host="rebound.example.org").status == 421


@pytest.mark.parametrize("origin", ["http://example.org", "null", "http://localhost:1"])
def test_a_request_that_acts_from_another_site_is_refused(local: Server, origin: str) -> None:
    cookie = cookie_of(local)
    for method, path in (("PUT", "/lightm/upload/a.nii"), ("DELETE", "/lightm/upload"), ("GET", "/ws")):
        assert asked(local, path, method, b"", Origin=origin, Cookie=cookie).status == 403


def test_a_request_that_acts_without_an_origin_is_refused(local: Server) -> None:
    assert asked(local, "/lightm/upload/a.nii", "PUT", b"", Cookie=cookie_of(local)).status == 403


def test_a_web_socket_without_a_cookie_is_refused(local: Server) -> None:
    assert asked(local, "/ws", Origin=own_origin(local)).status == 403


def test_every_answer_carries_the_headers_of_caution(local: Server) -> None:
    answer = asked(local, "/")
    assert "default-src 'self'" in str(answer.getheader("Content-Security-Policy"))
    assert answer.getheader("X-Frame-Options") == "DENY"
    assert answer.getheader("X-Content-Type-Options") == "nosniff"


def test_for_other_computers_the_address_carries_the_token(open_server: Server) -> None:
    assert open_server.address.endswith(f"?token={TOKEN}")


@pytest.mark.parametrize("path", ["/", "/?token=wrong", "/index.html", "/lightm/ready", "/?token="])
def test_without_the_token_nobody_comes_in(open_server: Server, path: str) -> None:
    answer = asked(open_server, path)
    assert answer.status == 403
    assert answer.getheader("Set-Cookie") is None
    assert b"asks for its token" in answer.read()


def test_with_the_token_a_browser_comes_in_and_the_address_loses_it(open_server: Server) -> None:
    answer = asked(open_server, f"/?token={TOKEN}")
    assert (answer.status, answer.getheader("Location")) == (303, "/")
    assert str(answer.getheader("Set-Cookie")).startswith("lightm_review=")


def test_the_token_can_be_typed(open_server: Server) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded", "Origin": own_origin(open_server)}
    right = asked(open_server, "/lightm/token", "POST", f"token={TOKEN}".encode(), **form)
    wrong = asked(open_server, "/lightm/token", "POST", b"token=guessed", **form)
    assert (right.status, wrong.status) == (303, 403)
    assert b"That is not the token." in wrong.read()


def test_a_cookie_that_was_made_up_does_not_replace_the_token(open_server: Server) -> None:
    made_up = f"lightm_review={'0' * 32}.{'0' * 64}"
    assert asked(open_server, "/", Cookie=made_up).status == 403


def test_a_cookie_of_a_server_without_token_does_not_open_one_with(local: Server, open_server: Server) -> None:
    assert asked(open_server, "/", Cookie=cookie_of(local)).status == 403


def test_a_session_answers_to_nobody_but_the_gateway() -> None:
    from aiohttp import web
    from aiohttp.test_utils import TestClient, TestServer
    from LightMSegmentationLib.review.session import only_with
    from LightMSegmentationLib.review.session_process import SECRET_HEADER

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="a case")

    async def statuses() -> list[int]:
        app = web.Application(middlewares=[only_with("secret")])
        app.router.add_get("/", page)
        async with TestClient(TestServer(app)) as client:
            given: list[dict[str, str]] = [{}, {SECRET_HEADER: "guessed"}, {SECRET_HEADER: "secret"}]
            return [(await client.get("/", headers=headers)).status for headers in given]

    assert asyncio.run(statuses()) == [403, 403, 200]


def test_the_server_ends_at_ctrl_c(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("cache")) as server:
        assert server.stop() == 0
