// F3: the image kernel laboratory. The twin of kernel_lab.py.
import { bytes, borderIndex, correlate2d, factor, flip2d, inkOn, number, productSum,
  shownExactly, signedColour } from "./core.mjs";
import { INKS, figure, h } from "./kit.mjs";

const images = new WeakMap(); // decoded once

/** The pixels of the image that the state names: { grey, height, width }. */
function pixels(state, data) {
  const packed = data.images[state.image];
  if (!packed) throw new Error("There is no own picture yet: choose a file first.");
  if (!images.has(packed)) images.set(packed, { ...packed, grey: bytes(packed.grey) });
  return images.get(packed);
}

function settle(state, data) {
  const { height, width } = pixels(state, data), k = state.kernel.length;
  const shrink = state.border === "valid" ? k - 1 : 0;
  const rows = height - shrink, columns = width - shrink;
  if (rows < 1 || columns < 1)
    throw new Error(`The kernel has ${k} rows and columns, the image only ${height} by ` +
      `${width}: no place holds it whole. Choose another border.`);
  const inside = (v, end) => Math.min(Math.max(v, 0), end - 1);
  return { ...state, row: inside(state.row, rows), column: inside(state.column, columns) };
}

let last = {}; // moving the cursor needs no new convolution

/** The whole result: what does not depend on the cursor. */
function respond(state, data) {
  const { grey, height, width } = pixels(state, data);
  const key = JSON.stringify([state.kernel, state.border, state.flip]);
  if (last.key === key && last.grey === grey) return last.result;
  const laid = state.flip ? flip2d(state.kernel) : state.kernel;
  const result = { laid, ...correlate2d(grey, height, width, laid, state.border) };
  result.low = Infinity;
  result.high = -Infinity;
  result.cut = 0;
  for (const v of result.y) {
    if (v < result.low) result.low = v;
    if (v > result.high) result.high = v;
    if (v < -1e-9 || v > 255 + 1e-9) result.cut++;
  }
  last = { key, grey, result };
  return result;
}

/** Every number: the result, and the products under the cursor. */
function trace(state, data) {
  const result = respond(state, data), { laid } = result, k = laid.length;
  const image = pixels(state, data), half = (k - 1) / 2;
  const inside = state.border === "valid";
  const top = inside ? state.row : state.row - half;
  const left = inside ? state.column : state.column - half;
  const window = [], outside = [];
  for (let i = 0; i < k; i++) {
    window.push(laid[i].map((_, j) => pixel(image, top + i, left + j, state.border)));
    outside.push(laid[i].map((_, j) => isOutside(image, top + i, left + j)));
  }
  return { ...result, window, outside, top, left,
    products: window.map((row, i) => row.map((v, j) => v * laid[i][j])),
    total: result.y[state.row * result.width + state.column],
    sum: state.kernel.flat().reduce((a, b) => a + b, 0) };
}

function isOutside({ height, width }, r, c) {
  return r < 0 || c < 0 || r >= height || c >= width;
}

/** The pixel at a place, inside the image or beyond its rim. */
function pixel({ grey, height, width }, r, c, border) {
  const row = borderIndex(r, height, border), column = borderIndex(c, width, border);
  return row < 0 || column < 0 ? 0 : grey[row * width + column];
}

/** Factors of the terms; those with weight 0 are left out. */
function pairs(t) {
  return t.window.flatMap((row, i) => row.map((v, j) => [v, t.laid[i][j]]))
    .filter(([, weight]) => weight !== 0);
}

function meaning(total) {
  if (Math.abs(total) < 1e-9) return "flat areas become 0, only changes answer";
  if (Math.abs(total - 1) < 1e-9) return "flat areas keep their brightness";
  return `flat areas become ${number(total)} times as bright`;
}

let presets = {}; // set by view; in tests by the data of each call

/** The preset's name, or null for an own kernel. */
function nameOf(kernel) {
  const same = other => other.length === kernel.length && other.every((row, i) =>
    row.every((v, j) => Math.abs(v - kernel[i][j]) < 1e-9));
  return Object.keys(presets).find(name => same(presets[name])) ?? null;
}

