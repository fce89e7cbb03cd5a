// F4: correlation beside convolution; bright pixels print the kernel. Twin of flip_test.py.
import { factor, flip2d, inkOn, number, productSum, shownExactly, signedColour }
  from "./core.mjs";
import { figure, h } from "./kit.mjs";

const SIDE = 9;

function settle(state) {
  const { w, impulses } = state;
  if (w.length % 2 === 0 || w[0].length % 2 === 0)
    throw new Error("w must have 1, 3 or 5 rows and columns: an even kernel has no middle.");
  if (impulses.flat().some(v => !Number.isInteger(v)))
    throw new Error("A pixel has whole numbers for its row and column.");
  return { ...state, held: Math.min(state.held, impulses.length - 1) };
}

/** Correlate an image (rows) with an odd kernel; zeros beyond the border. */
function same(x, w) {
  const up = (w.length - 1) / 2, left = (w[0].length - 1) / 2;
  return x.map((line, i) => line.map((_, j) => {
    let sum = 0;
    w.forEach((row, a) => row.forEach((weight, b) => {
      sum += weight * (x[i + a - up]?.[j + b - left] ?? 0);
    }));
    return sum;
  }));
}

function relation(w) {
  const one = w.flat(), other = flip2d(w).flat();
  if (one.every((v, i) => v === other[i])) return "same";
  return one.every((v, i) => v === -other[i]) ? "sign" : "turned";
}

/** Every number: image, both outputs, both sums at the chosen place. */
function trace({ w, impulses, row, column }) {
  const x = Array.from({ length: SIDE }, () => new Array(SIDE).fill(0));
  for (const [r, c] of impulses) x[r][c]++;
  const up = (w.length - 1) / 2, left = (w[0].length - 1) / 2, flipped = flip2d(w);
  const pixels = [], ahead = [], back = [];
  w.forEach((line, a) => line.forEach((weight, b) => {
    const r = row + a - up, c = column + b - left;
    if (!x[r]?.[c]) return;
    pixels.push([r, c, x[r][c]]);
    ahead.push(weight);
    back.push(flipped[a][b]);
  }));
  const correlation = same(x, w), convolution = same(x, flipped);
  return { x, correlation, convolution, flipped, pixels, ahead, back,
    correlated: correlation[row][column], convolved: convolution[row][column],
    relation: relation(w) };
}

const MEANINGS = {
  turned: "Correlation prints w turned by half a turn, convolution as it is.",
  sign: "Half a turn changes only the sign of w, and so of the output.",
  same: "w looks the same after half a turn, and so do both outputs.",
};

function sum(t, weights, total) {
  if (!t.pixels.length) return "0, no bright pixel under w";
  return productSum(t.pixels.map((p, i) => [weights[i], p[2]]), total);
}

function sentence(state, t) {
  const { impulses, held, row, column } = state, [r, c] = impulses[held];
  const first = impulses.length > 1 ? `${impulses.length} bright pixels, the one held at row`
    : "Bright pixel at row";
  return `${first} ${r}, column ${c}. At row ${row}, column ${column}: correlation ` +
    `${sum(t, t.ahead, t.correlated)}, convolution ${sum(t, t.back, t.convolved)}. ` +
    MEANINGS[t.relation];
}

function caption(state, t) { return MEANINGS[t.relation]; }

function table(state, t) {
  const rows = t.pixels.map(([r, c, v], i) => [`${r}, ${c}`, number(v),
    number(t.ahead[i]), number(v * t.ahead[i]), number(t.back[i]), number(v * t.back[i])]);
  return { caption: `The bright pixels under w at row ${state.row}, column ${state.column}`,
    head: ["row, column", "pixel", "weight, correlation", "product", "weight, convolution",
      "product"],
    rows: [...rows, ["", "", "sum", number(t.correlated), "sum", number(t.convolved)]] };
}

