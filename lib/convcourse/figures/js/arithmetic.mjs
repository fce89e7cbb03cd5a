// F5: the arithmetic explorer. The twin of arithmetic.py.
import { factor, number } from "./core.mjs";
import { COLOURS, INKS, figure, h, whole } from "./kit.mjs";

const MOST = 32; // rows of the largest grid that is drawn
const TINTS = { x: "#e3eff7", y: "#dff3ec" }, DARK = { x: "#002f4a", y: "#00402f" };

/** The letters of what is given and what is made: the way back leads from y to x. */
const letters = state => (state.transposed ? { given: "y", made: "x" } : { given: "x", made: "y" });

/** Padding before and after, and output padding, of one axis. */
function sides(state, span) {
  const { n, stride: s, padding, transposed, output_padding: extra } = state;
  if (padding === "by hand") return [state.before, state.after, extra];
  if (padding === "same" && transposed) { // Keras: the way back from n * stride
    const total = Math.max(0, span - s), half = Math.floor(total / 2);
    return [half, total - half, Math.max(0, s - span)];
  }
  if (padding === "same") {
    const total = Math.max(0, (Math.ceil(n / s) - 1) * s + span - n);
    return [Math.floor(total / 2), Math.ceil(total / 2), extra];
  }
  const amount = { valid: 0, half: Math.floor(span / 2), full: span - 1 }[padding];
  return [amount, amount, extra];
}

/** All lengths of one axis. */
function sizes(state) {
  const { n, stride: s, transposed } = state;
  const span = (state.kernel - 1) * state.dilation + 1;
  const [before, after, extra] = sides(state, span);
  const inner = transposed ? (n - 1) * s + 1 : n, step = transposed ? 1 : s;
  const left = transposed ? span - 1 - before : before;
  const right = transposed ? span - 1 - after + extra : after;
  const side = inner + left + right, room = side - span;
  return { span, before, after, extra, inner, left, right, side, step, room,
    rest: ((room % step) + step) % step, out: Math.max(0, Math.floor(room / step) + 1) };
}

/** Let the dependent numbers follow; refuse a setting that has no window. */
function settle(state) {
  const next = { ...state }, span = (state.kernel - 1) * state.dilation + 1;
  const open = state.transposed && state.padding !== "same"; // room for output padding
  next.output_padding = open ? Math.min(state.output_padding, state.stride - 1) : 0;
  if (state.transposed && state.padding === "by hand") {
    next.before = Math.min(state.before, span - 1);
    next.after = Math.min(state.after, span - 1);
  }
  const { side, out, before, after } = sizes(next);
  if (out < 1 && state.transposed)
    throw new Error(`Padding ${before} and ${after} cuts all rows of the transposed ` +
      "convolution away. Use less padding, or a larger n.");
  if (out < 1)
    throw new Error(`The kernel spans ${span} rows, the padded input has ${side} ` +
      `${side === 1 ? "row" : "rows"}: no window fits. Add padding, or make the kernel smaller.`);
  if (Math.max(side, out) > MOST)
    throw new Error(`This setting needs a grid of ${Math.max(side, out)} rows; the figure ` +
      `draws ${MOST} at most. Make one of the numbers smaller.`);
  next.unit = Math.min(state.unit, out * out - 1);
  return next;
}

const range = count => Array.from({ length: count }, (_, i) => i);
const image = (r, c) => (3 * r * r + c * c + 2 * r * c + c) % 5;

