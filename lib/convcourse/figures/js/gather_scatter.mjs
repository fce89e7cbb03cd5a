// F2: gather and scatter, product by product. The twin of gather_scatter.py.
import { factor, inkOn, number, productSum, shownExactly, signedColour } from "./core.mjs";
import { COLOURS, INKS, figure, h } from "./kit.mjs";

function settle(state) {
  return { ...state, step: Math.min(state.step, state.x.length * state.w.length) };
}

/** The [k, m] of all products in the order of the view's loops. */
function order({ x, w, view }) {
  const N = x.length, K = w.length, pairs = [];
  if (view === "scatter")
    for (let k = 0; k < N; k++) for (let m = 0; m < K; m++) pairs.push([k, m]);
  else
    for (let n = 0; n < N + K - 1; n++)
      for (let k = Math.max(0, n - K + 1); k < Math.min(n + 1, N); k++) pairs.push([k, n - k]);
  return pairs;
}

const STYLE = `
.sides { display: flex; flex-wrap: wrap; gap: .3em 1.5em; align-items: center; }
.sides .drawing { flex: 1 1 26em; width: auto; min-width: min(26em, 100%); }
.sides .column { flex: 0 1 24em; max-width: 100%; gap: .6em; }
.loops { display: grid; grid-template-columns: max-content max-content; column-gap: 1em;
  white-space: pre; overflow-x: auto; line-height: 1.6; padding: .4em .7em;
  font: .86em/1.6 ui-monospace, "DejaVu Sans Mono", monospace;
  background: #f4f6f8; border-radius: .4em; }
.lecture .loops { font-size: .82em; padding: .3em .4em; column-gap: .7em; }
@media (max-width: 480px) { .loops { font-size: .78em; column-gap: .6em; padding: .3em; } }
`;

/** How many products an output needs. */
function needed(n, N, K) { return Math.min(n, N - 1) - Math.max(0, n - K + 1) + 1; }

/** Every number: the products, and what the first `step` of them add up to. */
function trace(state) {
  const { x, w, step } = state, N = x.length, K = w.length, pairs = order(state);
  const products = x.map(a => w.map(b => a * b)), done = x.map(() => w.map(() => false));
  const y = new Array(N + K - 1).fill(0), way = [...y], count = [...y];
  const [k, m] = pairs[step - 1], n = k + m, terms = [];
  let low = 0, high = 0;
  pairs.forEach(([i, j], at) => {
    const sum = way[i + j] += products[i][j];
    low = Math.min(low, sum);
    high = Math.max(high, sum);
    if (at >= step) return;
    done[i][j] = true;
    y[i + j] = sum;
    count[i + j]++;
    if (i + j === n) terms.push(i);
  });
  const full = i => count[i] === needed(i, N, K);
  return { products, k, m, n, product: products[k][m], done, y, terms, total: y[n],
    finished: count.filter((_, i) => full(i)).length,
    begun: count.filter((c, i) => c && !full(i)).length, complete: full(n), low, high };
}

function pairsOf({ x, w }, { terms, n }) { return terms.map(k => [x[k], w[n - k]]); }

const are = count => (count === 1 ? "is" : "are");

function caption(state, t) {
  return `Of ${t.y.length} outputs ${t.finished} ${are(t.finished)} finished and ` +
    `${t.begun} ${are(t.begun)} begun.`;
}

function sentence(state, t) {
  const { x, w, step } = state, { k, m, n } = t;
  const name = state.view === "scatter" ? "Scatter" : "Gather";
  return `${name}, product ${step} of ${x.length * w.length}: x[${k}]·w[${m}] = ` +
    `${productSum([[x[k], w[m]]], t.product)} goes to y[${n}]. ` +
    `${t.complete ? "Finished:" : "So far"} y[${n}] = ` +
    `${productSum(pairsOf(state, t), t.total)}. ${caption(state, t)}`;
}

function table(state, t) {
  const { x, w } = state;
  return {
    caption: "All products x[k]·w[m]; those in brackets are not yet added",
    head: ["sample", ...w.map((v, m) => `w[${m}] = ${number(v)}`)],
    rows: x.map((v, k) => [`x[${k}] = ${number(v)}`, ...w.map((_, m) =>
      t.done[k][m] ? `${number(t.products[k][m])}, in y[${k + m}]`
        : `(${number(t.products[k][m])})`)]),
  };
}

