// F7: a trained network, from the picture to the class. The twin of network.py.
import { bytes, factor, inkOn, number, productSum, signedColour } from "./core.mjs";
import { figure, h } from "./kit.mjs";

const fromEnd = (list, n) => list[list.length - n];

// -- the network ------------------------------------------------------------------------

const nets = new WeakMap(); // decoded once, with the maps that were computed

function decoded(data) {
  if (!nets.has(data)) {
    const floats = text => Float64Array.from(new Float32Array(bytes(text).buffer));
    nets.set(data, { maps: [], levels: new Uint16Array(bytes(data.levels).buffer),
      weights: data.layers.map(l => (l.op === "conv"
        ? { kernel: floats(l.kernel), bias: floats(l.bias) } : {})) });
  }
  return nets.get(data);
}

/** Apply an activation to rows of n channels, in place. */
function activate(y, kind, n) {
  if (kind === "relu") for (let i = 0; i < y.length; i++) y[i] = y[i] > 0 ? y[i] : 0;
  if (kind === "tanh") for (let i = 0; i < y.length; i++) y[i] = Math.tanh(y[i]);
  if (kind === "sigmoid") for (let i = 0; i < y.length; i++) y[i] = 1 / (1 + Math.exp(-y[i]));
  if (kind === "softmax")
    for (let i = 0; i < y.length; i += n) {
      const row = y.subarray(i, i + n), most = Math.max(...row);
      let sum = 0;
      row.forEach((z, j) => { row[j] = Math.exp(z - most); sum += row[j]; });
      row.forEach((e, j) => { row[j] = e / sum; });
    }
  return y;
}

/** What a layer makes of the numbers x of a shape [H, W, C]. */
function forward(layer, { kernel, bias }, x, [height, width, inputs], [rows, columns, outputs]) {
  const [kh, kw] = layer.window, [down, right] = layer.stride, [dh, dw] = layer.dilation;
  const [top, left] = layer.pad, y = new Float64Array(rows * columns * outputs);
  if (layer.op === "same") return activate(Float64Array.from(x), layer.activation, outputs);
  if (layer.op === "max") y.fill(-Infinity);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const to = (r * columns + c) * outputs;
      if (layer.op === "conv") for (let o = 0; o < outputs; o++) y[to + o] = bias[o];
      for (let i = 0; i < kh; i++)
        for (let j = 0; j < kw; j++) {
          const p = r * down + i * dh - top, q = c * right + j * dw - left;
          if (p < 0 || q < 0 || p >= height || q >= width) continue;
          const from = (p * width + q) * inputs;
          if (layer.op === "conv")
            for (let s = 0; s < inputs; s++) {
              const v = x[from + s], w = ((i * kw + j) * inputs + s) * outputs;
              if (v !== 0) for (let o = 0; o < outputs; o++) y[to + o] += v * kernel[w + o];
            }
          else if (layer.op === "max")
            for (let o = 0; o < outputs; o++) y[to + o] = Math.max(y[to + o], x[from + o]);
          else for (let o = 0; o < outputs; o++) y[to + o] += x[from + o] / (kh * kw);
        }
    }
  return activate(y, layer.activation, outputs);
}

/** The numbers of all layers for an image: flat arrays, row by row, channels last. */
function mapsOf(data, image) {
  const net = decoded(data);
  if (!net.maps[image]) {
    const size = data.shapes[0].reduce((a, b) => a * b);
    const maps = [Float64Array.from(net.levels.subarray(image * size, (image + 1) * size),
      level => data.low[image] + data.step[image] * level)];
    data.layers.forEach((layer, i) => maps.push(forward(layer, net.weights[i], maps[i],
      data.shapes[i], data.shapes[i + 1])));
    net.maps[image] = maps;
  }
  return net.maps[image];
}

/** The last layer is a row of numbers. */
function isRow(data) { return fromEnd(data.shapes, 1)[0] === 1 && fromEnd(data.shapes, 1)[1] === 1; }

// -- one number -------------------------------------------------------------------------

function settle(state, data) {
  const below = (v, end) => Math.min(Math.max(v, 0), end - 1);
  const layer = below(state.layer, data.shapes.length);
  const [height, width, channels] = data.shapes[layer];
  return { image: below(state.image, data.count), layer, row: below(state.row, height),
    column: below(state.column, width), channel: below(state.channel, channels),
    source: below(state.source, data.shapes[Math.max(0, layer - 1)][2]) };
}

