// F2: gather and scatter, product by product. The twin of gather_scatter.py.
import { factor, inkOn, number, productSum, shownExactly, signedColour } from "./core.mjs";
import { COLOURS, INKS, figure, h, whole } from "./kit.mjs";

// A state with a stride is a transposed convolution, in the letters of chapter 07: y[n]
// comes in, x[m] comes out. In the trace k counts what comes in, in both.
const PLAIN = { came: "x", out: "y", i: "k", j: "m", o: "n", copy: "copy" };
const STAMPS = { came: "y", out: "x", i: "n", j: "k", o: "m", copy: "stamp" };
const MOST = 12; // outputs whose numbers a page of 360 px can show

function letters({ stride }) { return stride ? STAMPS : PLAIN; }

/** Lengths of what comes in, of the kernel and of what comes out; the stride. */
function sizes({ x, w, stride = 1 }) {
  const N = x.length, K = w.length;
  return { N, K, s: stride, outputs: (N - 1) * stride + K };
}

function settle(state) {
  const { N, K, s, outputs } = sizes(state);
  if (state.stride && state.x.some(value => Math.abs(value) > 99))
    throw new Error("Every number of y must be from −99 to 99."); // the field is called x
  if (state.stride && outputs > MOST)
    throw new Error(`stride ${s}, ${N} samples and a kernel of ${K} make ${outputs} outputs, ` +
      `and ${MOST} can be shown. Take a smaller stride, or fewer samples or weights.`);
  return { ...state, step: Math.min(state.step, N * K) };
}

/** First and last sample whose copies of the kernel reach an output; from > to: none. */
function reach(state, n) {
  const { N, K, s } = sizes(state);
  return [Math.max(0, Math.ceil((n - K + 1) / s)), Math.min(Math.floor(n / s), N - 1)];
}

/** How many products an output needs. */
function needed(state, n) {
  const [from, to] = reach(state, n);
  return Math.max(0, to - from + 1);
}