// -- the drawing: x down the side, a row of products for each, the outputs below ---------

/** Sizes of the drawing: where column and row of a product lie. */
function layout(state, width, u, lecture) {
  const { x, w, aligned } = state, N = x.length, K = w.length, places = N + K - 1;
  const wide = width > 30 * u, side = (wide ? 4.4 : 2.5) * u; // one strip of numbers
  const gutter = 2 * side + 0.3 * u;
  const step = Math.min((width - gutter - 2) / places, 4.6 * u);
  const row = (lecture ? 1.7 : 2.05) * u, top = 2.7 * u;
  const column = (k, m) => gutter + ((aligned ? k : 0) + m) * step;
  return { N, K, places, wide, side, gutter, step, row, top, column,
    y: k => top + k * row, bottom: top + N * row, at: n => gutter + (n + 0.5) * step };
}

function paint(state, t, width, u, lecture) {
  const { x, w, aligned } = state, scatter = state.view === "scatter";
  const v = layout(state, width, u, lecture), { N, K, step, row, side } = v;
  const out = [], put = text => out.push(text);
  const write = (a, b, text, { size = 0.86, ink = "#333", anchor = "middle", weight = 400 } = {}) =>
    put(`<text x="${a}" y="${b + 0.31 * size * u}" font-size="${size * u}" fill="${ink}" ` +
      `text-anchor="${anchor}" font-weight="${weight}">${text}</text>`);
  const rect = (a, b, wd, hg, look) =>
    put(`<rect x="${a}" y="${b}" width="${wd}" height="${hg}" rx="3" ${look}/>`);
  /** A number as large as its place allows. */
  const fit = (a, b, value, room, look = {}) => {
    const least = lecture ? 0.82 : 0.6;
    const rounded = [4, 2, 1].map(d => number(Number(value.toFixed(d))));
    const text = [...rounded, rounded[2].replace(/^(−?)0\./, "$1."), number(Math.round(value))]
      .find((s, i) => i === 4 || s.length * 0.6 * least * u < room - 3);
    const size = Math.max(least, Math.min(0.92, (room - 3) / (0.6 * u * text.length)));
    write(a, b, text, { size, ...look });
  };
  /** A number with its name: of x (blue) or w (orange). */
  const named = (a, b, room, symbol, name, value, strong) => {
    const tint = symbol === "x" ? "#eef6fb" : "#fdf5e4";
    rect(a + 1, b + 1, room - 2, row - 2, `fill="${tint}" stroke="${COLOURS[symbol]}" ` +
      `stroke-width="${strong ? 2.6 : 1.2}"`);
    if (v.wide && room > 3.8 * u) {
      write(a + 0.25 * u, b + row / 2, name, { anchor: "start", size: 0.82, ink: "#444" });
      fit(a + room - (room - 2 * u) / 2, b + row / 2, value, room - 2.1 * u,
        { ink: INKS[symbol], weight: 650 });
    } else fit(a + room / 2, b + row / 2, value, room, { ink: INKS[symbol], weight: 650 });
  };

  // x down the left side; where we gather, w lies flipped beside it
  write(side / 2, v.top - 0.8 * u, "x", { ink: INKS.x, weight: 650 });
  x.forEach((value, k) => named(0, v.y(k), side, "x", `x[${k}]`, value, k === t.k));
  const flipped = !scatter && aligned;
  if (flipped) {
    write(1.5 * side, v.top - 0.8 * u, v.wide ? "w, flipped" : "w", { ink: INKS.w, weight: 650 });
    for (let k = Math.max(0, t.n - K + 1); k <= Math.min(t.n, N - 1); k++)
      named(side, v.y(k), side, "w", `w[${t.n - k}]`, w[t.n - k], k === t.k);
  } else { // w above: in step with the row that is painted
    const shift = aligned ? t.k : 0, high = v.top - row - 0.35 * u;
    write(v.gutter + shift * step - 0.4 * u, high + row / 2, "w",
      { ink: INKS.w, weight: 650, anchor: "end" });
    w.forEach((value, m) =>
      named(v.gutter + (shift + m) * step, high, step, "w", `w[${m}]`, value, m === t.m));
  }

  // the products: empty until they are added
  const most = Math.max(...t.products.flat().map(Math.abs)) || 1;
  t.products.forEach((line, k) => line.forEach((value, m) => {
    const a = v.column(k, m), b = v.y(k);
    if (t.done[k][m]) {
      const colour = signedColour(0.75 * value / most);
      rect(a + 1, b + 1, step - 2, row - 2, `fill="rgb(${colour})" stroke="#8a9096"`);
      fit(a + step / 2, b + row / 2, value, step, { ink: inkOn(colour), weight: 600 });
    } else rect(a + 1, b + 1, step - 2, row - 2,
      'fill="#fff" stroke="#8a9096" stroke-dasharray="3 3"');
  }));

  // what belongs together now: a row, a column or a diagonal
  const frame = 'fill="none" stroke="#000" stroke-width="1.6" stroke-dasharray="7 4"';
  if (scatter) rect(v.column(t.k, 0) - 2, v.y(t.k) - 2, K * step + 4, row + 4, frame);
  else if (aligned) {
    const from = Math.max(0, t.n - K + 1), to = Math.min(t.n, N - 1);
    rect(v.at(t.n) - step / 2 - 2, v.y(from) - 2, step + 4, (to - from + 1) * row + 4, frame);
  }
  else for (let k = Math.max(0, t.n - K + 1); k <= Math.min(t.n, N - 1); k++)
    rect(v.column(k, t.n - k) + 1, v.y(k) + 1, step - 2, row - 2, frame);
  if (!aligned) { // the diagonal says which output it is
    const k = Math.min(t.n, N - 1), m = t.n - k, name = `y[${t.n}]`;
    const look = { ink: INKS.y, weight: 650, anchor: "end" };
    if (m) write(v.column(k, m) + 0.4 * u, v.bottom + 0.6 * u, name, look);
    else write(v.gutter - 0.3 * u, v.y(k) + row / 2, name, look);
  }
  rect(v.column(t.k, t.m), v.y(t.k), step, row, 'fill="none" stroke="#fff" stroke-width="5"');
  rect(v.column(t.k, t.m), v.y(t.k), step, row, 'fill="none" stroke="#000" stroke-width="2.6"');

  // the outputs so far: begun ones dashed
  const tall = (lecture ? 6.4 : 7.5) * u, sums = v.bottom + 1.2 * u;
  const up = 2 * u, down = (t.low < 0 ? 1.5 : 0.4) * u;
  const per = (tall - up - down) / (t.high - t.low || 1);
  const level = value => sums + up + (t.high - value) * per;
  const tip = Math.min(level(t.total), level(0)) - 1.6 * u;
  if (aligned) put(`<path d="M${v.at(t.n)} ${v.y(t.k) + row + 2}V${tip}m-4 -6l4 6l4 -6" ` +
    'fill="none" stroke="#000" stroke-width="1.5" stroke-dasharray="3 2"/>');
  put(`<line x1="${v.gutter}" x2="${v.gutter + v.places * step}" y1="${level(0)}" ` +
    `y2="${level(0)}" stroke="#555"/>`);
  rect(v.at(t.n) - step / 2 + 1, sums + 0.2 * u, step - 2, tall - 0.2 * u,
    'fill="#000" fill-opacity=".06" stroke="none"');
  write(v.gutter - 0.4 * u, level(0), v.wide ? "y so far" : "y",
    { ink: INKS.y, weight: 650, anchor: "end" });
  t.y.forEach((value, n) => {
    let have = 0;
    for (let k = Math.max(0, n - K + 1); k <= Math.min(n, N - 1); k++) have += t.done[k][n - k];
    const a = v.at(n), tip = level(value), s = 0.34 * u, below = value < 0;
    write(a, sums + tall + 0.6 * u, n);
    if (!have) {
      put(`<circle cx="${a}" cy="${level(0)}" r="3" fill="#fff" stroke="#555"/>`);
      return;
    }
    const dash = have < needed(n, N, K) ? 'stroke-dasharray="4 3"' : "";
    put(`<line x1="${a}" x2="${a}" y1="${level(0)}" y2="${tip}" stroke="${COLOURS.y}" ` +
      `stroke-width="2.6" ${dash}/><path d="M${a} ${tip - 1.3 * s}l${1.3 * s} ${1.3 * s}` +
      `l${-1.3 * s} ${1.3 * s}l${-1.3 * s} ${-1.3 * s}z" fill="${below || dash ? "#fff"
        : COLOURS.y}" stroke="${COLOURS.y}" stroke-width="2"/>`);
    fit(a, tip + (below ? 1.05 : -0.95) * u, value, Math.max(step, 2 * u),
      { ink: INKS.y, weight: 650 });
  });
  write(v.gutter - 0.4 * u, sums + tall + 0.6 * u, "n", { anchor: "end" });
  return { height: sums + tall + 1.3 * u, content: out.join("") };
}