const STYLE = `
.wide { container-type: inline-size; }
.flip { display: flex; flex-wrap: wrap; gap: .6em min(1.5em, 2.4cqw); align-items: flex-start; }
.flip .board [role=gridcell] { width: min(2.45em, 3.4cqw); height: min(2.3em, 3.2cqw);
  font-size: .85em; padding: 0; }
.flip .board { gap: 1px; touch-action: none; }
.flip .drag { cursor: grab; } .flip .drag:active { cursor: grabbing; }
.flip .column { gap: .5em; width: min(19.5em, 31.5cqw); }
.flip [data-mark~=spot] { border: 2px dashed #A03000; }
.flip .formula { min-height: 4.5em; font-size: .97em; margin: 0; }
.lecture .flip { gap: .2em 1.2em; }
.lecture .flip .board [role=gridcell] { width: 2.2em; height: 1.62em; font-size: .82em; }
.lecture .flip .column { gap: .1em; width: min(17.4em, 31.5cqw); } .lecture .flip .heading { margin: 0; }
.lecture .flip .formula { font-size: .9em; min-height: 3.9em; }
.lecture .flip .edit input { width: 2.3em; height: 1.5em; }
@container (max-width: 600px) { .flip .column { width: 100%; }
  .flip .board [role=gridcell] { width: 2.4em; height: 2em; } .flip .formula { min-height: 0; } }
`;

/** One of the two sums, with the place of every weight counted from the middle of w. */
function formula(state, t, sign) {
  const colour = (kind, text) => `<b class="${kind}">${text}</b>`;
  const { row, column } = state, weights = sign > 0 ? t.ahead : t.back;
  const total = sign > 0 ? t.correlated : t.convolved, mark = sign > 0 ? "+" : "−";
  const general = `${colour("y", "y[i, j]")} = Σ ${colour("w", "w[a, b]")}·` +
    colour("x", `x[i ${mark} a, j ${mark} b]`);
  const here = colour("y", `y[${row}, ${column}]`);
  if (!t.pixels.length)
    return `${general}<br>${here} = <span class="sum">0</span>, no bright pixel under w`;
  const names = t.pixels.map(([r, c]) => colour("w",
    `w[${number(sign * (r - row))}, ${number(sign * (c - column))}]`) +
    `·${colour("x", `x[${r}, ${c}]`)}`);
  const terms = t.pixels.map((p, i) =>
    `${colour("w", factor(weights[i]))}·${colour("x", factor(p[2]))}`);
  const exact = shownExactly(total, ...weights);
  return `${general}<br>${here} = ${names.join(" + ")}<br>` +
    `= <span class="sum">${terms.join(" + ")} ${exact ? "=" : "≈"} ` +
    `${colour("y", number(total))}</span>`;
}