/** What the window of the chosen number sees of channel s of the layer before. */
function windowOf(state, data, maps, s) {
  const layer = data.layers[state.layer - 1], x = maps[state.layer - 1];
  const [height, width, inputs] = data.shapes[state.layer - 1];
  return Array.from({ length: layer.window[0] }, (_, i) =>
    Array.from({ length: layer.window[1] }, (_, j) => {
      const p = state.row * layer.stride[0] + i * layer.dilation[0] - layer.pad[0];
      const q = state.column * layer.stride[1] + j * layer.dilation[1] - layer.pad[1];
      return p < 0 || q < 0 || p >= height || q >= width ? 0 : x[(p * width + q) * inputs + s];
    }));
}

/** The kernel from channel s to channel o of a layer. */
function kernelOf(data, layer, s, o) {
  const { kernel } = decoded(data).weights[layer - 1], [kh, kw] = data.layers[layer - 1].window;
  const inputs = data.shapes[layer - 1][2], outputs = data.shapes[layer][2];
  return Array.from({ length: kh }, (_, i) => Array.from({ length: kw }, (_, j) =>
    kernel[((i * kw + j) * inputs + s) * outputs + o]));
}

const add = (a, b) => a + b;
const times = (window, kernel) => window.map((row, i) => row.map((v, j) => v * kernel[i][j]));

/** Every term of the chosen number. */
function terms(state, data, maps) {
  const { layer: l, channel } = state, [, width, channels] = data.shapes[l];
  const value = maps[l][(state.row * width + state.column) * channels + channel];
  const none = { window: [], kernel: [], products: [], partials: [], logits: [], b: 0,
    z: value, value, recomputed: 0, tolerance: 0 };
  if (l === 0) return none;
  const layer = data.layers[l - 1], inputs = data.shapes[l - 1][2];
  const window = s => windowOf(state, data, maps, s);
  if (layer.op !== "conv") {
    const only = window(channel), z = layer.op === "same" ? only[0][0] : value;
    const logits = layer.activation === "softmax"
      ? Array.from({ length: inputs }, (_, s) => window(s)[0][0]) : [];
    return { ...none, window: only, z, logits, recomputed: value };
  }
  const windows = Array.from({ length: inputs }, (_, s) => window(s));
  const sums = o => windows.map((x, s) => times(x, kernelOf(data, l, s, o)).flat().reduce(add, 0));
  const { bias } = decoded(data).weights[l - 1], partials = sums(channel), b = bias[channel];
  const kernel = kernelOf(data, l, state.source, channel);
  const logits = layer.activation !== "softmax" ? []
    : Array.from({ length: channels }, (_, o) => sums(o).reduce(add, 0) + bias[o]);
  return { window: windows[state.source], kernel, products: times(windows[state.source], kernel),
    partials, logits, b, z: partials.reduce(add, 0) + b, value,
    ...printed(windows, s => kernelOf(data, l, s, channel), b) };
}

/** z from numbers with four decimals, and how far off it can be. */
function printed(windows, kernel, b) {
  const rounded = v => (v < 0 ? -1 : 1) * Number(Math.abs(v).toFixed(4));
  let recomputed = rounded(b), tolerance = .00005;
  windows.forEach((window, s) => window.forEach((row, i) => row.forEach((a, j) => {
    const w = kernel(s)[i][j];
    recomputed += rounded(a) * rounded(w);
    tolerance += .00005 * (Math.abs(a) + Math.abs(w)) + .00005 ** 2;
  })));
  return { recomputed, tolerance };
}

/** What the chosen number depends on, in each layer: [top, left, bottom, right]. */
function coneOf(state, data) {
  const boxes = [[state.row, state.column, state.row, state.column]];
  for (let l = state.layer; l > 0; l--) {
    const { window, stride, dilation, pad } = data.layers[l - 1];
    const [low, high] = [0, 1].map(axis => boxes[0][axis] * stride[axis] - pad[axis])
      .reduce((all, v, axis) => [[...all[0], Math.max(0, v)], [...all[1],
        Math.min(data.shapes[l - 1][axis] - 1, boxes[0][axis + 2] * stride[axis] - pad[axis] +
          (window[axis] - 1) * dilation[axis])]], [[], []]);
    boxes.unshift([...low, ...high]);
  }
  return boxes;
}

let shared = null; // the names that sentence and table need; view and trace set it

function trace(state, data) {
  shared = data;
  const maps = mapsOf(data, state.image), last = isRow(data) ? fromEnd(maps, 1) : [];
  return { maps: Object.fromEntries(data.names.map((name, i) => [name, maps[i]])),
    probabilities: last, winner: last.length ? last.indexOf(Math.max(...last)) : -1,
    cone: coneOf(state, data), ...terms(state, data, maps) };
}