/** Every number: the sizes, the windows, and the terms of the chosen output. */
function trace(state) {
  const t = sizes(state), { n, kernel: k, dilation: d, unit } = state;
  const gap = state.transposed ? state.stride : 1;
  const cells = range(t.side).map(i => {
    const place = i - t.left;
    return place >= 0 && place < t.inner && place % gap === 0 ? place / gap : -1;
  });
  const read = range(t.out).map(i => range(k).map(a => cells[i * t.step + a * d]));
  const reads = new Array(n).fill(0), hits = read.map(rows => rows.filter(i => i >= 0).length);
  read.flat().forEach(i => { if (i >= 0) reads[i]++; });
  const given = range(n).map(r => range(n).map(c => image(r, c)));
  const w = range(k).map(a => range(k).map(b => a * k + b + 1));
  const laid = state.transposed ? w.map(row => [...row].reverse()).reverse() : w;
  const at = (i, j) => (i < 0 || j < 0 ? 0 : given[i][j]);
  const terms = (rows, columns) =>
    laid.map((line, a) => line.map((weight, b) => weight * at(rows[a], columns[b])));
  const sum = table => table.flat().reduce((a, b) => a + b, 0);
  const made = read.map(rows => read.map(columns => sum(terms(rows, columns))));
  const row = Math.floor(unit / t.out), column = unit % t.out;
  const products = terms(read[row], read[column]);
  return { ...t, cells, reads, hits, unread: range(n).filter(i => !reads[i]), given, laid, made,
    row, column, rows: read[row], columns: read[column], products, total: sum(products),
    on_input: hits[row] * hits[column], code: code(state, t) };
}

/** The lines of Keras that compute the same. */
function code(state, { before, after, extra, span }) {
  const { kernel, stride: s, dilation: d } = state;
  const both = s > 1 && d > 1, same = state.padding === "same";
  const words = [`1, ${kernel}`];
  if (s > 1 && !both) words.push(`strides=${s}`);
  if (d > 1) words.push(`dilation_rate=${d}`);
  if (same && !both) words.push('padding="same"');
  const sides = `(${before}, ${after})`;
  const amount = before === after ? before : `(${sides}, ${sides})`;
  const padded = before > 0 || after > 0, lines = [];
  if (state.transposed) {
    if (both) return "# Keras has no transposed layer with strides and dilation_rate";
    if (!same && (extra || span < s)) words.push(`output_padding=${extra}`);
    lines.push(`x = keras.layers.Conv2DTranspose(${words.join(", ")})(y)`);
    if (padded && !same) lines.push(`x = keras.layers.Cropping2D(${amount})(x)`);
    return lines.join("\n");
  }
  if (padded && (both || !same)) lines.push(`x = keras.layers.ZeroPadding2D(${amount})(x)`);
  const each = both ? `[:, ::${s}, ::${s}]  # no strides with dilation_rate` : "";
  lines.push(`y = keras.layers.Conv2D(${words.join(", ")})(x)${each}`);
  return lines.join("\n");
}

// -- words --------------------------------------------------------------------------------

/** The size of the output as its formula with the numbers in it. */
function filled({ n, kernel: k, stride: s, dilation: d, transposed }, t) {
  const reach = `${d}·(${k} − 1)`;
  return transposed
    ? `(${n} − 1)·${s} − ${t.before} − ${t.after} + ${reach} + ${t.extra} + 1 = ${t.out}`
    : `⌊(${n} + ${t.before} + ${t.after} − ${reach} − 1)/${s}⌋ + 1 = ${t.out}`;
}

function padding(state, { before, after }) {
  const named = state.padding === "by hand" ? "" : ` ${state.padding},`;
  return before === after ? `padding${named} ${before} on all sides`
    : `padding${named} ${before} at the top left and ${after} at the bottom right`;
}

function caption(state, t) {
  const first = `At ${letters(state).made}[${t.row}, ${t.column}] = ${t.total}, ${t.on_input} of ` +
    `${state.kernel ** 2} weights ${t.on_input === 1 ? "lies" : "lie"} on samples of the input.`;
  if (!t.unread.length) return `${first} Every sample is read.`;
  return `${first} No window reads ` +
    `${t.unread.length === 1 ? "row and column" : "rows and columns"} ${t.unread.join(", ")}.`;
}

