"""The process of one session: ``python -m LightMSegmentationLib.review.session``, started by the gateway.

The first line of standard input holds the settings; what follows tells whether a page is open. The first line of
standard output tells the port. When standard input ends, because the gateway closed it or died, the last edits
are kept and the process ends.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import sys
import threading
from typing import TYPE_CHECKING

from LightMSegmentationLib.review.session_process import PAGE_LEFT, SECRET_HEADER
from LightMSegmentationLib.review.session_settings import SessionSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from LightMSegmentationLib.review.app import ReviewApp

_SECONDS_TO_CLOSE = 8.0


def main() -> None:
    """Serve one session until standard input ends."""
    settings = SessionSettings.of_line(sys.stdin.buffer.readline().decode())
    told = os.dup(1)
    os.dup2(2, 1)  # libraries print
    # The worker of this session inherits no standard input: what ends it is its own.
    _app(settings, told).server.start(
        port=0,
        host="127.0.0.1",
        open_browser=False,
        show_connection_info=False,
        timeout=0,
        exec_mode="main",
    )


def _app(settings: SessionSettings, told: int) -> ReviewApp:
    from trame.app import get_server

    from LightMSegmentationLib.review.app import ReviewApp

    server = get_server("lightm-review", client_type="vue3")
    app = ReviewApp(server, settings)

    def on_bind(web_server: object) -> None:
        web_server.app.middlewares.append(only_with(settings.secret))  # type: ignore[attr-defined]

    def on_ready(**_: object) -> None:
        os.write(told, (json.dumps({"port": server.port}) + "\n").encode())
        loop = asyncio.get_running_loop()
        threading.Thread(target=_follow_standard_input, args=(loop, app), daemon=True).start()
        loop.create_task(app.logic.start())  # noqa: RUF006 (trame keeps the loop's tasks alive as long as the process)

    server.controller.on_server_bind.add(on_bind)
    server.controller.on_server_ready.add(on_ready)
    return app


def only_with(secret: str) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return a middleware that refuses everyone but the gateway."""
    from aiohttp import web

    @web.middleware
    async def check(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, ""), secret):
            return web.Response(status=403, text="This address is for lightm review only.")
        return await handler(request)

    return check


def _follow_standard_input(loop: asyncio.AbstractEventLoop, app: ReviewApp) -> None:
    """Keep edits whenever the gateway tells that the page is gone, and end with the gateway."""
    while told := os.read(0, 4096):
        follow = app.logic.on_page_left if told.endswith(PAGE_LEFT) else app.logic.on_page_came
        asyncio.run_coroutine_threadsafe(follow(), loop)
    asyncio.run_coroutine_threadsafe(_close(app), loop)


async def _close(app: ReviewApp) -> None:
    try:
        await asyncio.wait_for(app.logic.close(), _SECONDS_TO_CLOSE)
    finally:
        # Slicer's scene and trame's server need a long farewell that nobody waits for; everything is on the disk.
        os._exit(0)


if __name__ == "__main__":
    main()