// -- words --------------------------------------------------------------------------------

const NAMES = { relu: "ReLU", sigmoid: "the sigmoid", tanh: "tanh", softmax: "the softmax" };

function answer(state, t) {
  const { labels, classes } = shared, label = labels[state.image];
  const is = labels.length ? ` (${classes[label]})` : "";
  const wrong = labels.length && label !== t.winner ? ", and is wrong" : "";
  const kind = fromEnd(shared.layers, 1).activation === "softmax" ? "probability" : "largest output";
  return `Image ${state.image}${is}: the network says ${classes[t.winner]}, ` +
    `${kind} ${share(t.probabilities[t.winner])}${wrong}.`;
}

/** Write a probability; what is not quite 0 or 1 does not look like it. */
function share(p) {
  if (p > 0 && p < .00005) return "below 0.0001";
  return p > .99995 && p < 1 ? "above 0.9999" : number(p);
}

function placeName({ layer, channel, row, column }) {
  const { shapes, names, layers, classes } = shared, [height, width, channels] = shapes[layer];
  if (layer === layers.length && isRow(shared)) return `${names[layer]}, ${classes[channel]}`;
  return names[layer] + (channels > 1 ? `, channel ${channel}` : "") +
    (height > 1 || width > 1 ? `, row ${row}, column ${column}` : "");
}

function made(state, t) {
  if (state.layer === 0) return `the picture's value is ${number(t.value)}`;
  const layer = shared.layers[state.layer - 1], count = layer.window[0] * layer.window[1];
  if (layer.op === "max" || layer.op === "average")
    return `the ${layer.op === "max" ? "largest" : "mean"} of ${count} values is ${number(t.value)}`;
  const n = count * t.partials.length;
  const first = layer.op === "conv"
    ? `${n} product${n > 1 ? "s" : ""} and the bias make z = ${number(t.z)}` : `z is ${number(t.z)}`;
  return layer.activation === "linear" ? first
    : `${first}, and ${NAMES[layer.activation]} makes ` +
      `${layer.activation === "softmax" ? share(t.value) : number(t.value)} of it`;
}

function sentence(state, t) {
  const first = t.winner >= 0 ? `${answer(state, t)} ` : "", sees = reach(state, t);
  return `${first}${placeName(state)}: ${made(state, t)}.${sees && ` It ${sees}`}`;
}

/** Below the formula: the answer, and what the number depends on. */
function caption(state, t) {
  const first = t.winner >= 0 ? `${answer(state, t)} ` : "", sees = reach(state, t);
  return `${first}${placeName(state)}${sees ? ` ${sees}` : `: ${made(state, t)}.`}`;
}

function reach(state, t) {
  if (state.layer === 0) return "";
  const [top, left, bottom, right] = t.cone[0], [height, width] = shared.shapes[0];
  if (bottom - top + 1 === height && right - left + 1 === width)
    return "depends on the whole picture.";
  return `depends on rows ${top} to ${bottom} and columns ${left} to ${right} of the picture.`;
}

function table(state, t) {
  const rows = [], numbers = [...t.probabilities];
  if (t.products.length)
    t.products.forEach((line, i) => line.forEach((v, j) => rows.push([`${state.source}`,
      `${i}, ${j}`, number(t.window[i][j]), number(t.kernel[i][j]), number(v)])));
  else t.window.forEach((line, i) => line.forEach((v, j) =>
    rows.push([`${state.channel}`, `${i}, ${j}`, number(v), "", ""])));
  t.partials.forEach((v, s) => rows.push([`${s}`, "", "", "sum of the channel", number(v)]));
  if (t.partials.length) rows.push(["", "", "", "bias", number(t.b)], ["", "", "", "z", number(t.z)]);
  rows.push(["", "", "", "value", number(t.value)]);
  numbers.forEach((p, i) => rows.push(["", "", "", shared.classes[i], share(p)]));
  return { caption: `The terms of ${placeName(state)}, then the answer`,
    head: ["channel before", "row, column", "value", "weight", "product"], rows };
}

// -- pictures -----------------------------------------------------------------------------

