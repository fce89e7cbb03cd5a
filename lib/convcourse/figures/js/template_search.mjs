// F4, second part: search a template by three scores. The twin of template_search.py.
import { bytes, correlate2d, large, largeExactly, signedColour } from "./core.mjs";
import { figure, h } from "./kit.mjs";

const SIDE = 128;
const photos = new WeakMap(); // decoded once

function photograph(state, data) {
  const packed = data.images[state.image];
  if (!photos.has(packed)) photos.set(packed, bytes(packed.grey));
  return photos.get(packed);
}

function settle(state) {
  const inside = (v, length) => Math.min(Math.max(v, 0), SIDE - length);
  const { height, width } = state;
  return { ...state, top: inside(state.top, height), left: inside(state.left, width),
    row: inside(state.row, height), column: inside(state.column, width) };
}

/** The photograph in another light. */
function lit(photo, light) {
  const full = 4 * (SIDE - 1);
  if (light === "pale") return photo.map(v => Math.floor(3 * v / 10) + 40);
  if (light === "shadow")
    return photo.map((v, i) => Math.floor(v * (full - 3 * (i % SIDE)) / full));
  return light === "negative" ? photo.map(v => 255 - v) : photo;
}

/** Sums over all windows from a table of running sums. */
function windowSums(values, height, width) {
  const wide = SIDE + 1, running = new Float64Array(wide * wide);
  for (let r = 0; r < SIDE; r++)
    for (let c = 0, line = 0; c < SIDE; c++) {
      line += values[r * SIDE + c];
      running[(r + 1) * wide + c + 1] = running[r * wide + c + 1] + line;
    }
  const rows = SIDE - height + 1, columns = SIDE - width + 1;
  const sums = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const p = r * wide + c, q = p + height * wide;
      sums[r * columns + c] = running[q + width] - running[q] - running[p + width] + running[p];
    }
  return sums;
}

let last = {}; // moving the window, or another score, needs no new correlation

/** Sums of w·x, x and x² over every window, and of w: whole numbers, not yet rounded. */
function searched(state, data) {
  const photo = photograph(state, data), { light, top, left, height, width } = state;
  const key = [light, top, left, height, width].join();
  if (last.key === key && last.photo === photo) return last.result;
  const w = Array.from({ length: height }, (_, i) => Array.from({ length: width },
    (_, j) => photo[(top + i) * SIDE + left + j]));
  const scene = lit(photo, light), squares = Float64Array.from(scene, v => v * v);
  const { y, height: high, width: wide } = correlate2d(scene, SIDE, SIDE, w, "valid");
  const result = { w, scene, high, wide, products: y, n: height * width,
    sums: windowSums(scene, height, width), squares: windowSums(squares, height, width) };
  last = { key, photo, result };
  return result;
}

/** Every number: the score of every place, and how that of the window comes about. */
function trace(state, data) {
  const { w, scene, high, wide, products, sums, squares, n } = searched(state, data);
  const flat = w.flat(), total = flat.reduce((a, b) => a + b, 0);
  const spreadW = n * flat.reduce((a, b) => a + b * b, 0) - total ** 2;
  const like = p => n * products[p] - total * sums[p];
  const spreadX = p => n * squares[p] - sums[p] ** 2;
  const coefficient = p => {
    const lengths = Math.sqrt(spreadW) * Math.sqrt(spreadX(p));
    return lengths > 0 ? like(p) / lengths : 0;
  };
  const score = { plain: p => products[p], zero_mean: p => like(p) / n,
    normalised: coefficient }[state.score];
  const scores = new Float64Array(products.length);
  let best = 0, least = Infinity;
  for (let p = 0; p < scores.length; p++) {
    scores[p] = score(p);
    if (scores[p] > scores[best]) best = p;
    if (scores[p] < least) least = scores[p];
  }
  const here = state.row * wide + state.column;
  return { scores, high, wide, least, best: scores[best], best_row: Math.floor(best / wide),
    best_column: best % wide, plain: products[here], likeness: like(here) / n,
    brightness: total * sums[here] / n, contrast_w: Math.sqrt(spreadW / n),
    contrast_x: Math.sqrt(spreadX(here) / n), coefficient: coefficient(here),
    total: scores[here], scene };
}

const NAMES = { plain: "plain", zero_mean: "without the mean", normalised: "normalised" };
const LIGHTS = { same: "", pale: "; then the picture turned darker and paler",
  shadow: "; then the right of the picture fell into shadow",
  negative: "; then the picture became its negative" };

const sign = (...values) => (largeExactly(...values) ? "=" : "≈");

/** How a score of the window comes out of the one before it; dress(kind, text) colours. */
function sum(score, t, dress = (_, text) => text) {
  const factor = v => (v < 0 ? `(${large(v)})` : large(v));
  const f = key => dress(key, factor(t[key])), end = key => dress(key, large(t[key]));
  if (score === "plain")
    return `${f("brightness")} + ${f("likeness")} ${sign(t.brightness)} ${end("plain")}`;
  if (score === "zero_mean")
    return `${f("plain")} − ${f("brightness")} ${sign(t.brightness)} ${end("likeness")}`;
  if (!t.contrast_w || !t.contrast_x) return "0, for there is no contrast";
  const equal = sign(t.likeness, t.contrast_w, t.contrast_x, t.coefficient);
  return `${f("likeness")}/(${f("contrast_w")}·${f("contrast_x")}) ${equal} ` +
    end("coefficient");
}

