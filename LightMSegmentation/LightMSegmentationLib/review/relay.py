"""Passing a browser's requests on to the process of its session, and the answers back."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from LightMSegmentationLib.review.session_process import SECRET_HEADER

if TYPE_CHECKING:
    from LightMSegmentationLib.review.session_process import SessionProcess

_MOST_MESSAGE_BYTES = 64 << 20
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length", "content-encoding"}
_FROM_BROWSER = ("Accept", "Accept-Language", "If-None-Match", "If-Modified-Since", "Range")


async def relay_page(
    request: web.Request, client: aiohttp.ClientSession, session: SessionProcess
) -> web.StreamResponse:
    """Answer a GET with what the session's process answers."""
    headers = {name: request.headers[name] for name in _FROM_BROWSER if name in request.headers}
    headers[SECRET_HEADER] = session.secret
    address = f"{session.address}{request.rel_url}"
    async with client.get(address, headers=headers, allow_redirects=False) as answer:
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
        response = web.StreamResponse(status=answer.status, headers=kept)
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # the browser went away
            async for chunk in answer.content.iter_chunked(1 << 16):
                await response.write(chunk)
            await response.write_eof()
        return response


async def relay_socket(
    request: web.Request, client: aiohttp.ClientSession, session: SessionProcess
) -> web.WebSocketResponse:
    """Join the browser's web socket with one of the session's process, until either of them closes."""
    browser = web.WebSocketResponse(max_msg_size=_MOST_MESSAGE_BYTES, compress=False, heartbeat=30.0)
    await browser.prepare(request)
    session.page_came()
    try:
        async with client.ws_connect(
            f"{session.address}/ws", headers={SECRET_HEADER: session.secret}, max_msg_size=0, compress=0
        ) as process:
            ways = [asyncio.ensure_future(_pump(browser, process)), asyncio.ensure_future(_pump(process, browser))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
    except (aiohttp.ClientError, ConnectionError):
        pass  # the process is gone: closing the browser's end makes the page say so
    finally:
        session.page_left()
        await browser.close()
    return browser


async def _pump(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    sink: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.BINARY:
            await sink.send_bytes(message.data)
        elif message.type is aiohttp.WSMsgType.TEXT:
            await sink.send_str(message.data)