const STYLE = `
.net { display: flex; flex-wrap: wrap; gap: .5em .75em; align-items: flex-start; }
.net .heading { margin: 0; min-height: 0; line-height: 1.25; font-size: .85em; }
.net .heading small { font-weight: 400; font-size: 1em; color: #333; display: block; }
.tiles { display: grid; gap: .22em; width: max-content; max-width: 100%; margin-top: .2em; }
.tiles button { padding: 0; border: 2px solid #a8aeb4; border-radius: .12em; min-height: 0;
  min-width: 0; background: #fff; position: relative; line-height: 0; overflow: hidden; }
.tiles button > canvas { width: 100%; display: block; image-rendering: pixelated; }
.tiles button[aria-pressed=true] { border-color: #000; outline: 2px solid #000; color: inherit;
  background: #fff; }
.tiles button.feeds { border-color: #B87A00; }
.tiles button.source { border-color: #B87A00; outline: 2px solid #B87A00; }
.tiles button:focus-visible { outline: 3px solid #000; outline-offset: 2px; z-index: 1; }
.tiles i { position: absolute; border: 1.5px solid #000; outline: 1px solid #fff;
  pointer-events: none; min-width: 5px; min-height: 5px; }
.t0 button { width: 2.9em; } .t1 button { width: 2.4em; } .t2 button { width: 1.5em; height: 1.5em; }
.big button { width: 6.6em; }
.answers { display: grid; gap: .3em; width: 9.6em; max-width: 100%; margin-top: .2em; }
.answers button { text-align: left; position: relative; padding: .05em .4em; overflow: hidden;
  background: #fff; line-height: 1.5; color: #1a1a1a !important; white-space: nowrap; }
.answers button span { position: relative; }
.answers .bar { position: absolute; inset: 0 auto 0 0; background: #9FDBC7; }
.answers button[aria-pressed=true] { outline: 2px solid #000; background: #fff; }
.detail { display: flex; flex-wrap: wrap; gap: .4em 1.2em; align-items: flex-start;
  border-top: 1px solid #c8ccd0; padding-top: .45em; }
.detail .view { width: 11em; max-width: 100%; }
.detail .board [role=gridcell] { width: 3.1em; }
.detail .board.dense [role=gridcell] { width: 2.55em; height: 1.7em; font-size: .74em; }
.detail .strip { flex: 1 1 17em; } .detail .view button { margin-top: .35em; font-size: .88em; white-space: nowrap; }
.kernels { display: flex; flex-wrap: wrap; gap: .3em .45em; margin-top: .2em; }
.kernels button { padding: .15em .25em; line-height: 1.2; font-size: .8em; min-width: 3.9em;
  background: #fff; color: #1a1a1a !important; }
.kernels button canvas { width: 2.6em; image-rendering: pixelated; display: block; margin: 0 auto .1em;
  border: 1px solid #b8bcc0; }
.kernels button[aria-pressed=true] { outline: 2px solid #B87A00; border-color: #B87A00;
  background: #fff; }
sup { font-size: .87em; }
.lecture .net { gap: .2em .5em; justify-content: space-between; }
.lecture .net .heading small + small { display: none; }
.lecture .t0 button, .lecture .t1 button { width: 1.75em; }
.lecture .t2 button { width: 1.5em; height: 1.5em; } .lecture .big button { width: 6em; }
.lecture .detail { gap: .2em 1em; padding-top: .2em; } .lecture .detail .view { width: 8.4em; }
.lecture .detail .heading { min-height: 0; }
.lecture .detail .view button { margin-top: .1em; font-size: .85em; min-height: 0; }
.lecture .detail .board.dense [role=gridcell] { font-size: .81em; height: 1.4em; width: 2.5em; }
.lecture .answers { width: 9em; } .lecture .kernels button { font-size: .82em; }
.lecture .note { margin: 0; }
`;

/** Colours of a map: grey for the picture, signed with zero white for the others. */
function painter(state, data, maps, layer) {
  const map = maps[layer];
  let low = Infinity, high = -Infinity;
  for (const v of map) { if (v < low) low = v; if (v > high) high = v; }
  if (layer === 0) return v => {
    const g = Math.round(255 * (v - low) / (high - low || 1));
    return [g, g, g];
  };
  const far = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return v => signedColour(v / far);
}

/** One channel of a layer as RGBA. */
function rgbaOf(map, [height, width, channels], channel, colour) {
  const rgba = new Uint8ClampedArray(height * width * 4);
  for (let i = 0; i < height * width; i++) {
    const [r, g, b] = colour(map[i * channels + channel]);
    rgba.set([r, g, b, 255], 4 * i);
  }
  return rgba;
}

function put(canvas, rgba, width, height) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
}

/** A number in at most four characters and a sign, for a cell; the table has four decimals. */
function brief(v) {
  return number(Number(v.toFixed(Math.abs(v) >= 100 ? 0 : Math.abs(v) >= 10 ? 1 : 2)))
    .replace(/^(−?)0\./, "$1.");
}

