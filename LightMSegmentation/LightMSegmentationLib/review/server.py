"""Serving reviews until Ctrl-C: what ``lightm review`` runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import webbrowser
from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.review.admission import Admission, cookie_key, is_loopback, new_token
from LightMSegmentationLib.review.gateway import Gateway
from LightMSegmentationLib.review.session_settings import SessionSettings
from LightMSegmentationLib.review.sessions import Sessions
from LightMSegmentationLib.user_folders import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from LightMSegmentationLib.inference.settings import SegmentationSettings

TOKEN_VARIABLE = "LIGHTM_REVIEW_TOKEN"
_SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class ReviewOrder:
    """What to review, and where to listen; port 0 takes a free one."""

    input: Path | None
    series: str | None
    queue: Path | None
    source: Path | None
    segmentation: SegmentationSettings
    host: str = "127.0.0.1"
    port: int = 0
    opens_browser: bool = True


def serve(order: ReviewOrder, say: Callable[[str], object]) -> None:
    """Serve until Ctrl-C or SIGTERM; ``say`` gets the address.

    Raises
    ------
    UsageError
        When the token of the environment is too short.
    UnusableInputError
        When the address can't be listened on.
    """
    asyncio.run(_serve(order, say))


def review_folder() -> Path:
    """Return the private folder for kept edits and the key of cookies."""
    return cache_folder() / "review"


async def _serve(order: ReviewOrder, say: Callable[[str], object]) -> None:
    folder = review_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    token = _token(order.host)
    settings = SessionSettings(
        secret="",
        reviewer="",
        uploads="",
        autosaves=str(folder / "edits"),
        input=_absolute(order.input),
        series=order.series,
        queue=_absolute(order.queue),
        source=_absolute(order.source),
        segmentation=order.segmentation,
    )
    gateway = Gateway(Admission(order.host, cookie_key(folder / "cookie-key"), token), Sessions(settings))
    try:
        port = await gateway.start(order.port)
    except OSError as error:
        cause = f"{order.host}:{order.port} can't be listened on ({error.strerror or error})."
        raise UnusableInputError(cause, "Choose another port with --port, or 0 for a free one.") from error
    try:
        address = f"http://{_named(order.host)}:{port}/" + (f"?token={token}" if token else "")
        say(f"Review at {address}")
        if order.opens_browser:
            await asyncio.to_thread(webbrowser.open, address)
        await _until_stopped()
    finally:
        await gateway.close()


def _token(host: str) -> str | None:
    """Return the token that browsers have to show; None where only this computer can come in and none was set."""
    given = os.environ.get(TOKEN_VARIABLE)
    if given and len(given) < _SHORTEST_TOKEN:
        cause = f"The token in {TOKEN_VARIABLE} has less than {_SHORTEST_TOKEN} characters."
        raise UsageError(cause, "Take a longer one, or none: then one is made.")
    return given or (None if is_loopback(host) else new_token())


def _named(host: str) -> str:
    """Return a host as it stands in an address that can be opened on this computer."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt
            loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
