// F6: one convolutional layer with all channels, bias and ReLU. The twin of conv_layer.py.
import { factor, inkOn, number, shownExactly, signedColour } from "./core.mjs";
import { figure, h } from "./kit.mjs";

const MOST = 4; // channels that have a place in the figure

/** The sizes behind the tables of the state: see ConvLayer in Python. */
function sizes({ x, w, b, k }) {
  const most = w.length / b.length, side = Math.round(Math.sqrt(w[0].length));
  return { most, height: x.length / most, width: x[0].length, side, cut: (side - k) / 2 };
}

function settle(state) {
  const { most, height, width, side } = sizes(state);
  if (state.k !== 1 && state.k !== side)
    throw new Error(`k must be 1 or ${side}: the kernels have ${side} rows.`);
  const rows = height - state.k + 1, columns = width - state.k + 1;
  if (rows < 1 || columns < 1)
    throw new Error(`The kernel has ${state.k} rows and columns, x only ${height} by ` +
      `${width}: no place holds it whole. Take k = 1.`);
  const inside = (v, low, high) => Math.min(Math.max(v, low), high);
  const outputs = inside(state.outputs, 1, state.b.length);
  return { ...state, outputs, inputs: inside(state.inputs, 1, most),
    channel: inside(state.channel, 0, outputs - 1),
    row: inside(state.row, 0, rows - 1), column: inside(state.column, 0, columns - 1) };
}

const square = (k, make) => Array.from({ length: k }, (_, r) =>
  Array.from({ length: k }, (_, c) => make(r, c)));

/** The kernel from input channel i to output channel o, as far as k uses it. */
function kernel(state, i, o) {
  const { side, cut } = sizes(state), row = state.w[i * state.b.length + o];
  return square(state.k, (r, c) => row[(r + cut) * side + c + cut]);
}

/** Every number: all outputs before and after ReLU, and the terms of the chosen one. */
function trace(state) {
  const { inputs, outputs, k, channel, row, column } = state;
  const { height, width } = sizes(state), rows = height - k + 1, columns = width - k + 1;
  const at = (i, r, c) => state.x[i * height + r][c];
  const bias = o => (state.bias ? state.b[o] : 0);
  const before = Array.from({ length: outputs }, (_, o) => {
    const kernels = Array.from({ length: inputs }, (_, i) => kernel(state, i, o));
    return Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => {
      let z = 0;
      for (let i = 0; i < inputs; i++)
        for (let p = 0; p < k; p++)
          for (let q = 0; q < k; q++) z += kernels[i][p][q] * at(i, r + p, c + q);
      return z + bias(o);
    }));
  });
  const after = before.map(map => map.map(line => line.map(z => (state.relu ? Math.max(z, 0) : z))));
  const each = make => Array.from({ length: inputs }, (_, i) => make(i));
  const windows = each(i => square(k, (r, c) => at(i, row + r, column + c)));
  const kernels = each(i => kernel(state, i, channel));
  const products = each(i => square(k, (r, c) => windows[i][r][c] * kernels[i][r][c]));
  return { windows, kernels, products, rows, columns, before, after,
    sums: products.map(p => p.flat().reduce((a, b) => a + b, 0)), b: bias(channel),
    z: before[channel][row][column], value: after[channel][row][column],
    parameters: k * k * inputs * outputs + (state.bias ? outputs : 0) };
}

// -- words ----------------------------------------------------------------------------

function terms(state, t) { return state.bias ? [...t.sums, t.b] : t.sums; }

function sign(state, t) { return shownExactly(t.z, ...terms(state, t)) ? "=" : "≈"; }

function place({ row, column, channel }) { return `y[${row}, ${column}, ${channel}]`; }

function sentence(state, t) {
  const all = terms(state, t), z = number(t.z);
  const sum = all.length > 1 ? `${all.map(factor).join(" + ")} ${sign(state, t)} ${z}` : z;
  const relu = state.relu ? `, and ReLU makes ${number(t.value)} of it` : "";
  return `${place(state)}: ${sum}${relu}. ${caption(state, t)}`;
}

/** How many numbers the layer learns, and how Keras writes it. */
function caption({ inputs: n, outputs: m, k, bias, relu }, t) {
  const one = `${k * k} product${k > 1 ? "s" : ""}`;
  const sums = n > 1 ? `${n} sums of ${one}, one for each input channel,` : `One sum of ${one}`;
  const options = [m, k, ...(relu ? ['activation="relu"'] : []), ...(bias ? [] : ["use_bias=False"])];
  return `${sums} and ${bias ? "the bias" : "no bias"}. Conv2D(${options.join(", ")}) on ${n} ` +
    `channel${n > 1 ? "s" : ""} learns (${k}·${k}·${n}${bias ? " + 1" : ""})·${m} = ` +
    `${t.parameters} numbers.`;
}