function sentence(state, t) {
  const { n, kernel: k, stride: s, dilation: d } = state;
  const zeros = s === 2 ? "1 zero" : `${s - 1} zeros`;
  const head = state.transposed
    ? `Transposed convolution: input y, ${n} by ${n}, ${zeros} between neighbours, kernel ${k} ` +
      `by ${k} turned by 180 degrees, dilation ${d}, ${padding(state, t)}: ${filled(state, t)}`
    : `Input ${n} by ${n}, ${padding(state, t)}, kernel ${k} by ${k}, stride ${s}, ` +
      `dilation ${d}: ${filled(state, t)}`;
  return `${head}, so the output is ${t.out} by ${t.out}. ${caption(state, t)}`;
}

function table(state, t) {
  const { given, made } = letters(state);
  const rows = t.products.flatMap((line, a) => line.map((product, b) => {
    const [i, j] = [t.rows[a], t.columns[b]], real = i >= 0 && j >= 0;
    return [real ? `${given}[${i}, ${j}]` : "zero", number(real ? t.given[i][j] : 0),
      number(t.laid[a][b]), number(product)];
  }));
  return { caption: `The products of ${made}[${t.row}, ${t.column}], and their sum`,
    head: ["sample", "its value", "weight", "product"],
    rows: [...rows, ["", "", "sum", number(t.total)]] };
}

// -- the drawing: input, kernel and output in cells of one size ---------------------------

/** Where the three grids stand and how large a cell is. */
function layout(state, t, width, u, lecture) {
  const k = state.kernel, wide = width > 40 * u, gap = 2.4 * u;
  const most = (lecture ? 10.6 : wide ? 24 : 60) * u, widest = 3 * u;
  const least = Math.min(1.5 * u, 7.5 * u / k); // weights stay legible
  const shape = cell => {
    const weight = Math.min(Math.max(cell, least), 2.3 * u);
    const middle = Math.max(k * weight, 6.2 * u);
    const [a, b] = [Math.max(t.side * cell, 8.5 * u), Math.max(t.out * cell, 6 * u)];
    return { cell, weight, middle, a, b, total: wide ? a + middle + b + 2 * gap
      : Math.max(a, middle + gap + b), tall: Math.max(t.side, wide ? t.out : 0) * cell };
  };
  let cell = widest, found = shape(cell);
  while ((found.total > width - 2 || found.tall > most) && cell > 3) found = shape(cell -= .25);
  const top = 1.7 * u, below = wide ? top : top + t.side * cell + 2.4 * u;
  const free = wide ? (width - 2 - found.total) / 4 : 0, apart = gap + Math.min(free, 5 * u);
  const start = 1 + (wide ? (width - 2 - found.total - 2 * (apart - gap)) / 2 : 0);
  const kernel = { x: wide ? start + found.a + apart : 1, y: below, cell: found.weight };
  const notes = (state.transposed ? 1 : 0) + (state.dilation > 1 ? 1 : 0);
  const output = { x: kernel.x + found.middle + apart, y: below, cell };
  const bottom = Math.max(wide ? top + t.side * cell : 0, below + t.out * cell,
    below + k * found.weight + notes * 1.3 * u);
  return { wide, input: { x: start, y: top, cell }, kernel, output, bottom, weight: found.weight };
}

/** One path for squares of a grid: [row, column] pairs. */
function squares({ x, y, cell }, places, inset = .5) {
  const size = Math.max(cell - 2 * inset, 1);
  return places.map(([r, c]) => `M${x + c * cell + inset} ${y + r * cell + inset}` +
    `h${size}v${size}h${-size}z`).join("");
}

/** Numbers in the cells, if they can be read. */
function numbers({ x, y, cell }, places, value, ink, least, more = 0) {
  const texts = places.map(([r, c]) => [r, c, number(value(r, c))]);
  const longest = Math.max(1, ...texts.map(([, , text]) => text.length));
  const size = Math.min(.56 * cell, .82 * cell / (.6 * longest));
  if (size < least) return "";
  return `<g font-size="${size.toFixed(2)}" text-anchor="middle" fill="${ink}">` +
    texts.map(([r, c, text]) => `<text x="${x + (c + .5) * cell}" ` +
      `y="${(y + (r + .5 - more) * cell + .35 * size).toFixed(2)}">${text}</text>`).join("") + "</g>";
}

