"""A private JupyterLab in a headless Chromium: notebooks typed into, clicked and read, with nothing from outside.

Tests that use `lab` fail when a page reports an error or asks for anything beyond this machine, and skip where there
is no Chromium. Screenshots go to `build/screenshots`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
TOKEN = "contacthub-tests"
PATIENCE = 60_000
"""Milliseconds to wait for a front end on a busy machine."""

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "notebook-extension/tracker": {"windowingMode": "none"},  # or cells off the screen are not in the page
    "docmanager-extension/plugin": {"autosave": False},
}


class Notebook:
    """An open notebook: its page, and the few things that the tests do with it."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def run(self) -> None:
        """Run all cells and wait for the last."""
        done = self.page.evaluate(
            """() => Promise.race([
                window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => 'done'),
                new Promise(resolve => setTimeout(() => resolve('timeout'), 60000))])"""
        )
        assert done == "done"

    def cell(self, number: int) -> Any:
        return self.page.locator(".jp-CodeCell").nth(number)

    def answer(self, number: int) -> str:
        """Run a cell, as a person who looks at the widget above and then runs the next cell, and read its output."""
        self.page.evaluate(
            """(number) => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = number;
                notebook.deselectAll();
                return window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            number,
        )
        return self.cell(number).locator(".jp-OutputArea-output").inner_text(timeout=PATIENCE).strip()

    def theme(self, name: str) -> None:
        self.page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
        # The theme fades in behind a splash screen.
        light = "false" if "Dark" in name else "true"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached", timeout=PATIENCE)
        self.page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=PATIENCE)

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


class Lab:
    """JupyterLab and a browser: opens notebooks of given cells."""

    def __init__(self, root: Path, base: str, browser: Any) -> None:
        self.root, self.base, self.browser = root, base, browser
        self.errors: list[str] = []
        self.outside: list[str] = []

    def open(self, name: str, *cells: str) -> Notebook:
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, self.root / f"{name}.ipynb")
        page = self.browser.new_page(viewport={"width": 1280, "height": 960})
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._note)
        page.goto(f"{self.base}/doc/tree/{name}.ipynb?token={TOKEN}&reset", wait_until="domcontentloaded")
        page.locator(".jp-Notebook").wait_for(state="attached", timeout=PATIENCE)
        page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=PATIENCE)
        # Ask the application: its indicator says idle while there is no kernel yet, and running would open a dialog.
        page.wait_for_function(
            """() => { const kernel = window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel;
                       return kernel?.status === 'idle' && kernel?.connectionStatus === 'connected'; }""",
            timeout=PATIENCE,
        )
        return Notebook(page)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.base, self.base.replace("http", "ws"), "data:", "blob:")):
            self.outside.append(request.url)


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A server with its own folders for configuration, settings, workspaces and run-time files."""
    root = tmp_path_factory.mktemp("notebooks")
    home = tmp_path_factory.mktemp("jupyter")
    for name, value in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    log = home / "jupyter.log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}",
        "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        environment = os.environ | {name: str(home / folder) for name, folder in folders.items()}
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"{base}/api/status?token={TOKEN}", server, log)
            yield root, base
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE // 200):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1) as answer:
            answer.read()
            return
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def lab(jupyter: tuple[Path, str]) -> Iterator[Lab]:
    if CHROMIUM is None:
        pytest.skip("There is no Chromium on this machine: apt-get install chromium.")
    from playwright.sync_api import sync_playwright

    root, base = jupyter
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS, headless=True)
        lab = Lab(root, base, browser)
        yield lab
        browser.close()
    assert lab.errors == []
    assert lab.outside == []