function table(state, t) {
  const rows = t.windows.flatMap((window, i) => [
    ...window.flatMap((line, r) => line.map((v, c) => [`${i}`,
      `${state.row + r}, ${state.column + c}`, number(v), number(t.kernels[i][r][c]),
      number(t.products[i][r][c])])),
    [`${i}`, "", "", "sum of the channel", number(t.sums[i])]]);
  const bias = state.bias ? [["", "", "", "bias", number(t.b)]] : [];
  const relu = state.relu ? [["", "", "", "after ReLU", number(t.value)]] : [];
  return { caption: `The terms of ${place(state)}`,
    head: ["input channel", "row, column", "pixel of x", "weight", "product"],
    rows: [...rows, ...bias, ["", "", "", "all together", number(t.z)], ...relu] };
}

// -- the figure -------------------------------------------------------------------------

const STYLE = `
.layer { display: flex; flex-wrap: wrap; gap: .6em 1.1em; align-items: flex-start; }
.layer .heading { min-height: 0; margin: .2em 0 .15em; white-space: nowrap; }
.layer .board [role=gridcell] { width: 2.25em; }
.layer :is(.outputs .board, .products) [role=gridcell] { width: 2.92em; }
.layer .edit input { width: 2.6em !important; }
.sums { font-size: 1.05em; margin: .3em 0 0; white-space: nowrap; padding-top: .2em;
  border-top: 2px solid #444; }
.outputs { display: grid; grid-template-columns: max-content max-content; gap: .4em .6em; }
.outputs > div { border-left: .3em solid transparent; padding-left: .35em; }
.outputs > .on { border-color: #009E73; }
.bend { margin-top: .5em; } .bend svg { display: block; font-family: inherit; }
.board [data-mark~=cut] { color: #555 !important; background-image: repeating-linear-gradient(
  135deg, rgba(60,60,60,.3) 0 1px, transparent 1px 6px); }
.lecture .layer { gap: .2em 1.1em; justify-content: space-between; }
.lecture .layer .board [role=gridcell] { height: 1.55em; }
.lecture .layer .board.plain [role=gridcell] { width: 1.82em; }
.lecture .layer .products [role=gridcell] { width: 2.55em; }
.lecture .layer .edit input { height: 1.5em; width: 2.3em !important; }
@media (max-width: 480px) { .layer { gap: .5em .6em; }
  .layer .board [role=gridcell] { width: 2.05em; } }
`;

/** The controls of ui bound to a part of the state: get(state), and put(value) -> changes. */
function part(ui, name, field, get, put) {
  const seen = state => ({ [name]: get(state) });
  const bound = Object.create(ui, { state: { get: () => seen(ui.state) } });
  return Object.assign(bound, {
    spec: { [name]: field },
    shows: { push: show => ui.shows.push(state => show(seen(state))) },
    set: changes => ui.set(put(changes[name])),
    showControls: () => ui.showControls(),
  });
}

/** Editable weights of the kernel from input channel i to the chosen output channel. */
function weights(ui, i) {
  const get = state => (i < sizes(state).most ? kernel(state, i, state.channel)
    : square(state.k, () => 0));
  const put = table => {
    const { side, cut } = sizes(ui.state), at = i * ui.state.b.length + ui.state.channel;
    const w = ui.state.w.map(row => [...row]);
    table.forEach((line, r) => line.forEach((v, c) => { w[at][(r + cut) * side + c + cut] = v; }));
    return { w };
  };
  const field = { ...ui.spec.w, kind: "matrix" };
  const cells = part(ui, "w", field, get, put)
    .cells("w", `kernel for input channel ${i}`, { symbol: "w" });
  cells.firstChild.className = "hidden"; // the heading says it
  return cells;
}

/** A number in at most four characters, for a cell; the exact one is in the sum. */
function brief(v) {
  return number(Number(v.toFixed(Math.abs(v) >= 100 ? 0 : Math.abs(v) >= 10 ? 1 : 2)));
}