function paint(state, t, view, u, lecture) {
  const { input, kernel, output, wide } = view, { cell } = input, out = [];
  const put = text => out.push(text), least = lecture ? 18 : 8;
  const { kernel: k, dilation: d, show } = state, cells = range(t.side);
  const { given, made } = letters(state), bright = COLOURS[given];
  const say = (x, y, text, ink = "#333", weight = 650) => put(`<text x="${x}" y="${y}" ` +
    `font-size="${.92 * u}" font-weight="${weight}" fill="${ink}" stroke="#fff" ` +
    `stroke-width="3" paint-order="stroke">${text}</text>`);
  const path = (d, look) => put(`<path d="${d}" ${look}/>`);
  put(`<defs><pattern id="unread" width="5" height="5" patternUnits="userSpaceOnUse" ` +
    `patternTransform="rotate(45)"><line x1="1" x2="1" y1="0" y2="5" stroke="${COLOURS.error}" ` +
    `stroke-width="1.8"/></pattern></defs>`);

  // the window looks at one output
  const top = t.row * t.step, left = t.column * t.step;
  const x0 = input.x + left * cell, y0 = input.y + top * cell, long = t.span * cell;
  const tip = { x: output.x + t.column * cell, y: output.y + t.row * cell };

  const places = cells.flatMap(r => cells.map(c => [r, c]));
  const real = places.filter(([r, c]) => t.cells[r] >= 0 && t.cells[c] >= 0);
  const zeros = places.filter(([r, c]) => t.cells[r] < 0 || t.cells[c] < 0);
  const dead = real.filter(([r, c]) => !t.reads[t.cells[r]] || !t.reads[t.cells[c]]);
  path(squares(input, zeros, .08 * cell), 'fill="#fff" stroke-width=".8" ' + (cell < 1.1 * u
    ? 'stroke="#c4c4c4"' : 'stroke="#767676" stroke-dasharray="2 2"'));
  const edge = `stroke="${bright}" stroke-width="1"`;
  if (show === "counts") {
    const most = Math.max(...t.reads) ** 2 || 1;
    for (const [r, c] of real) path(squares(input, [[r, c]]), `fill="${bright}" ${edge} ` +
      `fill-opacity="${(.04 + .42 * t.reads[t.cells[r]] * t.reads[t.cells[c]] / most).toFixed(3)}"`);
  } else path(squares(input, real), `fill="${TINTS[given]}" ${edge}`);

  const taps = range(k).flatMap(a => range(k).map(b => [top + a * d, left + b * d]));
  path(squares(input, taps, .06 * cell), `fill="${COLOURS.w}" fill-opacity=".5"`);
  if (dead.length) path(squares(input, dead), `fill="url(#unread)" stroke="${COLOURS.error}"`);
  const frame = (x, y, w) => {
    put(`<rect x="${x}" y="${y}" width="${w}" height="${w}" fill="none" stroke="#fff" stroke-width="4.5"/>`);
    put(`<rect x="${x}" y="${y}" width="${w}" height="${w}" fill="none" stroke="#000" stroke-width="2.2"/>`);
  };

  const roomy = cell >= (lecture ? 2.6 : 1.9) * u && show === "values"; // weights fit in corners
  if (show !== "nothing") {
    const value = show === "counts" ? (r, c) => t.reads[t.cells[r]] * t.reads[t.cells[c]]
      : (r, c) => t.given[t.cells[r]][t.cells[c]];
    const under = ([r, c]) => roomy && taps.some(([i, j]) => i === r && j === c);
    const alive = real.filter(place => !dead.includes(place));
    put(numbers(input, alive.filter(p => !under(p)), value, INKS[given], least));
    put(numbers(input, alive.filter(under), value, DARK[given], least, .12));
    if (show === "values") put(numbers(input, zeros.filter(p => !under(p)), () => 0, "#666", least));
    if (show === "values") put(numbers(input, zeros.filter(under), () => 0, "#333", least, .12));
    if (roomy) taps.forEach(([r, c], i) => put(`<text x="${input.x + (c + .94) * cell}" ` +
      `y="${input.y + (r + .92) * cell}" text-anchor="end" fill="#4d3200" font-weight="600" ` +
      `font-size="${Math.max(.27 * cell, lecture ? 18 : 8)}">×${t.laid[Math.floor(i / k)][i % k]}</text>`));
  }
  frame(x0, y0, long);

  if (wide) path(`M${x0 + long} ${y0}L${tip.x} ${tip.y}M${x0 + long} ${y0 + long}` +
    `L${tip.x} ${tip.y + cell}`, 'stroke="#555" stroke-dasharray="5 4" fill="none" opacity=".55"');

  // the kernel
  const weights = range(k).flatMap(a => range(k).map(b => [a, b]));
  path(squares(kernel, weights), `fill="#fbe6bd" stroke="#B87A00"`);
  put(numbers(kernel, weights, (a, b) => t.laid[a][b], "#4d3200", lecture ? 18 : 7));

  // the output
  const all = range(t.out).flatMap(r => range(t.out).map(c => [r, c]));
  const rim = `stroke="${COLOURS[made]}" stroke-width="1"`;
  if (show === "counts") {
    const most = Math.max(...t.hits) ** 2 || 1;
    for (const [r, c] of all) path(squares(output, [[r, c]]), `fill="${COLOURS[made]}" ${rim} ` +
      `fill-opacity="${(.04 + .42 * t.hits[r] * t.hits[c] / most).toFixed(3)}"`);
  } else path(squares(output, all), `fill="${TINTS[made]}" ${rim}`);
  if (show !== "nothing") put(numbers(output, all, show === "counts"
    ? (r, c) => t.hits[r] * t.hits[c] : (r, c) => t.made[r][c], DARK[made], least));
  frame(tip.x, tip.y, cell);

  // names
  const grown = t.side === state.n ? "" : `, ${state.transposed ? "spread" : "padded"} to ${t.side} × ${t.side}`;
  say(input.x, input.y - .55 * u, `${given}, ${state.n} × ${state.n}${grown}`, INKS[given]);
  say(kernel.x, kernel.y - .55 * u, `w, ${k} × ${k}`, INKS.w);
  say(output.x, output.y - .55 * u, `${made}, ${t.out} × ${t.out}${state.pin ? ", pinned" : ""}`, INKS[made]);
  const foot = kernel.y + k * kernel.cell + 1.2 * u;
  const notes = [state.transposed && "turned 180°", d > 1 && `spans ${t.span} × ${t.span}`];
  notes.filter(Boolean).forEach((text, i) => say(kernel.x, foot + i * 1.3 * u, text, "#333", 400));
  return out.join("");
}