/** Arrow keys go through buttons that stand in groups, side by side; one takes the focus. */
function walk(groups, enter) {
  const all = groups.flat();
  const at = button => groups.findIndex(group => group.includes(button));
  groups.forEach(group => group.forEach((button, i) => {
    button.tabIndex = -1;
    button.addEventListener("keydown", e => {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      const g = at(button), beside = groups[g + { ArrowLeft: -1, ArrowRight: 1 }[e.key]];
      const to = { ArrowUp: group[i - 1], ArrowDown: group[i + 1], Home: group[0],
        End: fromEnd(group, 1) }[e.key]
        ?? (beside && beside[Math.round(i / Math.max(1, group.length - 1) * (beside.length - 1))]);
      if (e.key === "Enter" && enter) { e.preventDefault(); button.click(); enter(); }
      if (!to) return;
      e.preventDefault();
      to.focus();
      to.click();
    });
  }));
  return chosen => all.forEach(button => { button.tabIndex = button === chosen ? 0 : -1; });
}

/** The tiles of a layer: a button for each channel; classes as bars with their numbers. */
function tilesOf(ui, layer) {
  const { shapes, names, layers, classes } = ui.data, [height, width, channels] = shapes[layer];
  const choose = channel => ui.set({ layer, channel, ...middle(ui, layer) });
  const last = layer === layers.length && isRow(ui.data);
  const buttons = Array.from({ length: channels }, (_, channel) => {
    const box = h("i", {}), canvas = h("canvas", { "aria-hidden": "true" });
    const name = last ? classes[channel] : channels > 1 ? `channel ${channel}` : "";
    const button = h("button", { "aria-pressed": "false", onclick: () => choose(channel),
      "aria-label": `${names[layer]}${name && `, ${name}`}` });
    if (last) button.append(h("div", { class: "bar" }), h("span", {}, classes[channel]));
    else button.append(canvas, box);
    return Object.assign(button, { canvas, box });
  });
  const columns = Math.ceil(Math.sqrt(channels));
  const kind = channels === 1 ? "big" : height === 1 ? "t2" : "t1";
  const grid = h("div", { class: last ? "answers" : `tiles ${kind}`, role: "group",
    "aria-label": names[layer] }, ...buttons);
  if (!last) grid.style.gridTemplateColumns = `repeat(${columns}, max-content)`;
  const { title, activation } = layer ? layers[layer - 1] : { title: "", activation: "linear" };
  const more = layer ? `${title}${activation === "linear" ? "" : `, ${activation}`}` : "pixels";
  const size = height === 1 ? `${channels} number${channels > 1 ? "s" : ""}` : `${height}×${width}×${channels}`;
  const panel = h("div", { class: "panel" }, h("div", { class: "heading" }, names[layer],
    h("small", {}, more), h("small", {}, size)), grid);
  return Object.assign(panel, { buttons, last });
}

/** Where the place goes in another layer: it stays over the same part of the picture. */
function middle(ui, layer) {
  const [height, width] = ui.data.shapes[layer], [tall, wide] = ui.data.shapes[ui.state.layer];
  const to = (v, from, n) => Math.min(n - 1, Math.floor((v + .5) / from * n));
  return { row: to(ui.state.row, tall, height), column: to(ui.state.column, wide, width) };
}

/** Draw what is new in the tiles of a layer, and the boxes that mark the cone. */
function paintTiles(ui, panel, layer, state, t, maps, fresh) {
  const shape = ui.data.shapes[layer], [height, width] = shape;
  const own = state.layer > 0 ? ui.data.layers[state.layer - 1] : null;
  const reads = own && layer === state.layer - 1;
  const colour = fresh ? painter(state, ui.data, maps, layer) : null;
  // channels beyond a convolution are all read; beyond a pooling layer only the own one
  const all = ui.data.layers.slice(layer, state.layer).some(l => l.op === "conv");
  panel.buttons.forEach((button, channel) => {
    const here = layer === state.layer && channel === state.channel;
    const before = layer < state.layer && (all || channel === state.channel);
    button.setAttribute("aria-pressed", here);
    button.classList.toggle("feeds", before);
    button.classList.toggle("source", Boolean(reads && (own.op === "conv"
      ? channel === state.source : channel === state.channel)));
    if (panel.last) {
      const p = t.probabilities[channel];
      if (!fresh) return;
      const full = Math.max(1, ...t.probabilities);
      button.firstChild.style.width = `${100 * Math.max(0, p) / full}%`;
      button.lastChild.textContent = `${ui.data.classes[channel]} ` +
        share(p).replace("below ", "< ").replace("above ", "> ");
      button.setAttribute("aria-label", `${ui.data.names[layer]}, ${ui.data.classes[channel]}`);
      return;
    }
    if (fresh) put(button.canvas, rgbaOf(maps[layer], shape, channel, colour), width, height);
    const show = (here || before) && height > 1;
    button.box.style.display = show ? "" : "none";
    if (!show) return;
    const [top, left, bottom, right] = t.cone[layer];
    Object.assign(button.box.style, { left: `${100 * left / width}%`, top: `${100 * top / height}%`,
      width: `${100 * (right - left + 1) / width}%`, height: `${100 * (bottom - top + 1) / height}%` });
  });
}