/** One input channel: its numbers, its kernel, their products, their sum. */
function inputColumn(ui, i) {
  const heading = kind => h("div", { class: `heading ${kind}` });
  const [top, middle, low] = [heading("x"), heading("w"), heading("")];
  const toWindow = (r, c) => {
    const back = (ui.state.k - 1) / 2, { rows, columns } = ui.trace;
    ui.set({ row: Math.min(Math.max(r - back, 0), rows - 1),
      column: Math.min(Math.max(c - back, 0), columns - 1) });
  };
  const x = ui.board(`input channel ${i}`, { pick: toWindow });
  const products = ui.board(`products of channel ${i}`);
  const sum = h("p", { class: "sums" });
  x.classList.add("plain");
  products.classList.add("products");
  const cells = weights(ui, i);
  const column = h("div", { class: "panel" }, top, x, middle, cells, low, products, sum);
  column.paint = (state, t) => {
    column.style.display = i < state.inputs ? "" : "none";
    if (i >= state.inputs) return;
    const { height, width } = sizes(state), { row, column: left, k, channel } = state;
    const [away, far] = [(k - 1) / 2, Math.max(1, ...state.x.flat().map(Math.abs))];
    const inside = (r, c) => r >= row && r < row + k && c >= left && c < left + k;
    x.paint({ rows: height, columns: width, chosen: [row + away, left + away], cell: (r, c) => {
      const v = state.x[i * height + r][c], rgb = signedColour(.6 * v / far);
      return { text: brief(v), fill: `rgb(${rgb})`, ink: inkOn(rgb),
        mark: inside(r, c) ? "window" : "" };
    } });
    const most = Math.max(1, ...t.products.flat(2).map(Math.abs));
    products.paint({ rows: k, columns: k, cell: (r, c) => {
      const v = t.products[i][r][c], rgb = signedColour(.6 * v / most);
      return { text: brief(v), fill: `rgb(${rgb})`, ink: inkOn(rgb),
        title: `${number(t.windows[i][r][c])} times ${number(t.kernels[i][r][c])} is ${number(v)}` };
    } });
    for (const [n, input] of cells.querySelectorAll("input").entries())
      input.setAttribute("aria-label", `w[${Math.floor(n / k)}, ${n % k}, ${i}, ${channel}]`);
    top.textContent = `x[:, :, ${i}]`;
    middle.textContent = `w[:, :, ${i}, ${channel}]`;
    low.textContent = "x · w";
    sum.innerHTML = `${i ? "+ " : ""}<b>${i ? factor(t.sums[i]) : number(t.sums[i])}</b>`;
  };
  return column;
}

/** One output channel: its numbers; a click chooses channel and place. */
function outputMap(ui, o) {
  const heading = h("div", { class: "heading y" });
  const board = ui.board(`output channel ${o}`, { pick: (r, c) => ui.set({ channel: o,
    row: Math.min(Math.max(r, 0), ui.trace.rows - 1),
    column: Math.min(Math.max(c, 0), ui.trace.columns - 1) }) });
  const panel = h("div", { class: "panel" }, heading, board);
  panel.paint = (state, t) => {
    panel.style.display = o < state.outputs ? "" : "none";
    if (o >= state.outputs) return;
    const here = o === state.channel, far = Math.max(1, ...t.after[o].flat().map(Math.abs));
    panel.classList.toggle("on", here);
    heading.textContent = `y[:, :, ${o}]${here ? ", chosen" : ""}`;
    board.paint({ rows: t.rows, columns: t.columns, chosen: [state.row, state.column],
      cell: (r, c) => {
        const v = t.after[o][r][c], z = t.before[o][r][c], rgb = signedColour(.6 * v / far);
        const chosen = here && r === state.row && c === state.column;
        return { text: brief(v), fill: `rgb(${rgb})`, ink: inkOn(rgb),
          mark: `${v !== z ? "cut" : ""}${chosen ? " chosen" : ""}`,
          title: v === z ? number(v) : `${number(v)}, cut from ${number(z)}` };
      } });
  };
  return panel;
}

