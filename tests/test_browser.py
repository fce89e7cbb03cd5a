"""A headless Chromium drives a JupyterLab that course.py starts, as a learner does."""

import re
import subprocess
import sys

import pytest
from browser import ROOT, run_all

pytestmark = pytest.mark.browser


def test_lab_opens_the_first_notebook_with_nothing_over_it(open_notebook, browser):
    page = open_notebook()
    assert page.url.split("?")[0].endswith("/lab/tree/notebooks/00_start_here.ipynb")
    page.wait_for_timeout(1500)  # a pop-up would have come by now
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert browser.foreign == []


CHAPTERS = sorted(p.stem for p in (ROOT / "notebooks").glob("[0-9]*.ipynb"))


def number_of_cells(page):
    """Return how many cells the notebook has."""
    return page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.cells.length"
    )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_runs_from_top_to_bottom(open_notebook, chapter):
    page = open_notebook(f"/lab/tree/notebooks/{chapter}.ipynb?reset")
    cells = number_of_cells(page)
    assert run_all(page) == []
    if page.locator(".widget-slider").count():
        a_slider_redraws(page)
    else:
        figure = page.locator(".convcourse-figure").first
        figure.scroll_into_view_if_needed()
        figure.locator("input, button, select").first.focus()
    for key in "abx":  # in JupyterLab they insert and cut cells
        page.keyboard.press(key)
    assert cells == number_of_cells(page)
    assert [s for s in page.said if "favicon" not in s] == []


def a_slider_redraws(page):
    """Move the first slider by a key and wait for another picture."""
    slider = page.locator(".widget-slider .noUi-handle").first
    slider.wait_for(timeout=60_000)
    slider.scroll_into_view_if_needed()
    picture = page.locator(".widget-image, img.jupyter-widgets").first
    before = picture.get_attribute("src")
    slider.focus()
    label = page.locator(".widget-slider .widget-label").first
    assert slider.get_attribute("aria-label") == label.text_content()
    page.keyboard.press("Control+a")  # in JupyterLab it selects every cell
    assert page.locator(".jp-Notebook .jp-Cell.jp-mod-selected").count() <= 1
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "([image, old]) => image.src !== old && image.complete && image.naturalWidth > 0",
        arg=[picture.element_handle(), before],
        timeout=30_000,
    )


def test_an_exercise_goes_on_past_failed_checks_and_validates(open_notebook, course):
    page = open_notebook(
        "/lab/tree/exercises/01_convolution_1d/01_convolution_1d.ipynb?reset"
    )
    said = run_all(page)
    questions = page.evaluate(
        "() => [...window.jupyterapp.shell.currentWidget.content.model.cells]"
        ".filter(c => c.getMetadata('nbgrader')?.grade_id?.endsWith('-check')).length"
    )
    assert len(said) == questions > 0
    assert all(error.startswith("NotAttempted") for error in said)
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
