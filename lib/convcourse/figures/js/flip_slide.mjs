// F1: flip, slide, multiply, add. The twin of flip_slide.py.
import { factor, number, productSum, shownExactly } from "./core.mjs";
import { COLOURS, INKS, figure } from "./kit.mjs";

/** How many outputs a mode keeps, and from which one of "full" on. */
function kept(N, K, mode) {
  if (mode === "same") return { length: N, offset: Math.floor((K - 1) / 2) };
  if (mode === "valid") return { length: N - K + 1, offset: K - 1 };
  return { length: N + K - 1, offset: 0 };
}

function settle(state) {
  const { x, w, mode } = state, { length } = kept(x.length, w.length, mode);
  if (length < 1)
    throw new Error(`w has ${w.length} weights and x only ${x.length} samples: no place ` +
      "holds the whole kernel. Choose full or same, or make x longer.");
  return { ...state, n: Math.min(state.n, length - 1) };
}

/** Every number: the sums of all places, and the terms of the one at n. */
function trace({ x, w, n, mode, flip }) {
  const N = x.length, K = w.length, { length, offset } = kept(N, K, mode);
  const laid = flip ? [...w].reverse() : w; // as it lies over the signal
  const full = new Array(N + K - 1).fill(0);
  full.forEach((_, place) => {
    for (let k = Math.max(0, place - K + 1); k <= Math.min(place, N - 1); k++)
      full[place] += x[k] * laid[k - (place - K + 1)];
  });
  const place = n + offset, first = place - K + 1;
  const k = [], m = [], products = [];
  for (let i = Math.max(0, first); i <= Math.min(place, N - 1); i++) {
    k.push(i);
    m.push(flip ? place - i : i - first);
    products.push(x[i] * laid[i - first]);
  }
  return { length, offset, place, first, laid, k, m, products, full,
    y: full.slice(offset, offset + length), total: full[place] };
}

function pairs({ x, w }, { k, m }) { return k.map((i, j) => [x[i], w[m[j]]]); }

/** Where the kernel lies; the sum itself stands in the formula. */
function caption(state, t) {
  const last = t.k[t.k.length - 1], out = state.w.length - t.k.length;
  const over = t.k.length > 1 ? `samples ${t.k[0]} to ${last}` : `sample ${last}`;
  const rest = !out ? "" : out === 1 ? "; one weight hangs over the end, where x is 0"
    : `; ${out} weights hang over the end, where x is 0`;
  return `The kernel lies ${state.flip ? "flipped" : "as it is"} over ${over} of x${rest}.`;
}

function sentence(state, t) {
  return `y[${state.n}] = ${productSum(pairs(state, t), t.total)}. ${caption(state, t)}`;
}

function table(state, t) {
  return {
    caption: `The terms of y[${state.n}], and their sum`,
    head: ["k", "x[k]", "index of w", "w", "product"],
    rows: [
      ...t.k.map((k, i) => [k, number(state.x[k]), t.m[i], number(state.w[t.m[i]]),
        number(t.products[i])].map(String)),
      ["", "", "", "sum", number(t.total)],
    ],
  };
}

// -- the drawing: four rows of stems over one axis of places ---------------------------

const SHAPES = { // one marker per symbol, as in plots.py
  x: (a, b, s) => `<circle cx="${a}" cy="${b}" r="${s}"`,
  w: (a, b, s) => `<rect x="${a - s}" y="${b - s}" width="${2 * s}" height="${2 * s}"`,
  y: (a, b, s) => `<path d="M${a} ${b - 1.3 * s}l${1.3 * s} ${1.3 * s}l${-1.3 * s} ` +
    `${1.3 * s}l${-1.3 * s} ${-1.3 * s}z"`,
};

/** Height of every value in one row, with room for the numbers above and below. */
function scale(values, top, height, u) {
  const low = Math.min(0, ...values), high = Math.max(0, ...values);
  const up = 1.4 * u, down = low < 0 ? 1.3 * u : 0.3 * u;
  const per = (height - up - down) / (high - low || 1);
  return value => top + up + (high - value) * per;
}

