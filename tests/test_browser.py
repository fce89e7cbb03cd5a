"""A headless Chromium drives a JupyterLab that course.py starts, as a learner does."""

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
pytestmark = pytest.mark.browser


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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """Start `course.py lab --here --no-browser`; return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("jupyter")
    environment = {
        k: v for k, v in os.environ.items() if k not in ("CONVCOURSE_STATIC",)
    }
    environment.pop("PYTEST_CURRENT_TEST", None)
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        environment[f"JUPYTER_{name}"] = str(home / name)
    for name in ("SETTINGS", "WORKSPACES"):
        environment[f"JUPYTERLAB_{name}_DIR"] = str(home / name)
    command = [sys.executable, "course.py", "lab", "--here", "--no-browser"]
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


@pytest.fixture(scope="module")
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


def run_all(page):
    """Run all cells; return the errors that the notebook now holds."""
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(IDLE, timeout=180_000)
    return page.evaluate(ERRORS)


def test_lab_opens_the_first_notebook_with_nothing_over_it(open_notebook, browser):
    page = open_notebook()
    assert page.url.split("?")[0].endswith("/lab/tree/notebooks/00_start_here.ipynb")
    page.wait_for_timeout(1500)  # a pop-up would have come by now
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert browser.foreign == []


@pytest.mark.parametrize("chapter", ["00_start_here", "01_convolution_1d"])
def test_a_chapter_runs_from_top_to_bottom(open_notebook, chapter):
    page = open_notebook(f"/lab/tree/notebooks/{chapter}.ipynb?reset")
    cells = page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.cells.length"
    )
    assert run_all(page) == []
    slider = page.locator(".widget-slider .noUi-handle").first
    slider.wait_for(timeout=60_000)
    slider.scroll_into_view_if_needed()
    picture = page.locator(".widget-image, img.jupyter-widgets").first
    before = picture.get_attribute("src")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "([image, old]) => image.src !== old && image.complete && image.naturalWidth > 0",
        arg=[picture.element_handle(), before],
        timeout=30_000,
    )
    for key in "abx":  # in JupyterLab they insert and cut cells
        page.keyboard.press(key)
    assert cells == page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.cells.length"
    )
    assert [s for s in page.said if "favicon" not in s] == []


def test_an_exercise_goes_on_past_failed_checks_and_validates(open_notebook, course):
    page = open_notebook(
        "/lab/tree/exercises/01_convolution_1d/01_convolution_1d.ipynb?reset"
    )
    said = run_all(page)
    assert said and all(error.startswith("NotAttempted") for error in said)
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    dialog.wait_for(timeout=120_000)
    assert "not" in dialog.inner_text().lower()
    assert (
        "NotAttempted" in dialog.inner_text() or "failed" in dialog.inner_text().lower()
    )


def test_saving_a_copy_leaves_the_course_as_it_was(open_notebook, course):
    tracked = course / "notebooks/00_start_here.ipynb"
    source = course / "sources/notebooks/00_start_here.py"
    before = tracked.read_bytes(), source.read_bytes()
    page = open_notebook("/lab/tree/notebooks/00_start_here.ipynb?reset")
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0)"
        ".sharedModel.setSource('# mine')"
    )
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
    )
    assert "# mine" in (course / "work/notebooks/00_start_here.ipynb").read_text()
    assert (tracked.read_bytes(), source.read_bytes()) == before


def test_every_extension_is_ok(server):
    for command in (["labextension"], ["server", "extension"]):
        done = subprocess.run(
            [sys.executable, "-m", "jupyter", *command, "list"],
            capture_output=True,
            text=True,
        )
        text = re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)
        wanted = {
            "labextension": ("jupytext", "nbgrader", "jupyterlab-manager", "slideshow")
        }
        for name in wanted.get(
            command[0], ("jupytext", "validate_assignment", "formgrader")
        ):
            lines = [x for x in text.splitlines() if name in x and "OK" in x]
            assert lines, f"{name} is not OK:\n{text}"
        assert " X" not in text and "disabled" not in text
