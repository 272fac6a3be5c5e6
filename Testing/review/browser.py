"""A real Chromium on a real ``lightm review``: starting both, and what a reviewer does."""

from __future__ import annotations

import base64
import io
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from Testing.data.system_tools import system_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium (extra 'dev')")

from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

PATIENCE = 300.0
"""Seconds; a machine that has other things to do needs most of them."""

AXIAL, CORONAL, SAGITTAL = "Red", "Green", "Yellow"

_SAVE = """
const [ending, done] = arguments;
window.trame.trigger("lightm_save", [ending]).then((file) => {
  if (!file) return done(null);
  const reader = new FileReader();
  reader.onload = () => done([file.name, reader.result.split(",")[1]]);
  reader.readAsDataURL(new Blob([file.content]));
});
"""


class Server:
    """``lightm review`` in a process of its own; edits are kept below ``cache``."""

    def __init__(self, cache: Path, *arguments: str, **variables: str) -> None:
        command = [sys.executable, "-m", "LightMSegmentationLib.cli.main", "review", "--no-browser", "--port", "0"]
        environment = {**os.environ, "XDG_CACHE_HOME": str(cache), **variables}
        self._process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True, env=environment)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"no address in {line!r}"
        self.address = found[0]

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def stop(self) -> int:
        """End it as Ctrl-C does and return its exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(60)

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.wait(60)


@contextmanager
def serving(cache: Path, *arguments: str, **variables: str) -> Iterator[Server]:
    """Give a server that ends with the block."""
    server = Server(cache, *arguments, **variables)
    try:
        yield server
    finally:
        if server.is_running:
            server.stop()


@contextmanager
def chromium(width: int = 1280, height: int = 720) -> Iterator[Any]:
    """Give a Chromium of its own, with its own cookies."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(system_tool("chromium"))
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=str(system_tool("chromedriver")))
    driver = webdriver.Chrome(options=options, service=service)
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.set_script_timeout(PATIENCE)
    try:
        yield driver
    finally:
        driver.quit()


class Reviewer:
    """Somebody in front of the page."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver = driver
        driver.get(address)

    def sees(self, name: str) -> Any:
        """Return what the page shows under a name of its state."""
        script = "return window.trame && window.trame.state ? window.trame.state.get(arguments[0]) : null"
        return self.driver.execute_script(script, name)

    def waits(self, condition: Callable[[], Any]) -> Any:
        """Wait until a condition holds and return what it gave."""
        return WebDriverWait(self.driver, PATIENCE, 0.5).until(lambda _: condition())

    def waits_for_page(self) -> None:
        """Wait until the page is built and listens to keys."""
        self.waits(lambda: self.driver.execute_script("return !!window.lightm && window.lightm.isListening"))

    def waits_for_scan(self) -> None:
        """Wait until a scan is on the screen."""
        self.waits_for_page()
        self.waits(lambda: self.sees("CaseState__is_open") and not self.sees("CaseState__is_loading"))
        self.waits(lambda: self.find(".layout-grid-item img"))

    def sends(self, path: Path) -> None:
        """Choose a file in the page."""
        self.clicks("#open-file")
        self.waits(lambda: self.driver.find_elements(By.ID, "chosen-files"))[0].send_keys(str(path))

    def clicks(self, selector: str) -> None:
        """Click what can be clicked by then."""
        element = self.waits(lambda: self.find(selector))
        self.waits(element.is_enabled)
        element.click()

    def find(self, selector: str) -> Any:
        """Return an element that is shown, or None."""
        elements = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return next((element for element in elements if element.is_displayed()), None)

    def presses(self, key: str, *, ctrl: bool = False) -> None:
        """Press a key on the page."""
        script = (
            "document.body.dispatchEvent(new KeyboardEvent('keydown', "
            "{key: arguments[0], ctrlKey: arguments[1], bubbles: true, cancelable: true}))"
        )
        self.driver.execute_script(script, key, ctrl)

    def saves(self, ending: str) -> tuple[str, bytes]:
        """Return name and content of what the page hands over."""
        name, content = self.driver.execute_async_script(_SAVE, ending)
        return name, base64.b64decode(content)

    def view(self) -> Any:
        """Return the first view of the layout: the axial one."""
        return self.waits(lambda: self.find(".layout-grid-item"))

    def pixels(self) -> np.ndarray:
        """Return the axial view as it is on the screen (row, column, RGB)."""
        box = self.view().rect
        screen = Image.open(io.BytesIO(self.driver.get_screenshot_as_png())).convert("RGB")
        corner = (int(box["x"]), int(box["y"]))
        return np.asarray(screen.crop((*corner, corner[0] + int(box["width"]), corner[1] + int(box["height"]))))

    def strokes(self, start: tuple[int, int], step: tuple[int, int], steps: int = 6) -> None:
        """Draw with the left button in the axial view, from ``start`` (x, y from its center)."""
        actions = ActionChains(self.driver, duration=60)
        actions.move_to_element_with_offset(self.view(), *start).click_and_hold()
        for _ in range(steps):
            actions.move_by_offset(*step)
        actions.release().perform()

    def takes(self, tool: str, segment: int) -> None:
        """Choose a segment of the list, and a tool."""
        self.driver.find_elements(By.CSS_SELECTOR, ".lightm-segments .v-list-item")[segment].click()
        self.clicks(f"#tool-{tool}")
        self.waits(lambda: tool in str(self.sees("SegmentEditorState__active_effect_name")).lower())

    def rests(self, seconds: float) -> None:
        """Look at the page for a while: what must not happen can't be waited for."""
        deadline = time.monotonic() + seconds
        self.waits(lambda: time.monotonic() > deadline)

    def complaints(self) -> list[str]:
        """Return what the browser complained about."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