function stem(a, base, tip, value, symbol, u, ghost = false) {
  const colour = COLOURS[symbol], below = value < 0;
  const open = below || ghost ? "#fff" : colour, dash = ghost ? 'stroke-dasharray="3 3"' : "";
  const marker = `${SHAPES[symbol](a, tip, 0.34 * u)} fill="${open}" stroke="${colour}" ` +
    `stroke-width="2" ${dash}/>`;
  const label = `<text x="${a}" y="${tip + (below ? 1.35 : -0.6) * u}" text-anchor="middle" ` +
    `font-size="${0.9 * u}" font-weight="600" fill="${ghost ? "#555" : INKS[symbol]}">` +
    `${number(value)}</text>`;
  return `<line x1="${a}" x2="${a}" y1="${base}" y2="${tip}" stroke="${colour}" ` +
    `stroke-width="2.2" ${dash}/>${marker}${label}`;
}

/** Places that fit side by side: all, or those around the window on a narrow screen. */
function layout(state, t, whole, u) {
  const N = state.x.length, K = state.w.length;
  const gutter = whole > 40 * u ? 6.5 * u : 0, width = whole - gutter; // names at the left
  const least = Math.max(2, 0.62 * longest(state, t) + 0.5) * u;
  const all = N + 2 * (K - 1), fit = Math.max(K, Math.min(all, Math.floor(width / least)));
  const middle = t.place - Math.floor((K - 1) / 2);
  const first = Math.min(Math.max(middle - Math.floor(fit / 2), 1 - K), N + K - 1 - fit);
  const step = Math.min(width / fit, 6 * u), left = gutter + (width - step * fit) / 2;
  return { first, fit, step, left, gutter, at: p => left + (p - first + 0.5) * step };
}

function longest({ x, w }, { full, products }) {
  return Math.max(...[...x, ...w, ...full, ...products].map(v => number(v).length));
}

function paint(state, t, width, u, lecture) {
  const { x, w, n } = state, N = x.length, K = w.length;
  const view = layout(state, t, width, u), { at, step } = view;
  const seen = p => p >= view.first && p < view.first + view.fit;
  const tall = (lecture ? 3.75 : 5.5) * u, head = (view.gutter ? 0.5 : 1.5) * u;
  const tops = [0, 1, 2, 3].map(i => i * (tall + head) + head + (i > 1 ? 0.9 : 0) * u);
  const products = x.flatMap(a => w.map(b => a * b));
  const ys = [scale(x, tops[0], tall, u), scale(w, tops[1] + 0.9 * u, tall, u),
    scale(products, tops[2], tall, u), scale(t.full, tops[3], tall, u)];
  const bottom = tops[3] + tall, out = [], put = text => out.push(text);
  const say = (a, b, text, more = "") => put(`<text x="${a}" y="${b}" ` +
    `font-size="${0.88 * u}" fill="#333" ${more}>${text}</text>`);

  put(`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" ` +
    `patternTransform="rotate(45)"><line x1="0" x2="0" y1="0" y2="6" stroke="#999"/>` +
    `</pattern></defs>`);
  const hatched = (a, b, top, high) => {
    const from = Math.max(a, view.first), to = Math.min(b, view.first + view.fit);
    if (to > from) put(`<rect x="${at(from) - step / 2}" y="${top}" ` +
      `width="${(to - from) * step}" height="${high}" fill="url(#hatch)" opacity=".45"/>`);
  };
  hatched(1 - K, 0, tops[0], tall); // where the signal was not measured
  hatched(N, N + K - 1, tops[0], tall);
  hatched(0, t.offset, tops[3], tall); // outputs that the mode drops
  hatched(t.offset + t.length, N + K - 1, tops[3], tall);

  // the window: where the kernel lies, and the one output below it
  const box = (a, count, top, high) => put(`<rect x="${at(a) - step / 2}" y="${top}" ` +
    `width="${count * step}" height="${high}" fill="#000" fill-opacity=".05" ` +
    `stroke="#000" stroke-width="2" rx="${0.3 * u}"/>`);
  const edge = view.gutter ? 0.1 * u : head - 1.2;
  box(t.first, K, tops[0] - edge, tops[2] + tall - tops[0] + edge);
  box(t.place, 1, tops[3] + 0.1 * u, tall - 0.1 * u);

  const { offset } = t;
  const names = ["x", state.flip ? "w, flipped" : "w, as it is", "x · w", "y, the sums"];
  const inks = [INKS.x, INKS.w, "#333", INKS.y];
  names.forEach((name, i) => say(2, view.gutter ? ys[i](0) - 0.45 * u : tops[i] - 0.4 * u,
    name, `font-weight="650" style="fill:${inks[i]}"`));
  ys.forEach(y => put(`<line x1="0" x2="${width}" y1="${y(0)}" y2="${y(0)}" stroke="#555"/>`));

  for (let p = view.first; p < view.first + view.fit; p++) {
    if (p >= 0 && p < N) put(stem(at(p), ys[0](0), ys[0](x[p]), x[p], "x", u));
    else say(at(p), ys[0](0) - 0.3 * u, "0", 'text-anchor="middle"');
  }
  t.laid.forEach((weight, i) => {
    const p = t.first + i, m = state.flip ? K - 1 - i : i;
    if (!seen(p)) return;
    put(stem(at(p), ys[1](0), ys[1](weight), weight, "w", u, p < 0 || p >= N));
    say(at(p), tops[1] + 0.6 * u, `w[${m}]`, 'text-anchor="middle"');
  });
  t.k.forEach((p, i) => {
    const v = t.products[i], tip = ys[2](v), base = ys[2](0);
    if (!seen(p)) return;
    put(`<rect x="${at(p) - 0.5 * u}" width="${u}" y="${Math.min(tip, base)}" ` +
      `height="${Math.abs(tip - base)}" fill="${v < 0 ? "url(#hatch)" : "#B9C4CC"}" ` +
      `stroke="#444" stroke-width="1.5"/>`);
    say(at(p), tip + (v < 0 ? 1.05 : -0.35) * u, number(v),
      'text-anchor="middle" font-weight="600"');
  });
  for (let p = Math.max(0, view.first); p < Math.min(N + K - 1, view.first + view.fit); p++) {
    const inside = p >= offset && p < offset + t.length;
    if (p <= t.place && inside) put(stem(at(p), ys[3](0), ys[3](t.full[p]), t.full[p], "y", u));
    else if (inside) put(`<circle cx="${at(p)}" cy="${ys[3](0)}" r="3" fill="#fff" stroke="#555"/>`);
    if (inside) say(at(p), bottom + 1.05 * u, p - offset, 'text-anchor="middle"');
  }
  say(width - 2, bottom + 1.05 * u, "n", 'text-anchor="end" font-style="italic"');
  const cut = (test, place, anchor) => test && say(place, ys[0](0) + u, "…", `text-anchor="${anchor}"`);
  cut(view.first > 1 - K, 2, "start");
  cut(view.first + view.fit < N + K - 1, width - 2, "end");
  return { height: bottom + 1.5 * u, content: out.join("") };
}