/** The loops of this view, with the present values of their counters. */
function program(state, t) {
  const { x, w } = state, N = x.length, K = w.length, { k, m, n } = t;
  const colour = (kind, text) => `<b class="${kind}">${text}</b>`;
  const product = `${colour("x", factor(x[k]))}·${colour("w", factor(w[m]))}`;
  const from = Math.max(0, n - K + 1), to = Math.min(n + 1, N);
  const lines = state.view === "scatter"
    ? [[`for k in range(${N}):`, `k = ${k}`], [`  for m in range(${K}):`, `m = ${m}`],
      ["    y[k + m] += x[k] * w[m]", `${colour("y", `y[${n}]`)} += ${product}`]]
    : [[`for n in range(${N + K - 1}):`, `n = ${n}`],
      [`  for k in range(${from}, ${to}):`, `k = ${k}`],
      ["    y[n] += x[k] * w[n - k]", `${colour("y", `y[${n}]`)} += ${product}`]];
  return lines.map(([code, now]) => `<span>${code}</span><span>${now}</span>`).join("");
}

/** The sum of the present output so far. */
function formula(state, t) {
  const colour = (kind, text) => `<b class="${kind}">${text}</b>`;
  const pairs = pairsOf(state, t), exact = shownExactly(t.total, ...pairs.flat());
  const terms = pairs.map(([a, b]) => `${colour("x", factor(a))}·${colour("w", factor(b))}`);
  const rest = needed(t.n, state.x.length, state.w.length) - pairs.length;
  const more = !rest ? "finished" : `${rest} product${rest > 1 ? "s" : ""} to come`;
  return `${colour("y", `y[${t.n}]`)} = <span class="sum">${terms.join(" + ")} ` +
    `${exact ? "=" : "≈"} ${colour("y", number(t.total))}</span>, <span style="white-space: nowrap">${more}</span>`;
}

