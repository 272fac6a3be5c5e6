"""The server that browsers talk to: lets them in, gives each its session, takes their files."""

from __future__ import annotations

import asyncio
import contextlib
from string import Template
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from LightMSegmentationLib.errors import LightMError
from LightMSegmentationLib.resources import resource_path
from LightMSegmentationLib.review.admission import COOKIE, Admission
from LightMSegmentationLib.review.relay import relay_page, relay_socket
from LightMSegmentationLib.review.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from LightMSegmentationLib.review.session_process import SessionProcess

_DAYS_30 = 30 * 24 * 3600
_CHUNK = 1 << 20

# Vue compiles the page's templates in the browser, which takes 'unsafe-eval'; nothing is loaded from anywhere else.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Gateway:
    """The routes; ``start`` serves them until ``close``."""

    def __init__(self, admission: Admission, sessions: Sessions) -> None:
        self._admission = admission
        self._sessions = sessions
        self._client: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> int:
        """Listen on ``port``, 0 for a free one; return the port."""
        app = web.Application(middlewares=[self._guard])
        app.cleanup_ctx.append(self._working)
        app.on_response_prepare.append(_be_careful)
        app.add_routes(
            [
                web.get("/", self._front),
                web.post("/lightm/token", self._take_token),
                web.get("/lightm/ready", self._ready),
                web.put("/lightm/upload/{name}", self._upload),
                web.delete("/lightm/upload", self._clear_uploads),
                web.post("/paraview/", self._tell_socket),
                web.get("/ws", self._socket),
                web.get("/{path:.+}", self._page),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._admission.host, port)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Stop serving and end all sessions, their edits saved."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _working(self, _app: web.Application) -> AsyncIterator[None]:
        """Hold what the routes need while the server runs."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as self._client:
            watch = asyncio.ensure_future(self._sessions.end_what_is_left_alone())
            yield
            watch.cancel()
            await self._sessions.close()

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse who may not come in, and answer failures with their sentence."""
        try:
            return await self._admitted(request, handler)
        except LightMError as error:
            return web.json_response({"error": str(error)}, status=400)

    async def _admitted(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        if not self._admission.host_is_known(host):
            return web.Response(status=421, text="This server is not called that.")
        acts = request.method not in ("GET", "HEAD") or request.path == "/ws"
        if acts and not self._admission.origin_is_ours(request.headers.get("Origin"), host):
            return web.Response(status=403, text="This request comes from another site.")
        reviewer = self._admission.reviewer_of(request.cookies.get(COOKIE))
        if reviewer is not None:
            request["reviewer"] = reviewer
            return await handler(request)
        if request.path == "/lightm/token":
            return await handler(request)
        return self._first_visit(request)

    def _first_visit(self, request: web.Request) -> web.Response:
        """Give a new browser its cookie where it may come in, and take the token out of its address line."""
        given = request.query.get("token")
        if request.method != "GET" or request.path == "/ws":
            return web.Response(status=403, text="Load the page first.")
        if self._admission.token_is_right(given):
            return self._welcomed()
        return _document("token.html", status=403, wrong="" if given else "hidden")

    def _welcomed(self) -> web.Response:
        response = web.Response(status=303, headers={"Location": "/"})
        cookie = self._admission.new_cookie()
        response.set_cookie(COOKIE, cookie, max_age=_DAYS_30, httponly=True, samesite="Strict", path="/")
        return response

    async def _take_token(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = form.get("token")
        if self._admission.token is None or not isinstance(given, str) or not self._admission.token_is_right(given):
            await asyncio.sleep(1.0)  # makes guessing slow
            return _document("token.html", status=403, wrong="")
        return self._welcomed()

    def _session(self, request: web.Request) -> SessionProcess:
        return self._sessions.of(request["reviewer"])

    async def _front(self, request: web.Request) -> web.Response:
        """Lead to the page, or to one that waits until Slicer's core has started."""
        if "token" in request.query:
            return web.Response(status=303, headers={"Location": "/"})
        if self._session(request).is_ready:
            return web.Response(status=303, headers={"Location": "/index.html?reconnect=auto"})
        return _document("starting.html")

    async def _ready(self, request: web.Request) -> web.Response:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._session(request).ready(), 20.0)
        return web.json_response({"ready": self._session(request).is_ready})

    async def _page(self, request: web.Request) -> web.StreamResponse:
        session = self._session(request)
        if not session.is_ready:
            return web.Response(status=303, headers={"Location": "/"})
        assert self._client is not None
        return await relay_page(request, self._client, session)

    async def _tell_socket(self, request: web.Request) -> web.Response:
        """Answer what trame's page asks first: where its web socket is."""
        return web.json_response({"sessionURL": request.headers["Origin"].replace("http", "ws", 1) + "/ws"})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        session = self._session(request)
        await session.ready()
        assert self._client is not None
        return await relay_socket(request, self._client, session)

    async def _clear_uploads(self, request: web.Request) -> web.Response:
        self._session(request).uploads.clear()
        return web.json_response({})

    async def _upload(self, request: web.Request) -> web.Response:
        """Take one file of a scan; it is refused as soon as it is too large."""
        uploads = self._session(request).uploads
        path = uploads.place_for(request.match_info["name"])
        try:
            with path.open("wb") as sink:
                async for chunk in request.content.iter_chunked(_CHUNK):
                    uploads.add(len(chunk))
                    sink.write(chunk)
        except LightMError:
            path.unlink(missing_ok=True)
            raise
        return web.json_response({})


async def _be_careful(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers of caution on an answer before it goes out."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _document(name: str, status: int = 200, **values: str) -> web.Response:
    text = resource_path("Review", name).read_text(encoding="utf-8")
    return web.Response(status=status, text=Template(text).safe_substitute(values), content_type="text/html")