/** What the looks of the cells mean; only those that are there. */
function legend(state, t, y, width, u) {
  const zeros = state.transposed ? "zeros put in" : "padding: zeros";
  const { given, made } = letters(state);
  const counts = `numbers: windows that read ${given}, samples that ${made} reads`;
  const items = [
    t.side > state.n && ['fill="#fff" stroke="#767676" stroke-dasharray="2 2"', zeros],
    t.unread.length && [`fill="url(#unread)" stroke="${COLOURS.error}"`, "in no window"],
    [`fill="${COLOURS.w}" fill-opacity=".5"`, "a weight lies here"],
    state.show === "counts" && [null, counts],
  ].filter(Boolean);
  let x = 1, line = y;
  const marks = items.map(([look, text]) => {
    const wide = (1.6 + .5 * text.length) * u;
    if (x > 1 && x + wide > width) { x = 1; line += 1.4 * u; }
    const box = look ? `<rect x="${x}" y="${line - .8 * u}" width="${.95 * u}" height="${.95 * u}" ` +
      `${look}/>` : "", shift = look ? 1.35 * u : 0;
    const mark = `${box}<text x="${x + shift}" y="${line}" font-size="${.88 * u}" fill="#333">${text}</text>`;
    x += wide + 1.2 * u;
    return mark;
  });
  return { content: marks.join(""), height: line + .6 * u };
}