// -- the figure -----------------------------------------------------------------------------

/** How the chosen number is made, in numbers. */
function formula(state, t) {
  const { layers, classes } = shared, layer = state.layer ? layers[state.layer - 1] : null;
  const value = `<b class="y">${number(t.value)}</b>`;
  if (!layer) return `<b class="x">x[${state.row}, ${state.column}]</b> = <span class="sum">${number(t.value)}</span>`;
  if (layer.op === "max" || layer.op === "average") {
    const all = t.window.flat(), short = all.length <= 9;
    if (layer.op === "max")
      return short ? `max(${all.map(number).join(", ")}) = ${value}` : `the largest of ${all.length} values = ${value}`;
    return short ? `<span class="sum">(${all.map(factor).join(" + ")}) / ${all.length} ≈ ${value}</span>`
      : `the sum of ${all.length} values / ${all.length} = ` +
        `<span class="sum">${number(t.value * all.length)} / ${all.length} ≈ ${value}</span>`;
  }
  let text = "";
  if (layer.op === "conv") {
    const n = t.partials.length, some = n <= 16;
    const parts = t.partials.map((v, s) => (s === state.source && n > 1
      ? `<b class="x"><u>${factor(v)}</u></b>` : `<b class="x">${factor(v)}</b>`));
    const list = some ? parts.join(" + ") : `<b class="x">${number(t.partials.reduce(add, 0))}</b>`;
    const what = n === 1 ? "its products" : some ? `sums of ${n} channels` : `the sum of ${n} channels`;
    text = `z = ${what} + <b class="w">b</b> = <span class="sum">${list} + ` +
      `<b class="w">${factor(t.b)}</b> ≈ <b>${number(t.z)}</b></span>`;
  } else text = `z = <span class="sum">${number(t.z)}</span>`;
  if (layer.activation === "softmax") {
    const powers = t.logits.map((z, i) => `e<sup>${number(Number(z.toFixed(2)))}</sup>`);
    const top = powers[state.channel];
    return `${text}, &nbsp;softmax: ${top} / (${powers.join(" + ")}) ≈ ${value}`;
  }
  if (layer.activation === "linear") return text;
  const call = { relu: "ReLU", sigmoid: "σ", tanh: "tanh" }[layer.activation];
  return `${text}, &nbsp;${call}(${number(t.z)}) ${layer.activation === "relu" ? "=" : "≈"} ${value}`;
}

/** The printed numbers put to the test; or that the probabilities add up to 1. */
function proof(state, t, brief) {
  const layer = state.layer ? shared.layers[state.layer - 1] : null, n = t.window.flat().length;
  if (layer?.activation === "softmax")
    return `All answers together: ${[...t.probabilities].map(number).join(" + ")} ≈ ` +
      `${number([...t.probabilities].reduce(add, 0))}.`;
  if (layer?.op !== "conv") return "";
  const one = n <= 9 && n > 1 && !brief ? `Channel ${state.source}: ${productSum(t.window.flat().map((v, i) =>
    [v, t.kernel.flat()[i]]), t.products.flat().reduce(add, 0))}. ` : "";
  const [ours, exact] = [number(t.recomputed), number(t.z)];
  return `${one}From the numbers as printed, with four decimals, z would be ${ours}` +
    `${ours === exact ? "" : ` instead of ${exact}`}; rounding allows ${number(t.tolerance)} more or less.`;
}

