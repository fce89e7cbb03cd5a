// F9, second part: rank and nearest separable kernel. The twin of separability.py.
import { inkOn, number, signedColour } from "./core.mjs";
import { COLOURS, INKS, figure, h } from "./kit.mjs";

function settle(state) {
  return { ...state, take: Math.min(state.take, state.kernel.length) };
}

function dot(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** Singular value, column times it, and row of each term: one-sided Jacobi rotations. */
function rotated(kernel) {
  const k = kernel.length, places = Array.from({ length: k }, (_, i) => i);
  const a = places.map(j => kernel.map(row => row[j]));
  const v = places.map(j => places.map(i => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 60; sweep++) {
    let turned = false;
    for (let p = 0; p < k - 1; p++)
      for (let q = p + 1; q < k; q++) {
        const alpha = dot(a[p], a[p]), beta = dot(a[q], a[q]), gamma = dot(a[p], a[q]);
        if (Math.abs(gamma) <= 1e-15 * Math.sqrt(alpha * beta)) continue;
        turned = true;
        const zeta = (beta - alpha) / (2 * gamma);
        let t = 1 / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        if (zeta < 0) t = -t;
        const c = 1 / Math.sqrt(1 + t * t);
        for (const m of [a, v]) {
          const left = m[p], right = m[q];
          m[p] = left.map((x, i) => c * x - c * t * right[i]);
          m[q] = left.map((x, i) => c * t * x + c * right[i]);
        }
      }
    if (!turned) break;
  }
  return places.map(j => [Math.sqrt(dot(a[j], a[j])), a[j], v[j]]).sort((x, y) => y[0] - x[0]);
}

function trace({ kernel, take }) {
  const pairs = rotated(kernel), singular = pairs.map(pair => pair[0]);
  const rank = singular.filter(s => s > 1e-9 * singular[0]).length;
  const near = kernel.map(row => row.map(() => 0));
  for (const [, left, right] of pairs.slice(0, take))
    near.forEach((row, i) => row.forEach((_, j) => { row[j] += left[i] * right[j]; }));
  const whole = dot(singular, singular), some = singular.slice(0, take);
  return { singular, rank, near, rest: kernel.map((row, i) => row.map((v, j) => v - near[i][j])),
    kept: whole ? dot(some, some) / whole : 1 };
}

function sentence({ kernel, take }, t) {
  if (!t.rank) return "All weights are 0: the rank is 0, and nothing is to be computed.";
  const k = kernel.length, values = t.singular.slice(0, t.rank).map(number).join(", ");
  return `The kernel has rank ${t.rank}, so it is ${t.rank === 1 ? "" : "not "}spatially separable; ` +
    `singular values ${values}. ${take > 1 ? `A sum of ${take} products` : "One product"} of ` +
    `column and row keeps ${number(100 * t.kept)} % of its energy, with ` +
    `${2 * k * take} multiplications for each pixel in place of ${k * k}.`;
}

function table({ kernel, take }, t) {
  return { caption: `The kernel, the nearest of rank ${take}, and the difference`,
    head: ["row, column", "w", `rank ${take}`, "rest"],
    rows: [...kernel.flatMap((row, i) => row.map((v, j) => [`${i}, ${j}`, number(v),
      number(t.near[i][j]), number(t.rest[i][j])])),
    ...t.singular.map((s, i) => [`singular value ${i + 1}`, number(s), "", ""])] };
}

function brief(v) {
  return number(Number(v.toFixed(Math.abs(v) >= 10 ? 1 : 2)));
}

/** The singular values as bars; those that are taken are full. */
function bars({ take }, t, width, u) {
  const line = 1.9 * u, most = t.singular[0] || 1, room = width - 7 * u;
  const rows = t.singular.map((s, i) => {
    const y = i * line, on = i < take;
    return `<text x="0" y="${y + 1.2 * u}" font-size="${.95 * u}" fill="#333">σ${i + 1}</text>` +
      `<rect x="${2 * u}" y="${y + .15 * u}" width="${Math.max(room * s / most, 1)}" ` +
      `height="${1.35 * u}" fill="${on ? COLOURS.w : "#fff"}" stroke="${INKS.w}" ` +
      `${on ? "" : 'stroke-dasharray="4 3"'}/>` +
      `<text x="${2.5 * u + room * s / most}" y="${y + 1.2 * u}" font-size="${.95 * u}" ` +
      `fill="#1a1a1a">${number(s)}</text>`;
  });
  return { height: t.singular.length * line + .2 * u, content: rows.join("") };
}

function view(ui) {
  const { presets } = ui.data;
  const nameOf = state => Object.keys(presets).find(name =>
    JSON.stringify(presets[name]) === JSON.stringify(state.kernel)) ?? "own";
  const names = Object.fromEntries([...Object.keys(presets).map(n => [n, n]), ["own", "own numbers"]]);
  const preset = ui.select("kernel", names,
    name => ui.set(name === "own" ? {} : { kernel: presets[name] }), nameOf);
  const cells = ui.cells("kernel", "kernel w", { symbol: "w" });
  cells.firstChild.className = "hidden"; // the heading says it
  const near = ui.board("the nearest kernel"), rest = ui.board("the rest");
  const chart = ui.drawing((width, u) => bars(ui.state, ui.trace, width, u));
  const title = h("div", { class: "heading" });
  const middle = h("div", { class: "panel", style: "width: 11.5em" },
    h("div", { class: "heading" }, "singular values"), chart);
  const show = (board, rows, far) => board.paint({ rows: rows.length, columns: rows.length,
    cell: (r, c) => {
      const v = rows[r][c], rgb = signedColour(.6 * v / far);
      return { text: brief(v), fill: `rgb(${rgb})`, ink: inkOn(rgb), title: number(v) };
    } });
  ui.add(ui.row(preset, ui.slider("take", "products added", state => [1, state.kernel.length])),
    h("div", { class: "row top" },
      ui.panel("w, type into it", cells), middle, h("div", { class: "panel" }, title, near),
      ui.panel("what is missing", rest)));
  return (state, t) => {
    const far = Math.max(1e-9, ...state.kernel.flat().map(Math.abs));
    title.textContent = `nearest, rank ${Math.min(state.take, t.rank)}`;
    show(near, t.near, far);
    show(rest, t.rest, far);
    chart.paint();
  };
}

export default figure({
  title: "Is the kernel a column times a row?",
  settle, trace, sentence, table, view,
});