function view(ui) {
  const { presets } = ui.data;
  const text = w => JSON.stringify(w);
  const named = state => Object.keys(presets).find(n => text(presets[n]) === text(state.w)) ?? "";
  const kernelMenu = ui.select("kernel",
    Object.fromEntries([["", "own"], ...Object.keys(presets).map(n => [n, n])]),
    name => name && ui.set({ w: presets[name] }), named);
  const inside = v => Math.min(Math.max(v, 0), SIDE - 1);
  const move = (r, c) => ui.set({ impulses: ui.state.impulses.map((place, i) =>
    i === ui.state.held ? [inside(r), inside(c)] : place) });
  const place = (r, c) => ui.set({ row: inside(r), column: inside(c) });

  const more = ui.button("one pixel more", () => {
    const { impulses, held } = ui.state, [r, c] = impulses[held];
    if (impulses.length === 4) return ui.say("Four bright pixels are enough here: move them.");
    return ui.set({ impulses: [...impulses, [(r + 2) % SIDE, (c + 3) % SIDE]],
      held: impulses.length });
  });
  const fewer = ui.button("one fewer", () => {
    const { impulses, held } = ui.state;
    if (impulses.length === 1) return ui.say("One bright pixel must stay.");
    return ui.set({ impulses: impulses.filter((_, i) => i !== held), held: 0 });
  });
  const next = ui.button("hold the next", () =>
    ui.set({ held: (ui.state.held + 1) % ui.state.impulses.length }));

  const x = ui.board("x, the image: arrow keys move the bright pixel", { pick: move });
  x.classList.add("drag");
  grab(ui, x, (r, c) => { // take the pixel that is there, or bring the held one
    const { impulses, held } = ui.state, is = i => impulses[i][0] === r && impulses[i][1] === c;
    const at = is(held) ? held : impulses.findIndex((_, i) => is(i));
    return at < 0 ? move(r, c) : ui.set({ held: at });
  }, move);
  const boards = ["correlation", "convolution"].map(name => {
    const y = ui.board(`y, ${name}: arrow keys choose a sum`, { pick: place });
    grab(ui, y, place, place);
    const laid = ui.board(`w as it lies over x in ${name}`);
    const head = h("div", { class: "heading" });
    return { name, y, laid, head, sum: ui.formula() };
  });
  const cells = ui.cells("w", "kernel w", { symbol: "w" });
  cells.firstChild.className = "hidden";
  const note = ui.text();
  note.innerHTML = "In the sums <b class=\"w\">w[a, b]</b> counts a and b from the middle of w, " +
    "so w[0, 0] is its middle. Red dashed cells of y stand where a pixel of x is bright.";
  const columns = boards.map(({ name, y, laid, head, sum }) => ui.column(
    ui.panel(`${name}, y = x ${name === "correlation" ? "⋆" : "*"} w`, y), sum, h("div", {}, head, laid)));
  ui.add(h("style", {}, STYLE),
    ui.row(kernelMenu, more, fewer, next),
    h("div", { class: "wide" }, h("div", { class: "flip" },
      ui.column(ui.panel("x: drag the bright pixel", x), ui.panel("w, the kernel", cells)),
      ...columns)));
  if (!ui.lecture) ui.add(note); // there the screen is full; the keys say it too

  const cell = (value, most, mark, title) => {
    const colour = signedColour(0.75 * value / most);
    return { text: value ? brief(value) : "", fill: `rgb(${colour})`, ink: inkOn(colour),
      mark, title: `${title}: ${number(value)}` };
  };
  return (state, t) => {
    const { row, column, w, impulses, held } = state;
    const up = (w.length - 1) / 2, left = (w[0].length - 1) / 2;
    const mostX = Math.max(...t.x.flat()), weights = w.flat().map(Math.abs);
    const mostY = Math.max(...t.correlation.flat().map(Math.abs),
      ...t.convolution.flat().map(Math.abs)) || 1;
    const under = (r, c) => Math.abs(r - row) <= up && Math.abs(c - column) <= left;
    const lit = (r, c) => impulses.some(([i, j]) => i === r && j === c);
    x.paint({ rows: SIDE, columns: SIDE, chosen: impulses[held], cell: (r, c) => {
      const mine = impulses[held][0] === r && impulses[held][1] === c;
      return cell(t.x[r][c], mostX, `${under(r, c) ? "window " : ""}${mine ? "chosen" : ""}`,
        `row ${r}, column ${c}${mine ? ", held" : ""}`);
    } });
    boards.forEach(({ name, y, laid, head, sum }, way) => {
      y.paint({ rows: SIDE, columns: SIDE, chosen: [row, column], cell: (r, c) =>
        cell(t[name][r][c], mostY, `${lit(r, c) ? "spot " : ""}` +
          `${r === row && c === column ? "chosen" : ""}`, `row ${r}, column ${c}`) });
      const kernel = way ? t.flipped : w;
      laid.paint({ rows: w.length, columns: w[0].length, cell: (a, b) => {
        const r = row + a - up, c = column + b - left, off = !t.x[r] || t.x[r][c] === undefined;
        return cell(kernel[a][b], Math.max(...weights) || 1,
          off ? "hatch ghost" : t.x[r][c] ? "chosen" : "",
          off ? "beyond the border, weight" : `over row ${r}, column ${c}, weight`);
      } });
      head.textContent = `w over x, ${way ? "turned by half a turn" : "as it is"}`;
      sum.innerHTML = formula(state, t, way ? -1 : 1);
    });
    next.disabled = impulses.length === 1;
  };
}

/** A number in at most four characters, for a cell; the exact one is in the sum. */
function brief(v) {
  return number(Number(v.toFixed(Math.abs(v) >= 10 ? 0 : 1))).replace(/^(−?)0\./, "$1.");
}

/** Call down(r, c), then drag(r, c), with the cell of a board under the pointer. */
function grab(ui, board, down, drag) {
  const at = e => {
    const el = board.getRootNode().elementFromPoint(e.clientX, e.clientY);
    const cells = [...board.querySelectorAll("[role=gridcell]")], i = cells.indexOf(el);
    return i < 0 ? null : [Math.floor(i / SIDE), i % SIDE];
  };
  board.addEventListener("pointerdown", e => {
    const place = at(e);
    if (e.button || !place) return;
    board.setPointerCapture(e.pointerId);
    down(...place);
  });
  board.addEventListener("pointermove", e => {
    const place = board.hasPointerCapture(e.pointerId) && at(e);
    if (place) drag(...place);
  });
}

export default figure({
  title: "Correlation beside convolution",
  keys: "In x the arrow keys move the bright pixel that is held, in the outputs they choose " +
    "the sum that is written out. In the sums a and b count from the middle of w; red dashed " +
    "cells of y stand where a pixel of x is bright.",
  settle, trace, sentence, caption, table, view,
});