/** The kernels that lead to the chosen channel, each with its share of the sum. */
function kernelStrip(ui) {
  const strip = h("div", { class: "kernels", role: "group", "aria-label": "kernels, one for each channel before" });
  let shape = "", buttons = [], focus = null;
  strip.paint = (state, t) => {
    const now = `${state.layer} ${t.partials.length}`;
    if (now !== shape) {
      shape = now;
      buttons = t.partials.map((_, s) => {
        const canvas = h("canvas", { "aria-hidden": "true" });
        return Object.assign(h("button", { onclick: () => ui.set({ source: s }) }, canvas,
          h("span", {}, "")), { canvas });
      });
      strip.replaceChildren(...buttons);
      focus = walk([buttons]);
      // left and right are the natural keys of a row
      buttons.forEach((button, s) => button.addEventListener("keydown", e => {
        const to = buttons[s + { ArrowLeft: -1, ArrowRight: 1 }[e.key]];
        if (to) { e.preventDefault(); to.focus(); to.click(); }
      }));
    }
    const kernels = t.partials.map((_, s) => kernelOf(ui.data, state.layer, s, state.channel));
    const far = Math.max(...kernels.flat(2).map(Math.abs)) || 1;
    buttons.forEach((button, s) => {
      const rows = kernels[s], rgba = new Uint8ClampedArray(rows.flat()
        .flatMap(v => [...signedColour(v / far), 255]));
      put(button.canvas, rgba, rows[0].length, rows.length);
      button.lastChild.textContent = number(Number(t.partials[s].toFixed(3)));
      button.setAttribute("aria-label", `kernel for channel ${s}: ${number(t.partials[s])}`);
      button.setAttribute("aria-pressed", s === state.source);
    });
    if (buttons.length) focus(buttons[state.source]);
  };
  return strip;
}

/** The pictures to choose from. */
function gallery(ui) {
  const { count, shapes, labels, classes } = ui.data;
  const buttons = Array.from({ length: count }, (_, i) => {
    const canvas = h("canvas", { "aria-hidden": "true" }), [height, width, channels] = shapes[0];
    const maps = mapsOf(ui.data, i), colour = painter(null, ui.data, maps, 0);
    const rgba = rgbaOf(maps[0], shapes[0], 0, colour);
    if (channels === 3) for (let p = 0; p < height * width; p++)
      rgba.set([0, 1, 2].map(c => colour(maps[0][3 * p + c])[0]), 4 * p);
    put(canvas, rgba, width, height);
    return h("button", { onclick: () => ui.set({ image: i }), "aria-pressed": "false",
      "aria-label": `image ${i}${labels.length ? `, ${classes[labels[i]]}` : ""}` }, canvas);
  });
  const grid = h("div", { class: "tiles t0", role: "group", "aria-label": "images" }, ...buttons);
  grid.style.gridTemplateColumns = `repeat(${count > 4 ? 2 : 1}, max-content)`;
  const focus = walk([buttons]);
  const note = h("small", {}, "");
  const panel = h("div", { class: "panel" }, h("div", { class: "heading" }, "images", note,
    h("small", {}, "choose one")), grid);
  panel.paint = state => {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === state.image));
    note.textContent = labels.length ? classes[labels[state.image]] : `number ${state.image}`;
    focus(buttons[state.image]);
  };
  return panel;
}