/** The sum in general and in numbers, coloured by symbol. */
function formula(state, t) {
  const { n, flip } = state, { offset, first } = t;
  const shift = (word, by) => (by ? `${word} ${by < 0 ? "−" : "+"} ${Math.abs(by)}` : word);
  const index = flip ? `${n + offset} − k` : shift("k", -first);
  const colour = (kind, text) => `<b class="${kind}">${text}</b>`;
  const terms = pairs(state, t).map(([a, b]) =>
    `${colour("x", factor(a))}·${colour("w", factor(b))}`).join(" + ");
  const exact = shownExactly(t.total, ...pairs(state, t).flat());
  return `${colour("y", `y[${n}]`)} = Σ<sub>k</sub> ${colour("x", "x[k]")}·` +
    `${colour("w", `w[${index}]`)} = <span class="sum">${terms} ${exact ? "=" : "≈"} ` +
    `${colour("y", number(t.total))}</span>`;
}

export default figure({
  title: "Flip, slide, multiply, add",
  keys: "In the drawing the kernel can be dragged.",
  settle, trace, sentence, caption, table,
  view(ui) {
    const range = (_, t) => [0, t.length - 1];
    let view = null;
    const drawing = ui.drawing((width, u) => {
      view = layout(ui.state, ui.trace, width, u);
      return paint(ui.state, ui.trace, width, u, ui.lecture);
    }, a => { // the kernel's end, or the output, goes where the pointer is
      const place = Math.floor((a - view.left) / view.step) + view.first;
      const n = place - ui.trace.offset;
      ui.set({ n: Math.min(Math.max(n, 0), ui.trace.length - 1) });
    });
    const sum = ui.formula();
    ui.add(
      ui.row(ui.cells("x", "signal x", { resize: true }),
        ui.cells("w", "kernel w", { resize: true })),
      ui.row(ui.menu("mode", "outputs"),
      ui.tick("flip", "flip w (convolution)"),
      ui.stepper("n", "output n", range), ui.slider("n", "n", range)),
      drawing, sum);
    return (state, t) => {
      drawing.paint();
      sum.innerHTML = formula(state, t);
    };
  },
});
