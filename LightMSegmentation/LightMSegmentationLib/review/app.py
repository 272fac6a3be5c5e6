"""The app of one session: Slicer's core, the logic, the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.app import TrameApp
from trame_slicer import module as trame_slicer_module
from trame_slicer.core import SlicerApp

from LightMSegmentationLib import __version__
from LightMSegmentationLib.resources import resource_path
from LightMSegmentationLib.review.logic import ReviewLogic
from LightMSegmentationLib.review.page import ReviewPage

if TYPE_CHECKING:
    from trame_server import Server

    from LightMSegmentationLib.review.session_settings import SessionSettings


class ReviewApp(TrameApp):
    """What a browser sees; ``logic`` is started once the server answers."""

    def __init__(self, server: Server, settings: SessionSettings) -> None:
        super().__init__(server)
        self.server.enable_module(trame_slicer_module)
        self.server.enable_module(_own_module())
        self.slicer_app = SlicerApp()
        self.logic = ReviewLogic(self.server, self.slicer_app, settings)
        self.page = ReviewPage(self.server, self.logic)
        self.logic.set_ui(self.page)


def _own_module() -> dict[str, object]:
    """Return style and script of the page as trame serves them; the version keeps browsers from using old ones."""
    name = f"lightm_review_{__version__}"
    return {
        "serve": {name: str(resource_path("Review"))},
        "scripts": [f"{name}/review.js"],
        "styles": [f"{name}/review.css"],
    }