function view(ui) {
  shared = ui.data;
  const pictures = gallery(ui), panels = ui.data.shapes.map((_, layer) => tilesOf(ui, layer));
  const [sourceHead, ownHead, windowHead, kernelHead, stripHead] = Array.from({ length: 5 },
    () => h("div", { class: "heading" }));
  const own = ui.pixels("the chosen map", { at: () => [ui.state.row, ui.state.column],
    pick: (row, column) => ui.set({ row, column }) });
  const before = ui.pixels("the layer before", {
    at: () => { const [a, b, c, d] = fromEnd(ui.trace.cone, 2); return [(a + c) >> 1, (b + d) >> 1]; },
    pick: (r, c) => {
      const [height, width] = ui.data.shapes[ui.state.layer], [tall, wide] = ui.data.shapes[ui.state.layer - 1];
      const [top, left, bottom, right] = fromEnd(ui.trace.cone, 2);
      // one step of an arrow key is one step of the window
      const step = (to, from, old, n, whole) => (Math.abs(to - from) === 1 ? old + to - from
        : Math.floor((to + .5) / whole * n));
      ui.set({ row: step(r, (top + bottom) >> 1, ui.state.row, height, tall),
        column: step(c, (left + right) >> 1, ui.state.column, width, wide) });
    } });
  const windows = ui.board("numbers in the window"), weights = ui.board("weights of the kernel");
  const strip = kernelStrip(ui), sum = ui.formula(), note = ui.text();
  const sourcePanel = h("div", { class: "panel view" }, sourceHead, before);
  const ownPanel = h("div", { class: "panel view" }, ownHead, own);
  const windowPanel = h("div", { class: "panel" }, windowHead, windows);
  const kernelPanel = h("div", { class: "panel" }, kernelHead, weights);
  const stripPanel = h("div", { class: "panel strip" }, stripHead, strip);
  const focus = walk(panels.map(panel => panel.buttons), () => {
    if (ui.data.shapes[ui.state.layer][0] > 1) own.focus();
    else strip.querySelector("[tabindex='0']")?.focus();
  });
  const back = e => {
    if (e.key !== "Escape") return;
    e.preventDefault();
    panels[ui.state.layer].buttons[ui.state.channel].focus();
  };
  const detail = h("div", { class: "detail", onkeydown: back },
    sourcePanel, windowPanel, kernelPanel, ownPanel, stripPanel);
  const strongest = ui.button("to its maximum", () => {
    const map = ui.trace.maps[ui.data.names[ui.state.layer]];
    const [, width, channels] = ui.data.shapes[ui.state.layer];
    const own = map.filter((_, i) => i % channels === ui.state.channel);
    const place = own.indexOf(Math.max(...own));
    ui.set({ row: Math.floor(place / width), column: place % width });
  });
  ownPanel.append(strongest);
  ui.add(h("style", {}, STYLE), h("div", { class: "net" }, pictures, ...panels), detail, sum, note);

  let drawn = null;
  return (state, t) => {
    const { data } = ui, maps = mapsOf(data, state.image), fresh = drawn !== maps;
    const layer = state.layer ? data.layers[state.layer - 1] : null;
    const [height, width] = data.shapes[state.layer];
    drawn = maps;
    pictures.paint(state);
    panels.forEach((panel, l) => paintTiles(ui, panel, l, state, t, maps, fresh));
    focus(panels[state.layer].buttons[state.channel]);

    const show = (element, yes) => { element.style.display = yes ? "" : "none"; };
    show(ownPanel, height > 1);
    if (height > 1) {
      own.paint(rgbaOf(maps[state.layer], data.shapes[state.layer], state.channel,
        painter(state, data, maps, state.layer)), width, height);
      own.mark(state.row, state.column, 1, 1);
      ownHead.textContent = data.shapes[state.layer][2] > 1
        ? `${data.names[state.layer]}, channel ${state.channel}` : data.names[state.layer];
      ownHead.className = `heading ${state.layer ? "y" : "x"}`;
    }
    const conv = layer?.op === "conv", from = conv ? state.source : state.channel;
    const [tall, wide] = layer ? data.shapes[state.layer - 1] : [0, 0];
    show(sourcePanel, layer && tall > 1);
    if (layer && tall > 1) {
      before.paint(rgbaOf(maps[state.layer - 1], data.shapes[state.layer - 1], from,
        painter(state, data, maps, state.layer - 1)), wide, tall);
      const [top, left, bottom, right] = fromEnd(t.cone, 2);
      before.mark(top, left, bottom - top + 1, right - left + 1);
    }
    if (layer) sourceHead.textContent = data.names[state.layer - 1] +
      (data.shapes[state.layer - 1][2] > 1 ? `, channel ${from}` : "");
    sourceHead.className = "heading x";

    const few = layer && t.window.length <= 7 && t.window[0].length <= 7;
    show(windowPanel, few);
    show(kernelPanel, few && conv);
    if (few) {
      const colour = painter(state, data, maps, state.layer - 1);
      const rows = t.window.length, columns = t.window[0].length;
      for (const board of [windows, weights]) board.classList.toggle("dense", rows > 3);
      windowHead.textContent = rows * columns > 1 ? "x, the window" : "x";
      windowHead.className = "heading x";
      windows.paint({ rows, columns, cell: (r, c) => {
        const v = t.window[r][c], rgb = colour(v);
        return { text: brief(v), fill: `rgb(${rgb})`, ink: inkOn(rgb), title: number(v) };
      } });
      const far = Math.max(...t.kernel.flat().map(Math.abs)) || 1;
      kernelHead.textContent = "w, the kernel";
      kernelHead.className = "heading w";
      if (conv) weights.paint({ rows, columns, cell: (r, c) => {
        const v = t.kernel[r][c], rgb = signedColour(.8 * v / far);
        return { text: brief(v), fill: `rgb(${rgb})`, ink: inkOn(rgb), title: number(v) };
      } });
    }
    show(stripPanel, conv && t.partials.length > 1);
    stripHead.textContent = `${t.partials.length} kernels lead here: each gives a sum`;
    stripHead.className = "heading w";
    strip.paint(state, conv ? t : { ...t, partials: [] });
    sum.classList.toggle("long", t.partials.length > 4);
    sum.innerHTML = formula(state, t);
    note.textContent = proof(state, t, ui.lecture);
  };
}

export default figure({
  title: "A trained network",
  keys: "Among the feature maps, arrow keys go up and down through the channels, left and right " +
    "through the layers; Enter goes into the chosen map, where arrow keys move the place, and " +
    "Escape goes back.",
  settle, trace, sentence, caption, table, view,
});