// -- the formulas --------------------------------------------------------------------------

const coloured = (kind, text) => `<b class="${kind}">${text}</b>`;

/** The size in letters and in numbers, step by step through the floor. */
function size(state, t) {
  const { n, kernel: k, stride: s, dilation: d } = state, { given, made } = letters(state);
  const [a, b, o] = [coloured(given, "n"), coloured("w", "k"), coloured(made, "o")];
  const reach = `${d}·(${coloured("w", k)} − 1)`, end = coloured(made, t.out);
  if (state.transposed)
    return `${o} = (${a} − 1)·s − p − p′ + d·(${b} − 1) + a + 1 = <wbr>(${coloured(given, n)} − 1)·${s}` +
      ` − ${t.before} − ${t.after} + ${reach} + ${t.extra} + 1 = ${end}`;
  const fraction = `${t.room}/${s}`;
  const rest = t.rest ? `= ⌊${number(t.room / s)}${t.room * 1e4 % s ? "…" : ""}⌋ + 1 ` : "";
  return `${o} = ⌊(${a} + p + p′ − d·(${b} − 1) − 1) / s⌋ + 1 = <wbr>⌊(${coloured(given, n)} + ${t.before}` +
    ` + ${t.after} − ${reach} − 1) / ${s}⌋ + 1 = <wbr>⌊${fraction}⌋ + 1 ${rest}= ${end}`;
}

function sum(state, t, most = 49) {
  const { given, made } = letters(state);
  const terms = t.rows.flatMap((i, a) => t.columns.map((j, b) => (i < 0 || j < 0 ? null
    : `${coloured(given, factor(t.given[i][j]))}·${coloured("w", factor(t.laid[a][b]))}`))).filter(Boolean);
  const shown = terms.length > most ? [...terms.slice(0, 4), "…", terms[terms.length - 1]] : terms;
  return `${coloured(made, `${made}[${t.row}, ${t.column}]`)} = <span class="sum">` +
    `${shown.join(" + ") || "0"} = ${coloured(made, number(t.total))}</span>`;
}

// -- controls ------------------------------------------------------------------------------

/** Lines to copy: selectable text and a button. */
function copyable(ui) {
  const text = h("code", { style: "white-space: pre-wrap; overflow-wrap: anywhere; flex: 1 1 0;" +
    "font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: .92em;" });
  const button = h("button", { onclick: async () => {
    getSelection().selectAllChildren(text);
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected"; // a page without the right to the clipboard
    }
  } }, "Copy");
  const box = h("div", { class: "row", style: "background: #f4f6f8; border-radius: .35em;" +
    "padding: .2em .6em; flex-wrap: nowrap;" }, text, button);
  return { box, show: code => {
    if (text.textContent === code) return;
    text.textContent = code;
    button.textContent = "Copy";
  } };
}