/** The [k, m] of all products in the order of the view's loops. */
function order(state) {
  const { N, K, s, outputs } = sizes(state), pairs = [];
  if (state.view === "scatter")
    for (let k = 0; k < N; k++) for (let m = 0; m < K; m++) pairs.push([k, m]);
  else
    for (let n = 0; n < outputs; n++) {
      const [from, to] = reach(state, n);
      for (let k = from; k <= to; k++) pairs.push([k, n - k * s]);
    }
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

/** Every number: the products, and what the first `step` of them add up to. */
function trace(state) {
  const { x, w, step } = state, { s, outputs } = sizes(state), pairs = order(state);
  const products = x.map(a => w.map(b => a * b)), done = x.map(() => w.map(() => false));
  const y = new Array(outputs).fill(0), way = [...y], counts = [...y];
  const [k, m] = pairs[step - 1], n = k * s + m, terms = [];
  let low = 0, high = 0;
  pairs.forEach(([i, j], at) => {
    const to = i * s + j, sum = way[to] += products[i][j];
    low = Math.min(low, sum);
    high = Math.max(high, sum);
    if (at >= step) return;
    done[i][j] = true;
    y[to] = sum;
    counts[to]++;
    if (to === n) terms.push(i);
  });
  const all = y.map((_, i) => needed(state, i)), full = (c, i) => c > 0 && c === all[i];
  return { products, k, m, n, product: products[k][m], done, y, terms, total: y[n],
    finished: counts.filter(full).length,
    begun: counts.filter((c, i) => c && !full(c, i)).length,
    complete: full(counts[n], n), low, high, counts,
    gaps: all.flatMap((count, i) => (count ? [] : [i])) };
}

/** The factors of a product in the order of the formula. */
function pair({ x, w, stride }, k, m) { return stride ? [w[m], x[k]] : [x[k], w[m]]; }

function pairsOf(state, { terms, n }) {
  return terms.map(k => pair(state, k, n - k * sizes(state).s));
}

const are = count => (count === 1 ? "is" : "are");

function caption(state, t) {
  const names = t.gaps.map(m => `x[${m}]`), last = names.pop();
  const listed = names.length ? `${names.join(", ")} and ${last}` : last;
  return `Of ${t.y.length} outputs ${t.finished} ${are(t.finished)} finished and ` +
    `${t.begun} ${are(t.begun)} begun.` + (t.gaps.length ? ` No stamp reaches ${listed}: ` +
    `${names.length ? "they stay" : "it stays"} 0.` : "");
}

function sentence(state, t) {
  const { stride, step } = state, { k, m, n } = t, count = t.products.flat().length;
  const name = state.view === "scatter" ? "Scatter" : "Gather";
  const one = productSum([pair(state, k, m)], t.product);
  const now = `${t.complete ? "Finished:" : "So far"} ${letters(state).out}[${n}] = ` +
    `${productSum(pairsOf(state, t), t.total)}.`;
  if (!stride) return `${name}, product ${step} of ${count}: x[${k}]·w[${m}] = ${one} ` +
    `goes to y[${n}]. ${now} ${caption(state, t)}`;
  const far = step < count ? " so far" : "";
  return `${name} with stride ${stride}, product ${step} of ${count}: the stamp of y[${k}] ` +
    `begins at ${k}·${stride} = ${k * stride}, and its w[${m}]·y[${k}] = ${one} goes to ` +
    `x[${n}]. ${now} All of x${far}: ${t.y.map(number).join(", ")}. Stamps on each${far}: ` +
    `${t.counts.join(", ")}. ${caption(state, t)}`;
}

function table(state, t) {
  const { x, w, stride } = state, { s } = sizes(state), { came, out } = letters(state);
  return {
    caption: `All products ${stride ? "w[k]·y[n]" : "x[k]·w[m]"}; those in brackets are not yet added`,
    head: ["sample", ...w.map((v, m) => `w[${m}] = ${number(v)}`)],
    rows: x.map((v, k) => [`${came}[${k}] = ${number(v)}`, ...w.map((_, m) =>
      t.done[k][m] ? `${number(t.products[k][m])}, in ${out}[${k * s + m}]`
        : `(${number(t.products[k][m])})`)]),
  };
}

// -- the drawing: x down the side, a row of products for each, the outputs below ---------

/** Sizes of the drawing: where column and row of a product lie. */
function layout(state, width, u, lecture) {
  const { N, K, s, outputs: places } = sizes(state);
  const wide = width > 30 * u, side = (wide ? 4.4 : 2.5) * u; // one strip of numbers
  const gutter = 2 * side + 0.3 * u;
  const step = Math.min((width - gutter - 2) / places, 4.6 * u);
  const row = (lecture ? 1.7 : 2.05) * u, top = 2.7 * u;
  const column = (k, m) => gutter + ((state.aligned ? k * s : 0) + m) * step;
  return { N, K, s, places, wide, side, gutter, step, row, top, column,
    y: k => top + k * row, bottom: top + N * row, at: n => gutter + (n + 0.5) * step };
}

function paint(state, t, width, u, lecture) {
  const { x, w, aligned, stride } = state, scatter = state.view === "scatter";
  const v = layout(state, width, u, lecture), { N, K, s, step, row, side } = v;
  const name = letters(state), [from, to] = reach(state, t.n);
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
  /** A number with its name: of x (blue), w (orange) or y (green). */
  const named = (a, b, room, symbol, name, value, strong) => {
    const tint = { x: "#eef6fb", w: "#fdf5e4", y: "#eaf7f2" }[symbol];
    rect(a + 1, b + 1, room - 2, row - 2, `fill="${tint}" stroke="${COLOURS[symbol]}" ` +
      `stroke-width="${strong ? 2.6 : 1.2}"`);
    if (v.wide && room > (stride ? 4.3 : 3.8) * u) { // a weight may be 100
      write(a + 0.25 * u, b + row / 2, name, { anchor: "start", size: 0.82, ink: "#444" });
      fit(a + room - (room - 2 * u) / 2, b + row / 2, value, room - 2.1 * u,
        { ink: INKS[symbol], weight: 650 });
    } else fit(a + room / 2, b + row / 2, value, room, { ink: INKS[symbol], weight: 650 });
  };

  // what comes in down the left side; where we gather, w lies flipped beside it
  write(side / 2, v.top - 0.8 * u, name.came, { ink: INKS[name.came], weight: 650 });
  x.forEach((value, k) =>
    named(0, v.y(k), side, name.came, `${name.came}[${k}]`, value, k === t.k));
  const flipped = !scatter && aligned;
  if (flipped) {
    write(1.5 * side, v.top - 0.8 * u, v.wide ? "w, flipped" : "w", { ink: INKS.w, weight: 650 });
    for (let k = from; k <= to; k++)
      named(side, v.y(k), side, "w", `w[${t.n - k * s}]`, w[t.n - k * s], k === t.k);
  } else { // w above: in step with the row that is painted
    const shift = aligned ? t.k * s : 0, high = v.top - row - 0.35 * u;
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
  else if (aligned)
    rect(v.at(t.n) - step / 2 - 2, v.y(from) - 2, step + 4, (to - from + 1) * row + 4, frame);
  else for (let k = from; k <= to; k++)
    rect(v.column(k, t.n - k * s) + 1, v.y(k) + 1, step - 2, row - 2, frame);
  if (!aligned) { // the diagonal says which output it is
    const m = t.n - to * s, output = `${name.out}[${t.n}]`;
    const look = { ink: INKS[name.out], weight: 650, anchor: "end" };
    if (m) write(v.column(to, m) + 0.4 * u, v.bottom + 0.6 * u, output, look);
    else write(v.gutter - 0.3 * u, v.y(to) + row / 2, output, look);
  }
  rect(v.column(t.k, t.m), v.y(t.k), step, row, 'fill="none" stroke="#fff" stroke-width="5"');
  rect(v.column(t.k, t.m), v.y(t.k), step, row, 'fill="none" stroke="#000" stroke-width="2.6"');

  // the outputs so far: begun ones dashed
  const tall = (lecture ? 6.4 : 7.5) * u, sums = v.bottom + 1.2 * u;
  const up = 2 * u, down = (t.low < 0 ? 1.5 : 0.4) * u;
  const per = (tall - up - down) / (t.high - t.low || 1);
  const level = value => sums + up + (t.high - value) * per;
  const tip = Math.min(level(t.total), level(0)) - 1.6 * u;
  for (const n of t.gaps) { // hatched from top to bottom: no copy lies there
    const left = v.at(n) - step / 2, top = aligned ? v.top : sums + 0.2 * u;
    const end = sums + tall, lines = [];
    for (let b = top + step; b <= end; b += 0.6 * u)
      lines.push(`M${left} ${b}L${left + step} ${b - step}`);
    put(`<path d="${lines.join("")}" stroke="#b4b9be" fill="none"/>`);
  }
  if (aligned) put(`<path d="M${v.at(t.n)} ${v.y(t.k) + row + 2}V${tip}m-4 -6l4 6l4 -6" ` +
    'fill="none" stroke="#000" stroke-width="1.5" stroke-dasharray="3 2"/>');
  put(`<line x1="${v.gutter}" x2="${v.gutter + v.places * step}" y1="${level(0)}" ` +
    `y2="${level(0)}" stroke="#555"/>`);
  rect(v.at(t.n) - step / 2 + 1, sums + 0.2 * u, step - 2, tall - 0.2 * u,
    'fill="#000" fill-opacity=".06" stroke="none"');
  const ink = INKS[name.out], colour = COLOURS[name.out], foot = sums + tall + 0.6 * u;
  const look = { ink, weight: 650 }, before = { anchor: "end" };
  write(v.gutter - 0.4 * u, level(0), v.wide ? `${name.out} so far` : name.out,
    { ...look, ...before });
  t.y.forEach((value, n) => {
    const have = t.counts[n], none = t.gaps.includes(n);
    const a = v.at(n), tip = level(value), r = 0.34 * u, below = value < 0;
    write(a, foot, n);
    if (stride) write(a, foot + 1.2 * u, `${have}×`, { weight: have > 1 ? 650 : 400 });
    if (!have) {
      put(`<circle cx="${a}" cy="${level(0)}" r="3" fill="#fff" stroke="#555"/>`);
      if (none) fit(a, level(0) - 0.95 * u, 0, step, look);
      return;
    }
    const dash = have < needed(state, n) ? 'stroke-dasharray="4 3"' : "";
    // round markers for x, diamonds for y
    const marker = stride ? `<circle cx="${a}" cy="${tip}" r="${r}"`
      : `<path d="M${a} ${tip - 1.3 * r}l${1.3 * r} ${1.3 * r}` +
        `l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z"`;
    put(`<line x1="${a}" x2="${a}" y1="${level(0)}" y2="${tip}" stroke="${colour}" ` +
      `stroke-width="2.6" ${dash}/>${marker} fill="${below || dash ? "#fff"
        : colour}" stroke="${colour}" stroke-width="2"/>`);
    fit(a, tip + (below ? 1.05 : -0.95) * u, value, Math.max(step, 2 * u), look);
  });
  write(v.gutter - 0.4 * u, foot, name.o, before);
  if (stride) write(v.gutter - 0.4 * u, foot + 1.2 * u, "stamps", before);
  return { height: sums + tall + (stride ? 2.5 : 1.3) * u, content: out.join("") };
}

const colour = (kind, text) => `<b class="${kind}">${text}</b>`;

/** A product of the formula, its numbers in the colours of their letters. */
function product(state, k, m) {
  const parts = pair(state, k, m).map(factor), kinds = state.stride ? ["w", "y"] : ["x", "w"];
  return parts.map((text, i) => colour(kinds[i], text)).join("·");
}

/** The loops of this view, with the present values of their counters. */
function program(state, t) {
  const { N, K, s, outputs } = sizes(state), { k, m, n } = t;
  const { came, out, i, j, o } = letters(state), [from, to] = reach(state, n);
  const times = state.stride ? `${i}*${s}` : i;
  const term = weight => (state.stride ? `${weight} * ${came}[${i}]` : `${came}[${i}] * ${weight}`);
  const now = `${colour(out, `${out}[${n}]`)} += ${product(state, k, m)}`;
  const lines = state.view === "scatter"
    ? [[`for ${i} in range(${N}):`, `${i} = ${k}`], [`  for ${j} in range(${K}):`, `${j} = ${m}`],
      [`    ${out}[${times} + ${j}] += ${term(`w[${j}]`)}`, now]]
    : [[`for ${o} in range(${outputs}):`, `${o} = ${n}`],
      [`  for ${i} in range(${from}, ${to + 1}):`, `${i} = ${k}`],
      [`    ${out}[${o}] += ${term(`w[${o} - ${times}]`)}`, now]];
  return lines.map(([code, at]) => `<span>${code}</span><span>${at}</span>`).join("");
}

/** The sum of the present output so far. */
function formula(state, t) {
  const { n } = t, { s } = sizes(state), { out } = letters(state);
  const exact = shownExactly(t.total, ...pairsOf(state, t).flat());
  const terms = t.terms.map(k => product(state, k, n - k * s)).join(" + ");
  const rest = needed(state, n) - t.terms.length;
  const more = !rest ? "finished" : `${rest} product${rest > 1 ? "s" : ""} to come`;
  const rule = state.stride ? `Σ<sub>n·${s} + k = ${n}</sub> ${colour("w", "w[k]")}·` +
    `${colour("y", "y[n]")} = ` : "";
  return `${colour(out, `${out}[${n}]`)} = ${rule}<span class="sum">${terms} ` +
    `${exact ? "=" : "≈"} ${colour(out, number(t.total))}</span>, <span style="white-space: nowrap">${more}</span>`;
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
        const [, last] = reach(state, n); // finishes the output
        const [i, j] = b > v.bottom ? [last, n - last * v.s] : [k, m];
        const step = order(state).findIndex(([p, q]) => p === i && q === j) + 1;
        if (step) ui.set({ step });
      });
    /** The last product of this copy or output; if we are there, of the next one. */
    const on = ui.button("", () => {
      const { state } = ui, pairs = order(state), scatter = state.view === "scatter";
      const { s } = sizes(state);
      const group = at => (scatter ? pairs[at][0] : pairs[at][0] * s + pairs[at][1]);
      let at = Math.min(state.step, pairs.length - 1);
      while (at + 1 < pairs.length && group(at + 1) === group(at)) at++;
      ui.set({ step: at + 1 });
    });
    const sum = ui.formula(), { came: symbol } = letters(ui.state);
    const stride = ui.spec.stride ? [whole(ui, { ...ui.spec.stride, label: "stride s",
      now: state => state.stride, move: value => ui.set({ stride: value }) })] : [];
    for (const control of stride) ui.shows.push(control.input.show);
    const code = h("div", { class: "loops", tabindex: "0", role: "region",
      "aria-label": "The loops" });
    ui.add(h("style", {}, STYLE),
      ui.row(ui.cells("x", `signal ${symbol}`, { symbol, resize: true }),
        ui.cells("w", "kernel w", { resize: true }), ...stride),
      ui.row(ui.menu("view", "order"), ui.tick("aligned", "line up what adds up"),
        ui.stepper("step", "products", range), on, ui.slider("step", "product", range)),
      h("div", { class: "sides" }, drawing, h("div", { class: "column" }, code, sum)));
    return (state, t) => {
      drawing.paint();
      code.innerHTML = program(state, t);
      sum.innerHTML = formula(state, t);
      on.textContent = state.view === "scatter" ? `next ${letters(state).copy}` : "next output";
    };
  },
});
