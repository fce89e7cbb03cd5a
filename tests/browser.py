"""A JupyterLab that course.py starts, and a headless Chromium: shared fixtures."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHROMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
IDLE = (
    "() => window.jupyterapp.shell.currentWidget?.context?.sessionContext"
    "?.session?.kernel?.status === 'idle'"
)
ERRORS = (
    "() => [...window.jupyterapp.shell.currentWidget.content.model.cells]"
    ".flatMap(c => c.type === 'code' ? c.outputs.toJSON() : [])"
    ".filter(o => o.output_type === 'error').map(o => o.ename + ': ' + o.evalue)"
)


def chrome():
    """Return a browser's path, or skip; on CI a missing browser is a failure."""
    named = os.environ.get("CHROME_BIN")
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    for found in (named, *map(shutil.which, CHROMES), mac):
        if found and Path(found).exists():
            return found
    if os.environ.get("CI"):
        pytest.fail("no Chromium on this machine; .ci/run installs it")
    pytest.skip(
        "no Chromium or Chrome found: install one, or set CHROME_BIN to its path"
    )


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """Return a clone of the course whose .venv is this one's Python."""
    folder = tmp_path_factory.mktemp("course")
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(
        listing, cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in names.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@contextlib.contextmanager
def jupyter(course, home, *options):
    """Run `course.py lab --here --no-browser` with more options; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        k: v for k, v in os.environ.items() if k not in ("CONVCOURSE_STATIC",)
    }
    environment.pop("PYTEST_CURRENT_TEST", None)
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        environment[f"JUPYTER_{name}"] = str(home / name)
    for name in ("SETTINGS", "WORKSPACES"):
        environment[f"JUPYTERLAB_{name}_DIR"] = str(home / name)
    command = [sys.executable, "course.py", "lab", *options, "--here", "--no-browser"]
    command += [
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
    ]
    command += ["--expose-app-in-browser", "--ip=127.0.0.1"]
    log = open(home / "log", "w")
    process = subprocess.Popen(
        command, cwd=course, env=environment, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=1)
                break
            except OSError:
                assert process.poll() is None, (home / "log").read_text()[-2000:]
                time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGINT if os.name == "nt" else signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="session")
def server(course, tmp_path_factory):
    """Start a JupyterLab on a learner's copies; return its address."""
    with jupyter(course, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Return a Chromium that reaches nothing but this machine."""
    path = chrome()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chrome"),
            executable_path=path,
            headless=True,
            args=FLAGS,
            viewport={"width": 1400, "height": 1000},
            reduced_motion="reduce",
        )
        context.foreign = []
        context.playwright, context.executable = playwright, path  # for other kinds

        def gate(route):
            url = route.request.url
            if re.match(r"(http://127\.0\.0\.1|ws://127\.0\.0\.1|blob:|data:)", url):
                return route.continue_()
            context.foreign.append(url)
            return route.abort()

        context.route("**/*", gate)
        yield context
        context.close()


@pytest.fixture
def open_notebook(server, browser):
    """Return a function that opens a notebook and waits for its kernel."""
    opened = []

    def open_(path=""):
        page = browser.new_page()
        opened.append(page)
        page.said = []
        page.on(
            "console", lambda m: page.said.append(m.text) if m.type == "error" else None
        )
        page.on("pageerror", lambda e: page.said.append(str(e)))
        page.goto(f"{server}{path or '/'}", wait_until="domcontentloaded")
        page.wait_for_function("() => window.jupyterapp", timeout=60_000)
        page.evaluate("() => window.jupyterapp.restored")
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=60_000)
        page.wait_for_function(IDLE, timeout=60_000)
        return page

    yield open_
    for page in opened:
        page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
        page.close()


# the kernel rests between cells, and after an error the command ends at once: only
# counts tell that all cells ran, or that an error which is no check's ended the run
RAN = """() => {
  const code = [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(c => c.type === 'code' && c.sharedModel.getSource().trim());
  const stops = c => !(c.getMetadata('tags') ?? []).includes('raises-exception') &&
    c.outputs.toJSON().some(o => o.output_type === 'error');
  return code.every(c => c.executionCount) || code.some(stops);
}"""


def run_all(page):
    """Run all cells; return the errors that the notebook now holds."""
    run = "name => window.jupyterapp.commands.execute('notebook:' + name)"
    page.evaluate(run, "clear-all-cell-outputs")  # and the counts of stored runs
    page.evaluate(run, "run-all-cells")
    page.wait_for_function(RAN, timeout=180_000)
    page.wait_for_function(IDLE, timeout=180_000)
    return page.evaluate(ERRORS)