function sentence(state, t) {
  const k = state.kernel.length, exact = shownExactly(t.total);
  const first = k === 3
    ? `y[${state.row}, ${state.column}] = ${productSum(pairs(t), t.total)}`
    : `At row ${state.row}, column ${state.column}, the sum of ${k * k} products ` +
      `${exact ? "is" : "is about"} ${number(t.total)}`;
  return `${first}. ${caption(state, t)}`;
}

function caption(state, t) {
  const name = nameOf(state.kernel), k = state.kernel.length;
  return `${state.flip ? "Convolution" : "Correlation"} of ${state.image} with ` +
    `${name ? `kernel ${name}` : `an own ${k} by ${k} kernel`}, ` +
    `${state.border === "valid" ? "valid places" : `border ${state.border}`}. ` +
    `The weights add up to ${number(t.sum)}: ${meaning(t.sum)}.`;
}

function table(state, t) {
  const rows = t.window.flatMap((row, i) => row.map((v, j) => [`${t.top + i}, ${t.left + j}`,
    t.outside[i][j] ? `${number(v)} (border)` : number(v), number(t.laid[i][j]),
    number(t.products[i][j])]));
  return { caption: `The products of y[${state.row}, ${state.column}], and their sum`,
    head: ["row, column", "pixel of x", "weight", "product"],
    rows: [...rows, ["", "", "sum", number(t.total)]] };
}

// -- how results look -------------------------------------------------------------------

/** A function from a value of y to its colour [r, g, b]. */
function colouring(display, { low, high }) {
  const grey = v => { const g = Math.round(Math.min(255, Math.max(0, v))); return [g, g, g]; };
  if (display === "clamp") return grey;
  if (display === "absolute") return v => grey(Math.abs(v));
  if (display === "stretch") return v => grey(255 * (v - low) / (high - low || 1));
  const limit = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return v => signedColour(v / limit);
}

/** All values as RGBA, by a table of 1024 colours: fast for large images. */
function painted(t, display) {
  const colour = colouring(display, t), steps = 1023;
  const cuts = display === "clamp" || display === "absolute"; // beyond 256 all is alike
  const low = cuts ? Math.max(t.low, -256) : t.low;
  const high = cuts ? Math.min(t.high, 256) : t.high, spread = high - low || 1;
  const palette = new Uint32Array(steps + 1).map((_, i) => {
    const [r, g, b] = colour(low + i / steps * spread);
    return 0xff000000 | b << 16 | g << 8 | r;
  });
  const rgba = new Uint8ClampedArray(t.y.length * 4), pen = new Uint32Array(rgba.buffer);
  const scale = steps / spread;
  for (let i = 0; i < pen.length; i++) {
    const place = (t.y[i] - low) * scale + .5;
    pen[i] = palette[place < 0 ? 0 : place > steps ? steps : place | 0];
  }
  return rgba;
}

function greyed({ grey }) {
  const rgba = new Uint8ClampedArray(grey.length * 4), pen = new Uint32Array(rgba.buffer);
  for (let i = 0; i < grey.length; i++)
    pen[i] = 0xff000000 | grey[i] << 16 | grey[i] << 8 | grey[i];
  return rgba;
}

/** A number in four characters if it can be, for a cell; the exact one is in the sum. */
function brief(v) {
  const whole = v < 0 ? 3 : 4; // a minus sign takes the place of a digit
  const digits = Math.max(0, whole - String(Math.trunc(Math.abs(v))).length - 1);
  if (v > -1 && v < 0) return number(Number(v.toFixed(2))).replace("−0.", "−.");
  return number(Number(v.toFixed(digits)));
}

function scaleText(state, t) {
  const all = t.height * t.width, share = number(Number((100 * t.cut / all).toFixed(1)));
  const range = `${brief(t.low)} … ${brief(t.high)}`;
  if (state.display === "clamp") return `y, ${share} % cut at 0 or 255`;
  if (state.display === "absolute") return `|y|, cut at 255`;
  if (state.display === "stretch") return `y, ${range} stretched`;
  return `y, ${range}, 0 is white`;
}

// -- an own picture -----------------------------------------------------------------------