function caption(state, t) {
  const own = t.best_row === state.top && t.best_column === state.left;
  return `The best of ${t.scores.length} places is row ${t.best_row}, column ` +
    `${t.best_column}, with ${large(t.best)}: ${own ? "" : "not "}the right one.`;
}

function sentence(state, t) {
  return `The template has ${state.height} by ${state.width} pixels and was cut from ` +
    `${state.image} at row ${state.top}, column ${state.left}${LIGHTS[state.light]}. ` +
    `Score ${NAMES[state.score]} at row ${state.row}, column ${state.column}: ` +
    `${sum(state.score, t)}. ${caption(state, t)}`;
}

function table(state, t) {
  const rows = { "brightness, n times both means": t.brightness, "likeness": t.likeness,
    "plain, their sum": t.plain, "contrast of the template": t.contrast_w,
    "contrast of the window": t.contrast_x, "normalised": t.coefficient };
  return { caption: `The window at row ${state.row}, column ${state.column}`,
    head: ["what", "number"],
    rows: Object.entries(rows).map(([name, v]) => [name, large(v)]) };
}

// -- the drawing --------------------------------------------------------------------------

function greyed(grey) {
  const rgba = new Uint8ClampedArray(grey.length * 4), pen = new Uint32Array(rgba.buffer);
  for (let i = 0; i < grey.length; i++)
    pen[i] = 0xff000000 | grey[i] << 16 | grey[i] << 8 | grey[i];
  return rgba;
}

/** The scores as colours: plain ones grey from least to best, others signed. */
function mapped(state, t) {
  const rgba = new Uint8ClampedArray(t.scores.length * 4), pen = new Uint32Array(rgba.buffer);
  const plain = state.score === "plain", spread = t.best - t.least || 1;
  const limit = state.score === "normalised" ? 1 : Math.max(Math.abs(t.least), Math.abs(t.best)) || 1;
  const palette = new Uint32Array(512).map((_, i) => {
    const grey = Math.round(i / 511 * 255);
    const [r, g, b] = plain ? [grey, grey, grey] : signedColour(i / 255.5 - 1);
    return 0xff000000 | b << 16 | g << 8 | r;
  });
  for (let i = 0; i < pen.length; i++) {
    const share = plain ? (t.scores[i] - t.least) / spread : (t.scores[i] / limit + 1) / 2;
    pen[i] = palette[Math.max(0, Math.min(511, Math.round(share * 511)))];
  }
  return rgba;
}

const STYLE = `
.wide { container-type: inline-size; }
.search { display: flex; flex-wrap: wrap; gap: .6em min(1.4em, 2cqw); align-items: flex-start; }
.search .picture { width: min(22.5em, 38cqw); } .lecture .search .picture { width: 15.6em; }
.search .parts { width: min(9.5em, 19cqw); gap: .5em; } .lecture .search .parts { width: 11em; gap: 0; }
.search .parts canvas { image-rendering: pixelated; border: 1px solid #9aa0a6; display: block;
  max-width: 100%; }
.frame { position: absolute; pointer-events: none; }
.frame.best { border: 2px solid #D55E00; outline: 1px solid #fff; }
.frame.own { border: 2px dotted #000; outline: 2px solid #fff; }
.frame b { position: absolute; right: 0; font-size: 12px; line-height: 1.25;
  padding: 0 .3em; background: #fff; color: #8a2c00; white-space: nowrap; }
.frame.own b { color: #000; } .lecture .frame b { font-size: 18px; }
.steps { display: grid; grid-template-columns: max-content auto max-content; width: max-content;
  max-width: 100%; gap: .1em 1em; align-items: baseline; margin: .4em 0; }
.steps > div { display: contents; } .steps span { padding: .05em .4em; }
.steps .now > span { background: #e3edf4; font-weight: 650; }
.steps .now > .does, .steps .does { color: #333; font-size: .93em; font-weight: 400; }
.steps .sum { overflow-wrap: anywhere; font-size: 1.05em; }
.lecture .steps { margin: .1em 0; } .lecture .steps .does { font-size: .85em; }
@container (max-width: 560px) { .search .picture { width: 22.5em; } .search .parts { width: 100%; } }
@media (max-width: 640px) { .steps { grid-template-columns: 1fr; gap: 0; } }
`;

/** A frame of n by m pixels on a picture, with a word; put(row, column, rows, columns). */
function framed(on, kind, word, beside = false) {
  const label = h("b", {}, word), el = h("div", { class: `frame ${kind}` }, label);
  on.append(el);
  return (row, column, rows, columns, high, wide, shown = true) => {
    el.hidden = !shown;
    const low = row + rows > 0.9 * high, near = column < 0.3 * wide;
    // a small frame has its word beside it, not over its neighbours
    Object.assign(label.style, { top: low ? "" : beside ? "0" : "100%",
      bottom: low ? beside ? "0" : "100%" : "",
      [near ? "left" : "right"]: beside ? "calc(100% + 5px)" : "0",
      [near ? "right" : "left"]: "auto" });
    const percent = (v, all) => `${100 * v / all}%`;
    Object.assign(el.style, { left: percent(column, wide), top: percent(row, high),
      width: percent(columns, wide), height: percent(rows, high) });
  };
}