/** The bent line of ReLU (or the straight one without it) over all z of the channel. */
function bend(state, t, u, lecture) {
  const zs = t.before[state.channel].flat();
  const far = Math.max(1, ...zs.map(Math.abs));
  const [wide, tall] = lecture ? [15 * u, 6 * u] : [18 * u, 10 * u];
  const x = z => wide * (.5 + .44 * z / far), y = v => tall * (.56 - .42 * v / far);
  const f = z => (state.relu ? Math.max(z, 0) : z);
  const dot = z => `<circle cx="${x(z)}" cy="${y(f(z))}" r="${.16 * u}" fill="#fff" stroke="#00634A"/>`;
  const say = (a, b, text, more = "") => `<text x="${a}" y="${b}" font-size="${.85 * u}" ` +
    `fill="#333" ${more}>${text}</text>`;
  const near = Math.min(Math.max(x(t.z), 2.4 * u), wide - 2.4 * u); // labels stay inside
  return `<svg width="${wide}" height="${tall}" aria-hidden="true">` +
    `<path d="M0 ${y(0)}H${wide}M${x(0)} ${.3 * u}V${tall - .3 * u}" stroke="#888" fill="none"/>` +
    `<path d="M${x(-far)} ${y(f(-far))}L${x(0)} ${y(0)}L${x(far)} ${y(f(far))}" ` +
    `stroke="#009E73" stroke-width="2.6" fill="none"/>${zs.map(dot).join("")}` +
    `<path d="M${x(t.z)} ${y(0)}V${y(f(t.z))}" stroke="#000" stroke-dasharray="3 3"/>` +
    `<circle cx="${x(t.z)}" cy="${y(f(t.z))}" r="${.34 * u}" fill="#00634A" stroke="#000"/>` +
    say(near, y(0) + (f(t.z) < 0 ? -.45 : 1.15) * u, `z = ${number(t.z)}`,
      'text-anchor="middle" font-weight="650"') +
    say(wide, y(0) - .3 * u, "z", 'text-anchor="end"') +
    say(x(0) - .3 * u, .9 * u, state.relu ? "ReLU(z)" : "y = z", 'text-anchor="end"') + "</svg>";
}

/** The sum in the layer's letters and in numbers. */
function formula(state, t) {
  const bias = state.bias ? ` + <b class="w">b[${state.channel}]</b>` : "";
  const last = state.bias ? t.sums.length : -1;
  const sum = terms(state, t).map((v, i) => (i === last ? `<b class="w">${factor(v)}</b>`
    : `<b>${factor(v)}</b>`)).join(" + ");
  const end = state.relu ? `, &nbsp;<b class="y">${place(state)}</b> = ReLU(${number(t.z)}) = ` +
    `<b class="y">${number(t.value)}</b>` : "";
  const name = state.relu ? "z" : `<b class="y">${place(state)}</b>`;
  return `${name} = sums of the channels${bias} = <span class="sum">${sum} ${sign(state, t)} ` +
    `<b>${number(t.z)}</b></span>${end}`;
}

function view(ui) {
  const inputs = Array.from({ length: MOST }, (_, i) => inputColumn(ui, i));
  const outputs = Array.from({ length: MOST }, (_, o) => outputMap(ui, o));
  const sum = ui.formula(), curve = h("div", { class: "bend" });
  const box = h("div", {}, h("div", { class: "outputs" }, ...outputs), curve);
  const kernels = ui.select(ui.lecture ? "kernel" : "kernel size", { 3: "3 × 3", 1: "1 × 1" },
    value => ui.set({ k: Number(value) }), state => state.k);
  const bias = part(ui, "b", { ...ui.spec.b, kind: "series", lengths: [1, 1] },
    state => [state.b[state.channel]],
    ([value]) => ({ b: ui.state.b.map((v, o) => (o === ui.state.channel ? value : v)) }))
    .cells("b", "b", { symbol: "w" });
  const many = word => (ui.lecture ? word : word.replace("s", " channels"));
  ui.add(h("style", {}, STYLE),
    ui.row(ui.slider("inputs", many("inputs"), state => [1, sizes(state).most]),
      ui.slider("outputs", many("outputs"), state => [1, state.b.length]),
      kernels, ui.row(ui.tick("bias", "bias"), bias), ui.tick("relu", "ReLU")),
    h("div", { class: "layer" }, ...inputs, box), sum);
  return (state, t) => {
    inputs.forEach(column => column.paint(state, t));
    outputs.forEach(map => map.paint(state, t));
    curve.innerHTML = bend(state, t, parseFloat(getComputedStyle(ui.card).fontSize) || 14,
      ui.lecture);
    const cell = bias.querySelector("input");
    cell.setAttribute("aria-label", `b[${state.channel}]`);
    cell.disabled = !state.bias;
    sum.innerHTML = formula(state, t);
  };
}

export default figure({
  title: "One convolutional layer",
  keys: "In an input channel arrow keys move the window, in an output channel the place.",
  settle, trace, sentence, caption, table, view,
});
