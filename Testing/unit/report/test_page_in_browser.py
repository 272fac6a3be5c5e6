"""The page in a real Chromium: sorting, filtering and opening cases, by mouse and by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from LightMSegmentationLib.report.write import write_batch_report

from Testing.data.system_tools import system_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from Testing.unit.report.conftest import Results

webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium (extra 'dev')")

from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

COLUMNS = ("number", "patient", "day", "state", "liver", "tumor", "burden", "lesions", "largest", "seconds")


class Page:
    """The page, as a reader sees it."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser

    def find(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def wait_for(self, condition: Any) -> None:
        WebDriverWait(self.browser, 20).until(lambda _: condition())

    def cases(self) -> list[str]:
        """Return the numbers of the cases that are shown, in their order."""
        shown = [row for row in self.browser.find_elements(By.CSS_SELECTOR, "tbody.case") if row.is_displayed()]
        return [row.get_attribute("id").removeprefix("case-") for row in shown]

    def header(self, column: str) -> Any:
        return self.find(f'th[data-key="{column}"] button')

    def is_open(self, number: int) -> bool:
        button = self.find(f"#case-{number} .open")
        return button.get_attribute("aria-expanded") == "true" and self.find(f"#details-{number}").is_displayed()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give a Chromium that can reach nothing."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(system_tool("chromium"))
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,720",
    ):
        options.add_argument(argument)
    options.add_argument("--proxy-server=127.0.0.1:9")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=str(system_tool("chromedriver")))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: Any, results: Results) -> Page:
    write_batch_report(results.target, keep_identifiers=False)
    browser.get("about:blank")
    browser.get((results.target / "lightm-report.html").as_uri())
    return Page(browser)


def test_the_page_opens_with_all_cases_closed_and_without_complaint(page: Page) -> None:
    assert page.cases() == ["1", "2", "3", "4", "5", "6"]
    assert not any(page.is_open(number) for number in range(1, 7))
    assert page.find("#count").text == "6 cases"
    assert page.browser.get_log("browser") == []


def test_a_column_sorts_up_and_down_and_what_is_unknown_comes_last(page: Page) -> None:
    page.header("tumor").click()
    assert page.cases() == ["4", "1", "3", "2", "5", "6"]
    assert page.find('th[data-key="tumor"]').get_attribute("aria-sort") == "ascending"
    page.header("tumor").click()
    assert page.cases() == ["2", "3", "1", "4", "5", "6"]
    page.header("state").send_keys(Keys.ENTER)
    assert page.cases()[4:] == ["5", "6"]
    assert page.browser.execute_script("return document.querySelectorAll('[aria-sort]').length") == 1


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_sorts_by_keyboard_and_loses_no_case(page: Page, column: str) -> None:
    page.header(column).send_keys(Keys.SPACE)
    assert sorted(page.cases()) == ["1", "2", "3", "4", "5", "6"]


def test_cases_are_filtered_by_words_states_and_lesions(page: Page) -> None:
    page.find("#search").send_keys("patient 1")
    assert page.cases() == ["1", "2", "3"]
    assert page.find("#count").text == "3 of 6 cases"
    page.find("#search").send_keys(" day 92")
    assert page.cases() == ["2"]
    page.find("button[type=reset]").click()
    page.wait_for(lambda: len(page.cases()) == 6)
    page.find("input[name=state][value=done]").send_keys(Keys.SPACE)
    assert page.cases() == ["5", "6"]
    page.find("#search").send_keys("nothing like this")
    assert page.find("#nothing").is_displayed()
    page.find("button[type=reset]").click()
    page.wait_for(lambda: len(page.cases()) == 6)
    Select(page.find("#lesions")).select_by_value("with")
    page.wait_for(lambda: page.cases() == ["1", "2", "3", "4"])


def test_a_case_opens_by_mouse_and_keyboard_and_shows_picture_and_lesions(page: Page) -> None:
    page.find("#case-2 .row td").click()
    assert page.is_open(2)
    picture = page.find("#details-2 img")
    page.wait_for(lambda: page.browser.execute_script("return arguments[0].naturalWidth", picture) == 960)
    assert "3.20" in page.find("#details-2 table.lesions").text
    page.find("#case-2 .open").send_keys(Keys.ENTER)
    assert not page.is_open(2)
    page.find("#case-5 .open").send_keys(Keys.SPACE)
    assert "[file] is not a NIfTI file" in page.find("#details-5").text


def test_a_point_of_the_follow_up_leads_to_its_case_also_when_it_was_filtered_out(page: Page) -> None:
    page.find("#search").send_keys("case 5")
    assert page.cases() == ["5"]
    point = page.find('.chart a[aria-label^="Case 3,"]')
    page.browser.execute_script("arguments[0].focus()", point)
    point.send_keys(Keys.ENTER)
    page.wait_for(lambda: page.is_open(3))
    assert len(page.cases()) == 6


def test_a_failure_leads_to_its_case(page: Page) -> None:
    page.find("#failures a").send_keys(Keys.ENTER)
    page.wait_for(lambda: page.is_open(5))


def test_the_page_follows_the_reader_into_the_dark(page: Page) -> None:
    def background(scheme: str) -> str:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        return page.browser.execute_script("return getComputedStyle(document.body).backgroundColor")

    assert background("light") == "rgb(244, 246, 248)"
    assert background("dark") == "rgb(17, 22, 27)"


def test_without_its_script_the_page_shows_every_case_opened(page: Page) -> None:
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.browser.refresh()
    try:
        assert page.find("#details-1").is_displayed()
        assert page.find("#details-5").is_displayed()
    finally:
        page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