export default figure({
  title: "Gather and scatter",
  keys: "In the drawing a product can be clicked: the loops run up to it.",
  settle, trace, sentence, caption, table,
  view(ui) {
    const range = state => [1, state.x.length * state.w.length];
    const drawing = ui.drawing(
      (width, u) => paint(ui.state, ui.trace, width, u, ui.lecture),
      (a, b) => {
        const { state } = ui, u = parseFloat(getComputedStyle(ui.card).fontSize) || 14;
        const v = layout(state, drawing.clientWidth, u, ui.lecture);
        const k = Math.floor((b - v.top) / v.row);
        const m = Math.floor((a - v.column(k, 0)) / v.step), n = Math.floor((a - v.gutter) / v.step);
        const last = [Math.min(n, v.N - 1), n - Math.min(n, v.N - 1)]; // finishes y[n]
        const [i, j] = b > v.bottom ? last : [k, m];
        const step = order(state).findIndex(([p, q]) => p === i && q === j) + 1;
        if (step) ui.set({ step });
      });
    /** The last product of this copy or output; if we are there, of the next one. */
    const on = ui.button("", () => {
      const { state } = ui, pairs = order(state), scatter = state.view === "scatter";
      const group = at => (scatter ? pairs[at][0] : pairs[at][0] + pairs[at][1]);
      let at = Math.min(state.step, pairs.length - 1);
      while (at + 1 < pairs.length && group(at + 1) === group(at)) at++;
      ui.set({ step: at + 1 });
    });
    const sum = ui.formula();
    const code = h("div", { class: "loops", tabindex: "0", role: "region",
      "aria-label": "The loops" });
    ui.add(h("style", {}, STYLE),
      ui.row(ui.cells("x", "signal x", { resize: true }),
        ui.cells("w", "kernel w", { resize: true })),
      ui.row(ui.menu("view", "order"), ui.tick("aligned", "line up what adds up"),
        ui.stepper("step", "products", range), on, ui.slider("step", "product", range)),
      h("div", { class: "sides" }, drawing, h("div", { class: "column" }, code, sum)));
    return (state, t) => {
      drawing.paint();
      code.innerHTML = program(state, t);
      sum.innerHTML = formula(state, t);
      on.textContent = state.view === "scatter" ? "next copy" : "next output";
    };
  },
});