function view(ui) {
  const place = (row, column) => ui.set({ row, column });
  const half = key => Math.floor(ui.state[key] / 2); // the pointer holds the middle
  const x = ui.pixels("x, the picture", {
    at: () => [ui.state.row + half("height"), ui.state.column + half("width")],
    pick: (r, c) => place(r - half("height"), c - half("width")) });
  const y = ui.pixels("y, the scores", { at: () => [ui.state.row, ui.state.column], pick: place });
  const own = framed(x, "own", "cut here"), best = framed(x, "best", "best");
  const peak = framed(y, "best", "best", true);
  const small = label => h("canvas", { role: "img", "aria-label": label });
  const w = small("the template"), window = small("the window of x");
  const yHeading = h("div", { class: "heading" }), steps = h("div", { class: "steps" });
  const cut = ui.button("cut the template here", () =>
    ui.set({ top: ui.state.row, left: ui.state.column }));
  const go = ui.button("go to the best", () => place(ui.trace.best_row, ui.trace.best_column));
  const home = ui.button("go to where it was cut", () => place(ui.state.top, ui.state.left));
  ui.add(h("style", {}, STYLE),
    ui.row(ui.menu("score", "score", NAMES), ui.menu("image", "picture"),
      ui.menu("light", "its light", { same: "as it was", pale: "darker and paler",
        shadow: "in shadow on the right", negative: "negative" })),
    ui.row(go, home, cut),
    h("div", { class: "wide" }, h("div", { class: "search" },
      h("div", { class: "picture" }, ui.panel("x, the picture, with a window", x)),
      h("div", { class: "column parts" }, ui.panel("w, the template", w),
        ui.panel("the window of x", window)),
      h("div", { class: "picture" }, yHeading, y))),
    steps);
  if (!ui.lecture) {
    const until = key => state => [0, SIDE - state[key]];
    ui.add(ui.row(ui.slider("row", "row", until("height")),
      ui.slider("column", "column", until("width"))),
    ui.row(ui.slider("height", "rows of w"), ui.slider("width", "columns of w")));
  }

  /** Draw a part of an image, one pixel as a square of some size. */
  const part = (canvas, image, row, column, { height, width }) => {
    const zoom = ui.lecture ? 7 : 5;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.style.width = `${zoom * width}px`;
    const grey = Uint8Array.from({ length: height * width }, (_, i) =>
      image[(row + Math.floor(i / width)) * SIDE + column + i % width]);
    canvas.getContext("2d").putImageData(new ImageData(greyed(grey), width, height), 0, 0);
  };
  const inks = { brightness: "x", plain: "y", likeness: "y", coefficient: "y", contrast_w: "w",
    contrast_x: "x" };
  const dress = (kind, text) => `<b class="${inks[kind]}">${text}</b>`;
  const does = { plain: "brightness n·w̄·m + likeness", zero_mean: "less the brightness",
    normalised: "over both contrasts" };
  let drawn = {};
  return (state, t) => {
    const photo = photograph(state, ui.data), { row, column, height, width } = state;
    if (drawn.scene !== t.scene) x.paint(greyed(t.scene), SIDE, SIDE);
    drawn = t;
    y.paint(mapped(state, t), t.wide, t.high);
    y.style.width = `${100 * t.wide / SIDE}%`; // the scale of x
    x.mark(row, column, height, width);
    y.mark(row, column, 1, 1);
    const right = t.best_row === state.top && t.best_column === state.left;
    own(state.top, state.left, height, width, SIDE, SIDE, !right);
    best(t.best_row, t.best_column, height, width, SIDE, SIDE);
    peak(t.best_row - 2, t.best_column - 2, 5, 5, t.high, t.wide);
    part(w, photo, state.top, state.left, state);
    part(window, t.scene, row, column, state);
    const hundredths = v => large(Math.round(v * 100) / 100);
    const range = `${hundredths(t.least)} … ${hundredths(t.best)}`;
    yHeading.textContent = `y, score ${NAMES[state.score]}, ${range}`;
    steps.innerHTML = Object.keys(NAMES).map(name => {
      const now = name === state.score;
      return `<div${now ? ' class="now"' : ""}><span>${NAMES[name]}</span><span class="` +
        `${now ? "sum" : ""}">${sum(name, t, dress)}</span><span class="does">${does[name]}` +
        "</span></div>";
    }).join("");
  };
}

export default figure({
  title: "Template search",
  keys: "On the picture and on the scores, arrow keys move the window by one pixel, with " +
    "Shift by ten. The dotted frame stands where the template was cut, the orange one at the " +
    "best score.",
  settle, trace, sentence, caption, table, view,
});