/** Read a file as a grey image of at most 512 pixels a side; throws with a reason. */
async function readPicture(file) {
  if (file.size > 40e6)
    throw new Error(`${file.name} has ${Math.round(file.size / 1e6)} MB; at most 40 can be read.`);
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name} is no picture that this browser can read. Try PNG or JPEG.`);
  }
  const scale = Math.min(1, 512 / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = Object.assign(document.createElement("canvas"), { width, height })
    .getContext("2d");
  pen.drawImage(bitmap, 0, 0, width, height);
  const { data } = pen.getImageData(0, 0, width, height);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++)
    grey[i] = Math.round(.299 * data[4 * i] + .587 * data[4 * i + 1] + .114 * data[4 * i + 2]);
  return { grey, height, width };
}

function uploader(ui, menu) {
  const id = ui.id();
  const input = h("input", { type: "file", id, accept: "image/*", onchange: async () => {
    const [file] = input.files;
    if (!file) return;
    try {
      const own = await readPicture(file);
      images.set(own, own); // already decoded
      ui.data = { ...ui.data, images: { ...ui.data.images, own } };
      const select = menu.querySelector("select");
      if (![...select.options].some(o => o.value === "own"))
        select.append(h("option", { value: "own" }, "own"));
      ui.set({ image: "own", row: Math.floor(own.height / 2), column: Math.floor(own.width / 2) });
    } catch (error) {
      ui.say(error.message);
    }
  } });
  return h("div", { class: "control" }, h("label", { for: id }, "own picture"), input);
}

/** How a kernel's answers are best seen: with signs where only changes answer. */
function fitting(kernel) {
  return Math.abs(kernel.flat().reduce((a, b) => a + b, 0)) < 1e-9 ? "signed" : "clamp";
}

// -- the figure -------------------------------------------------------------------------

/** Give a kernel another size: zeros around it, or its middle. */
function resized(kernel, size) {
  const shift = (size - kernel.length) / 2;
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) =>
    kernel[i - shift]?.[j - shift] ?? 0));
}

function view(ui) {
  presets = ui.data.presets;
  const place = (row, column) => ui.set({ row, column });
  const names = Object.keys(ui.data.images);
  const imageMenu = ui.menu("image", "image", names);
  const presetMenu = ui.select("kernel",
    { "": "own", ...Object.fromEntries(Object.keys(presets).map(n => [n, n.replaceAll("_", " ")])) },
    name => name && ui.set({ kernel: presets[name], display: fitting(presets[name]) }), state => nameOf(state.kernel) ?? "");
  const sizeMenu = ui.select("size", { 3: "3 × 3", 5: "5 × 5", 7: "7 × 7" },
    size => ui.set({ kernel: resized(ui.state.kernel, Number(size)) }),
    state => state.kernel.length);
  sizeMenu.firstChild.className = "hidden"; // the menu itself says "3 × 3"
  const divide = ui.button("divide by its sum", () => {
    const { sum } = ui.trace;
    if (Math.abs(sum) < 1e-9) return ui.say("The weights add up to 0: nothing to divide by.");
    return ui.set({ kernel: ui.state.kernel.map(row => row.map(v => v / sum)) });
  });

  // the cursor lies in y; in x it is the middle of the window
  const half = () => (ui.state.border === "valid" ? (ui.state.kernel.length - 1) / 2 : 0);
  const x = ui.pixels("x, the image", { at: () => [ui.state.row + half(), ui.state.column + half()],
    pick: (r, c) => place(r - half(), c - half()) });
  const y = ui.pixels("y, the result", { at: () => [ui.state.row, ui.state.column], pick: place });
  // boards of numbers around the cursor: a step in a board is a step of the cursor
  const side = () => Math.max(ui.lecture ? 5 : 9, ui.state.kernel.length);
  const step = (r, c) => {
    const middle = (side() - 1) / 2;
    place(ui.state.row + r - middle, ui.state.column + c - middle);
  };
  const xBoard = ui.board("numbers of x around the cursor", { pick: step });
  const yBoard = ui.board("numbers of y around the cursor", { pick: step });
  const products = ui.board("products of pixels and weights");
  const sum = ui.formula(), yHeading = h("div", { class: "heading" });
  const kernelNote = ui.text();
  const cells = ui.cells("kernel", "kernel w", { symbol: "w" });
  cells.firstChild.className = "hidden"; // the panel has the heading
  const laidNote = h("div", { class: "heading" });

  const middle = ui.column(ui.panel("w, the kernel", cells), divide, kernelNote,
    h("div", {}, laidNote, products));
  middle.classList.add("narrow");
  const controls = ui.row(imageMenu, presetMenu, sizeMenu, ui.menu("border", "border"),
    ui.menu("display", "show y"), ui.tick("flip", ui.lecture ? "flip w" : "flip w (convolution)"));
  if (ui.inPage && !ui.lecture) controls.append(uploader(ui, imageMenu));
  ui.add(controls,
    h("div", { class: "lab" },
      ui.column(h("div", { class: "picture" }, ui.panel("x, the image", x)), xBoard),
      middle,
      ui.column(h("div", { class: "picture" }, yHeading, y), yBoard)),
    sum);
  if (!ui.lecture)
    ui.add(ui.row(ui.slider("row", "row", (_, t) => [0, t.height - 1]),
      ui.slider("column", "column", (_, t) => [0, t.width - 1])));

  let drawn = {};
  return (state, t) => {
    const image = pixels(state, ui.data), k = state.kernel.length;
    if (drawn.grey !== image.grey) x.paint(greyed(image), image.width, image.height);
    if (drawn.y !== t.y || drawn.display !== state.display)
      y.paint(painted(t, state.display), t.width, t.height);
    drawn = { grey: image.grey, y: t.y, display: state.display };
    x.mark(t.top, t.left, k, k);
    y.mark(state.row, state.column, 1, 1);

    const n = side(), middle = (n - 1) / 2, off = half(), reach = (k - 1) / 2;
    const near = (r, c, by) => Math.abs(r - middle) <= by && Math.abs(c - middle) <= by;
    xBoard.paint({ rows: n, columns: n, chosen: [middle, middle], cell: (r, c) => {
      const [i, j] = [state.row + off + r - middle, state.column + off + c - middle];
      const away = isOutside(image, i, j);
      if (away && state.border === "valid") return { text: "", fill: "#fff", mark: "hatch" };
      const v = pixel(image, i, j, state.border);
      return { text: number(v), fill: away ? "#fff" : `rgb(${v},${v},${v})`,
        ink: away ? "#000" : inkOn([v, v, v]),
        mark: `${away ? "hatch ghost" : ""}${near(r, c, reach) ? " window" : ""}` };
    } });
    const colour = colouring(state.display, t);
    yBoard.paint({ rows: n, columns: n, chosen: [middle, middle], cell: (r, c) => {
      const [i, j] = [state.row + r - middle, state.column + c - middle];
      if (i < 0 || j < 0 || i >= t.height || j >= t.width) return { fill: "#fff", mark: "hatch" };
      const v = t.y[i * t.width + j], rgb = colour(v);
      return { text: brief(v), fill: `rgb(${rgb})`, ink: inkOn(rgb),
        mark: near(r, c, 0) ? "chosen" : "" };
    } });
    const most = Math.max(...t.products.flat().map(Math.abs)) || 1;
    products.paint({ rows: k, columns: k, cell: (r, c) => {
      const v = t.products[r][c], rgb = signedColour(.75 * v / most);
      return { text: brief(v), fill: `rgb(${rgb})`, ink: inkOn(rgb),
        mark: t.outside[r][c] ? "hatch ghost" : "",
        title: `${number(t.window[r][c])} times ${number(t.laid[r][c])} is ${number(v)}` };
    } });
    laidNote.textContent = `x · w under the cursor${state.flip ? ", w flipped" : ""}`;
    const name = nameOf(state.kernel)?.replace(/\d+$/, "");
    kernelNote.textContent = ui.data.meanings[name] ?? "Your own kernel: what will it do?";
    yHeading.textContent = scaleText(state, t);
    sum.classList.toggle("long", k > 3);
    const exact = shownExactly(t.total, ...pairs(t).flat());
    sum.innerHTML = `<b class="y">y[${state.row}, ${state.column}]</b> = <span class="sum">` +
      (pairs(t).map(([a, b]) => `<b class="x">${factor(a)}</b>·<b class="w">${factor(b)}</b>`)
        .join(" + ") || "0") +
      ` ${exact ? "=" : "≈"} <b class="y">${number(t.total)}</b></span>`;
  };
}

const parts = figure({
  title: "Image kernel laboratory",
  keys: "On a picture, arrow keys move the cursor by one pixel, with Shift by ten.",
  settle, trace, sentence, caption, table, view,
});
export default { ...parts, trace: (state, data) => {
  presets = data.presets;
  return trace(state, data);
} };
