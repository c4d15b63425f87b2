"""The documentation pages in a real browser, with the real server behind them and no internet."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from tests.support.prefix_proxy import run_prefix_proxy
from tests.support.running_server import RunningServer
from tools.browser import find_browser

ARGUMENTS = ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
DEADLINE_MILLISECONDS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run headless Chromium."""
    path = find_browser()
    assert path is not None, "there is no Chromium; 'make browser' installs one"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def prefixed_url(server: RunningServer) -> Iterator[str]:
    """Return the address of the service behind a proxy that takes a prefix off the paths."""
    with run_prefix_proxy(server) as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page that fails the test for each error it has, and for each request that leaves the service."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    page = context.new_page()
    page.set_default_timeout(DEADLINE_MILLISECONDS)
    expect.set_options(timeout=DEADLINE_MILLISECONDS)
    errors: list[str] = []
    foreign: list[Request] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: foreign.extend([request] if _is_foreign(request) else []))
    yield page
    context.close()
    assert errors == []
    # Redoc would show its makers' logo; the page's policy keeps the browser from asking for it.
    assert {request.failure for request in foreign} <= {"csp"}


def _is_foreign(request: Request) -> bool:
    address = urlsplit(request.url)
    return address.scheme not in {"data", "blob"} and address.hostname != "127.0.0.1"


def test_swagger_ui_shows_every_operation(server: RunningServer, page: Page) -> None:
    page.goto(f"{server.url}/docs")
    expect(page.locator(".opblock")).to_have_count(12)
    expect(page.get_by_role("heading", name="ml-service")).to_be_visible()


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_try_it_out_sends_the_example_and_shows_the_answer(server: RunningServer, page: Page, path: str) -> None:
    page.goto(f"{server.url}/docs")
    assert_shows_the_answer(page, path)


@pytest.mark.parametrize("start", ["/", "/docs", "/docs/"])
def test_try_it_out_works_below_a_prefix_that_a_proxy_takes_off(prefixed_url: str, page: Page, start: str) -> None:
    page.goto(f"{prefixed_url}{start}")
    assert_shows_the_answer(page, "/predict")


@pytest.mark.parametrize("path", ["/redoc", "/redoc/"])
def test_redoc_names_the_service_below_a_prefix_that_a_proxy_takes_off(
    prefixed_url: str, page: Page, path: str
) -> None:
    page.goto(f"{prefixed_url}{path}")
    expect(page.get_by_text(prefixed_url, exact=True).first).to_be_visible()


def assert_shows_the_answer(page: Page, path: str) -> None:
    """Fail unless the operation at `path` answers to its own example."""
    operation = page.locator(".opblock", has=page.locator(f'[data-path="{path}"]'))
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_contain_text("200")
    expect(answer.locator(".response-col_description")).to_contain_text('"model_version": "example"')


def test_try_it_out_shows_a_refusal(server: RunningServer, page: Page) -> None:
    page.goto(f"{server.url}/docs")
    operation = page.locator(".opblock", has=page.locator('[data-path="/predict"]'))
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").fill('{"features": ["a"]}')
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_contain_text("422")
    expect(answer.locator(".response-col_description")).to_contain_text("must be a number, not a string")


def test_redoc_shows_the_document(server: RunningServer, page: Page) -> None:
    page.goto(f"{server.url}/redoc")
    expect(page.get_by_role("heading", name="ml-service")).to_be_visible()
    expect(page.get_by_text("/predict/batch").first).to_be_visible()