function view(ui) {
  // a new size keeps row and column of the window where it can
  const move = changes => {
    const { row, column } = ui.trace;
    try {
      const next = settle({ ...ui.state, ...changes, unit: 0 }), { out } = sizes(next);
      return ui.set({ ...changes, unit: Math.min(row, out - 1) * out + Math.min(column, out - 1) });
    } catch {
      return ui.set(changes); // says what does not work
    }
  };
  const field = (name, label, parts) => {
    const control = whole(ui, { ...ui.spec[name], label, ...parts });
    ui.shows.push(control.input.show);
    return control;
  };
  const own = (name, label) => field(name, label, { now: state => state[name],
    move: value => move({ [name]: value }) });
  const byHand = (name, label) => field(name, label, { now: (_, t) => t[name],
    move: value => move({ before: ui.trace.before, after: ui.trace.after, padding: "by hand",
      [name]: value }) });
  const direction = ui.select("convolution", { direct: "direct", transposed: "transposed" },
    value => move({ transposed: value === "transposed" }),
    state => (state.transposed ? "transposed" : "direct"));
  const paddings = ui.select("padding", ui.spec.padding.options, value => move(value === "by hand"
    ? { padding: value, before: ui.trace.before, after: ui.trace.after } : { padding: value }),
  state => state.padding);
  const outputPadding = own("output_padding", ui.lecture ? "extra a" : "output padding a");

  let place = null;
  const choose = (x, y) => {
    const { out, side, span, step } = ui.trace;
    const cell = ({ x: left, y: top, cell }, count) => {
      const [r, c] = [Math.floor((y - top) / cell), Math.floor((x - left) / cell)];
      return r >= 0 && c >= 0 && r < count && c < count ? [r, c] : null;
    };
    const into = v => Math.min(Math.max(Math.round((v - (span - 1) / 2) / step), 0), out - 1);
    const found = cell(place.output, out) ?? cell(place.input, side)?.map(into);
    return found ? found[0] * out + found[1] : null;
  };
  const drawing = ui.drawing((width, u) => {
    place = layout(ui.state, ui.trace, width, u, ui.lecture);
    const key = legend(ui.state, ui.trace, place.bottom + 1.5 * u, width, u);
    return { height: key.height,
      content: paint(ui.state, ui.trace, place, u, ui.lecture) + key.content };
  }, (x, y) => {
    const unit = choose(x, y);
    ui.set(unit === null ? { pin: false } : { unit, pin: true });
  });
  drawing.addEventListener("pointermove", event => { // without a button: only if not pinned
    if (event.buttons || ui.state.pin || event.pointerType === "touch") return;
    const box = drawing.getBoundingClientRect();
    const unit = choose(event.clientX - box.left, event.clientY - box.top);
    if (unit !== null && unit !== ui.state.unit) ui.set({ unit });
  });
  drawing.addEventListener("keydown", event => {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const { row, column, out } = ui.trace, [r, c] = [row + by[0], column + by[1]];
    if (r >= 0 && c >= 0 && r < out && c < out) ui.set({ unit: r * out + c });
  });
  drawing.tabIndex = 0;
  drawing.setAttribute("role", "application");
  drawing.setAttribute("aria-roledescription", "grid of windows, moved by arrow keys");

  const ends = (_, t) => [0, t.out * t.out - 1];
  const sizeLine = ui.formula(), sumLine = ui.formula(), lines = copyable(ui);
  const show = ui.menu("show", ui.lecture ? "show" : "cells show");
  const step = ui.stepper("unit", "window", ends);
  const settings = [direction, own("n", "input n"), own("kernel", "kernel k"),
    own("stride", "stride s"), own("dilation", "dilation d")];
  const rims = [paddings, byHand("before", "top, left p"), byHand("after", "bottom, right p′"),
    outputPadding];
  if (ui.lecture) ui.add(ui.row(...settings, show), ui.row(...rims, step)); // a screen is low
  else ui.add(ui.row(...settings), ui.row(...rims),
    ui.row(step, ui.slider("unit", "output", ends), show, ui.tick("pin", "pin")));
  ui.add(
    drawing, sizeLine, sumLine, lines.box);
  return (state, t) => {
    outputPadding.hidden = !state.transposed || state.padding === "same" || state.stride === 1;
    outputPadding.style.display = outputPadding.hidden ? "none" : "";
    drawing.paint();
    sizeLine.innerHTML = size(state, t);
    sumLine.classList.toggle("long", state.kernel > 3);
    sumLine.innerHTML = sum(state, t, ui.lecture ? 9 : 49);
    lines.show(t.code);
  };
}

export default figure({
  title: "Arithmetic explorer",
  keys: "In the drawing, arrow keys move the window; a click pins it, a click beside the " +
    "grids lets it go.",
  settle, trace, sentence, caption, table, view,
});
