"""How fast do the live figures answer? Ratios to ``interact``, in one browser run.

Run it by hand on a quiet machine; it is no test::

    .venv/bin/python benchmarks/figures.py

One notebook in a real JupyterLab in headless Chromium, one kernel. The options take
turns; a key goes down, and the time runs to the first animation frame in which the new
picture is there. The ratios carry to another machine, the milliseconds less so.
"""

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

ROUNDS = 25
CHROME = os.environ.get("CHROME_BIN", "/usr/bin/chromium")
IDLE = (
    "() => window.jupyterapp?.shell.currentWidget?.context?.sessionContext"
    "?.session?.kernel?.status === 'idle'"
)
SETUP = """
%matplotlib inline
import numpy as np, matplotlib.pyplot as plt, ipywidgets
from convcourse import datasets, figures, kernels, ops, plots
photo = datasets.load("camera").x
x, w = [3, 1, 4, 1, 5, 9, 2, 6], [2, -1, 0.5]
def answer(weight=0):
    kernel = kernels.sobel(1) + weight * kernels.identity()
    return ops.correlate2d(photo, kernel, "same", "reflect")
"""
# name -> (code of the cell, how to find what takes the keys, what changes when drawn)
CELLS = {
    "interact + inline, 1-D steps": (
        "def f(n):\n    plt.show(figures.slide(x, w, n))\n"
        "ipywidgets.interact(f, n=(0, 9))",
        ".noUi-handle",
        "image",
    ),
    "interact + inline, 512x512": (
        "def g(weight):\n    fig, ax = plt.subplots(); ax.imshow(answer(weight))\n"
        "    plt.show()\nipywidgets.interact(g, weight=(-9, 9))",
        ".noUi-handle",
        "image",
    ),
    "live, matplotlib figure": (
        "def h(n=0):\n    return figures.slide(x, w, n)\nfigures.live(h, n=(0, 9))",
        ".noUi-handle",
        "image",
    ),
    "live, array 512x512": (
        "figures.live(answer, weight=(-9, 9))",
        ".noUi-handle",
        "image",
    ),
    "live, SVG": (
        "def s(a=0):\n    return f\"<svg width='300' height='90'><circle cx='{50 + 9 * a}'"
        " cy='45' r='40'/></svg>\"\nfigures.live(s, a=(0, 20))",
        ".noUi-handle",
        "svg",
    ),
    "F1 flip_slide": ("figures.flip_slide(x, w)", "input[type=range]", "figure"),
    "F2 gather_scatter, stamps": (
        "figures.gather_scatter([1, 2, 3], [1, 10, 100], stride=2)",
        "input[type=range]",
        "figure",
    ),
    "F3 kernel_lab, cursor 128x128": (
        "figures.kernel_lab('camera')",
        "input[type=range]",
        "figure",
    ),
    "F3 kernel_lab, weight 512x512": (
        "figures.kernel_lab(photo, kernel='sobel_x')",
        '[aria-label="w[0, 0]"]',
        "figure",
    ),
    "F6 conv_layer, weight": (
        "figures.conv_layer()",
        '[aria-label="w[0, 0, 0, 0]"]',
        "figure",
    ),
    "F7 network, place": (
        "figures.network(layer=3, channel=3)",
        '[role=application][aria-label^="the chosen"]',
        "figure",
    ),
    "F1 as a widget": (
        "figures.flip_slide(x, w).widget()",
        "input[type=range]",
        "figure",
    ),
}
WATCH = """
([cell, kind]) => {
  const area = document.querySelectorAll('.jp-Cell')[cell].querySelector('.jp-OutputArea');
  const read = {
    image: () => { const all = area.querySelectorAll('.jp-OutputArea-output img');
      const img = all[all.length - 1];
      return img && img.complete && img.naturalWidth ? img.src : null; },
    svg: () => area.querySelector('svg')?.outerHTML ?? null,
    figure: () => area.querySelector('.convcourse-figure')?.dataset.rev ?? null,
  }[kind];
  window.bench = { before: read(), down: 0, took: null };
  addEventListener('keydown', e => { window.bench.down = e.timeStamp; },
    { capture: true, once: true });
  const look = now => {
    const seen = read();
    if (window.bench.down && seen !== null && seen !== window.bench.before)
      window.bench.took = performance.now() - window.bench.down;
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""


def serve(folder):
    """Start JupyterLab on a folder with settings of its own; return process, address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k != "CONVCOURSE_STATIC"}
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        environment[f"JUPYTER_{name}"] = str(folder / "jupyter" / name)
    for name in ("SETTINGS", "WORKSPACES"):
        environment[f"JUPYTERLAB_{name}_DIR"] = str(folder / "jupyter" / name)
    command = [sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser"]
    command += ["--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token="]
    command += ["--expose-app-in-browser", f"--ServerApp.root_dir={folder}"]
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/api/status", timeout=1)
            break
        except OSError:
            time.sleep(0.2)
    return process, address


def write_notebook(path):
    """Write the notebook with one cell for each option."""
    code = [SETUP, *(cell for cell, _, _ in CELLS.values())]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in code],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)


def key_to_picture(page, number, name, back):
    """Press one key on an option's control; return the milliseconds to its picture."""
    _, control, kind = CELLS[name]
    cell = page.locator(".jp-Cell").nth(number)
    handle = cell.locator(control).first
    handle.scroll_into_view_if_needed()
    handle.focus()
    page.wait_for_timeout(60)
    page.evaluate(WATCH, [number, kind])
    if control.startswith("[aria"):
        key = "PageDown" if back else "PageUp"
    else:
        key = "ArrowLeft" if back else "ArrowRight"
    page.keyboard.press(key)
    page.wait_for_function("() => window.bench.took !== null", timeout=20_000)
    page.wait_for_function(IDLE)
    return page.evaluate("() => window.bench.took")


def drag(page, number):
    """Drag a figure's slider with 60 moves; return input events and drawings."""
    cell = page.locator(".jp-Cell").nth(number)
    slider = cell.locator("input[type=range]").first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.evaluate(
        """n => { const host = document.querySelectorAll('.jp-Cell')[n]
          .querySelector('.convcourse-figure');
          window.dragged = { host, from: +host.dataset.rev, events: 0 };
          host.shadowRoot.querySelector('input[type=range]')
            .addEventListener('input', () => window.dragged.events++); }""",
        number,
    )
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 4, y)
    page.mouse.down()
    for i in range(60):
        page.mouse.move(box["x"] + 4 + (box["width"] - 8) * (i + 1) / 60, y)
        page.wait_for_timeout(16)
    page.mouse.up()
    return page.evaluate(
        "() => [dragged.events, +dragged.host.dataset.rev - dragged.from]"
    )


def in_page(context, call):
    """Return first paint, the module's own times for 512x512, and the weight."""
    from convcourse import figures  # noqa: F401

    figure = eval(call, {"figures": figures})
    page = context.new_page()
    page.goto("about:blank")
    page.evaluate(
        """html => { window.began = performance.now();
        const box = document.createElement('div'); box.innerHTML = html;
        document.body.append(box);
        for (const old of box.querySelectorAll('script')) {
          const copy = document.createElement('script');
          copy.textContent = old.textContent; old.replaceWith(copy); }
        const look = () => document.querySelector('[data-rev]')
          ? requestAnimationFrame(() => { window.took = performance.now() - began; })
          : requestAnimationFrame(look);
        look(); }""",
        figure.html(),
    )
    page.wait_for_function("() => window.took")
    took = page.evaluate("() => window.took")
    page.close()
    return took, len(figure.html().encode())


def convolution(context):
    """Return the milliseconds of one 512x512 convolution with drawing, by kernel size."""
    from convcourse import datasets, figures

    page = context.new_page()
    times = {}
    for size in (3, 7):
        kernel = [[i * j - 5 for j in range(size)] for i in range(size)]
        lab = figures.kernel_lab(datasets.load("camera").x, kernel)
        page.set_content(f"<!doctype html><body>{lab.html()}</body>")
        page.wait_for_selector("[data-rev]")
        times[size] = page.evaluate(
            """() => { const host = document.querySelector('[data-rev]');
            const cell = host.shadowRoot.querySelector('.edit input'), took = [];
            for (let i = 0; i < 15; i++) {
              const start = performance.now();
              cell.value = String(10 + i);
              cell.dispatchEvent(new Event('input'));
              took.push(performance.now() - start); }
            return took.sort((a, b) => a - b)[7]; }"""
        )
    page.close()
    return times


def main():
    """Print the tables."""
    folder = Path(tempfile.mkdtemp())
    write_notebook(folder / "bench.ipynb")
    process, address = serve(folder)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROME, args=["--no-sandbox", "--disable-gpu"]
            )
            context = browser.new_context(viewport={"width": 1400, "height": 1000})
            page = context.new_page()
            page.goto(f"{address}/lab/tree/bench.ipynb?reset")
            page.wait_for_function(IDLE, timeout=60_000)
            run = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
            page.evaluate(run)
            page.wait_for_function(IDLE, timeout=60_000)
            page.wait_for_timeout(1500)
            times = {name: [] for name in CELLS}
            for turn in range(ROUNDS + 1):
                for name in random.sample([*CELLS], len(CELLS)):
                    number = 1 + [*CELLS].index(name)
                    took = key_to_picture(page, number, name, turn % 2)
                    if turn:  # the first is a warm-up
                        times[name].append(took)
            report(times)
            for name in ("F1 flip_slide", "F3 kernel_lab, cursor 128x128"):
                events, drawn = drag(page, 1 + [*CELLS].index(name))
                print(f"drag of {name}: {events} input events, {drawn} drawings")
            for size, took in convolution(context).items():
                print(f"512x512 with {size}x{size}, typed to drawn: {took:.1f} ms")
            print(f"\n{'figure':32}{'first paint, ms':>16}{'weight, kB':>12}")
            for call in ("figures.flip_slide()", "figures.kernel_lab()"):
                took, weight = in_page(context, call)
                print(f"{call:32}{took:>16.0f}{weight / 1000:>12.0f}")
            browser.close()
    finally:
        process.terminate()
        process.wait(30)


def report(times):
    """Print median, 90th percentile and the ratio to interact."""
    slow = statistics.median(times["interact + inline, 1-D steps"])
    large = statistics.median(times["interact + inline, 512x512"])
    print(f"{'key down to new picture':32}{'median, ms':>11}{'p90':>7}  times faster")
    for name, values in times.items():
        median = statistics.median(values)
        p90 = sorted(values)[int(0.9 * len(values))]
        ratio = (large if "512" in name else slow) / median
        print(f"{name:32}{median:>11.0f}{p90:>7.0f}{ratio:>14.1f}")
    print(json.dumps({"rounds": ROUNDS, "load": os.getloadavg()}))


if __name__ == "__main__":
    main()
