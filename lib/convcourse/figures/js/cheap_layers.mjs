// F9, first part: prices of a layer and of its cheaper kinds. The twin of cheap_layers.py.
import { number } from "./core.mjs";
import { COLOURS, INKS, figure, h } from "./kit.mjs";

const KINDS = ["ordinary", "grouped", "depthwise", "pointwise", "separable"];

const gcd = (a, b) => (b ? gcd(b, a % b) : a);

/** Groups that do not divide the channels become the nearest common divisor below. */
function settle(state) {
  return { ...state, groups: gcd(state.groups, gcd(state.inputs, state.outputs)) };
}

function trace({ inputs, outputs, k, groups, side }) {
  const all = k * k, weights = [all * inputs * outputs, all * (inputs / groups) * outputs,
    all * inputs, inputs * outputs];
  weights.push(weights[2] + weights[3]);
  const biases = [outputs, outputs, inputs, outputs, outputs];
  const parameters = weights.map((w, i) => w + biases[i]);
  return { weights, parameters, macs: weights.map(w => w * side * side),
    shares: weights.map(w => w / weights[0]), parts: parameters.map(p => p / parameters[0]) };
}

function sentence({ inputs, outputs, k, groups, side }, t) {
  const [grouped, separable] = [1, 4].map(i => number(100 * t.shares[i]));
  return `The ordinary layer has ${k}·${k}·${inputs}·${outputs} = ${t.weights[0]} weights and ` +
    `${t.macs[0]} MACs on a map of ${side} by ${side}. In ${groups} group${groups > 1 ? "s" : ""} ` +
    `it is ${grouped} % of that, depthwise separable ${separable} %: 1/${outputs} + 1/${k * k}. ` +
    `Of ${t.parameters[0]} parameters, with biases, the separable layer has ` +
    `${number(100 * t.parts[4])} %.`;
}

const names = state => KINDS.map((kind, i) =>
  (i === 1 ? `${state.groups} group${state.groups > 1 ? "s" : ""}` : kind));

/** How Keras writes the five layers. */
function keras({ outputs, k, groups }) {
  const padding = ', padding="same"';
  return [`Conv2D(${outputs}, ${k}${padding})`, `Conv2D(${outputs}, ${k}${padding}, groups=${groups})`,
    `DepthwiseConv2D(${k}${padding})`, `Conv2D(${outputs}, 1)`,
    `SeparableConv2D(${outputs}, ${k}${padding})`];
}

function table(state, t) {
  const [called, code] = [names(state), keras(state)];
  return { caption: "What each kind of layer costs",
    head: ["layer", "in Keras", "weights", "MACs", "share, %", "parameters with bias", "share, %"],
    rows: KINDS.map((_, i) => [called[i], code[i], `${t.weights[i]}`, `${t.macs[i]}`,
      number(100 * t.shares[i]), `${t.parameters[i]}`, number(100 * t.parts[i])]) };
}

/** 14450688 as "14,450,688". */
const grouped = n => `${n}`.replace(/\B(?=(\d{3})+$)/g, ",");

const short = share => number(Number((100 * share).toFixed(100 * share < 10 ? 2 : 1)));

/** Two bars for each kind: MACs, filled, and parameters, an outline. Where the page is narrow,
 * the counts stand in a line of their own, so that they always fit. */
function bars(state, t, width, u) {
  const called = names(state), narrow = width < 41 * u, line = (narrow ? 4.2 : 3.1) * u;
  const left = 6.6 * u, room = width - left - (narrow ? 4.6 : 18) * u;
  const most = Math.max(...t.shares, ...t.parts);
  const text = (x, y, words, more = "") =>
    `<text x="${x}" y="${y}" font-size="${.95 * u}" fill="#1a1a1a" ${more}>${words}</text>`;
  const rows = KINDS.map((_, i) => {
    const y = i * line, [ink, edge] = i ? [COLOURS.y, INKS.y] : [COLOURS.x, INKS.x];
    const step = i === 2 || i === 3; // of the separable layer
    const counts = [`${grouped(t.macs[i])} MACs`, `${grouped(t.parameters[i])} parameters`];
    const bar = (share, top, fill, count) => {
      const long = room * share / most;
      return `<rect x="${left}" y="${top}" width="${Math.max(long, 1.5)}" height="${1.1 * u}" ` +
        `${fill} stroke="${edge}"/>` + text(left + long + .4 * u, top + .9 * u,
        `<tspan font-weight="650">${short(share)} %</tspan>${narrow ? "" : ` ${count}`}`);
    };
    return text(0, y + 1.1 * u, called[i], 'font-weight="650"') +
      bar(t.shares[i], y + .2 * u, `fill="${ink}" fill-opacity="${step ? .45 : 1}"`, counts[0]) +
      bar(t.parts[i], y + 1.5 * u, 'fill="none"', counts[1]) +
      (narrow ? text(0, y + 3.6 * u, counts.join(", "), 'fill="#333"') : "");
  });
  return { height: KINDS.length * line, content: rows.join("") };
}

function view(ui) {
  const powers = (low, high) => Array.from({ length: 11 }, (_, i) => 2 ** i)
    .filter(n => n >= low && n <= high);
  const menu = (name, label, list) => {
    const box = ui.select(label, list, value => ui.set({ [name]: Number(value) }),
      state => state[name]);
    const choice = box.querySelector("select");
    ui.shows.push(state => { // a number from Python that is not in the list
      if (![...choice.options].some(o => Number(o.value) === state[name]))
        choice.append(h("option", { value: state[name] }, `${state[name]}`));
      choice.value = state[name];
    });
    return box;
  };
  const code = h("code", {}), formula = ui.formula();
  const chart = ui.drawing((width, u) => bars(ui.state, ui.trace, width, u));
  ui.add(ui.row(menu("inputs", "inputs C", [1, 3, ...powers(2, 1024)].sort((a, b) => a - b)),
    menu("outputs", "outputs N", powers(1, 1024)), menu("k", "kernel k", [1, 2, 3, 4, 5, 7, 9, 11]),
    menu("groups", "groups g", powers(1, 1024)), menu("side", "map", [7, 14, 28, 56, 112, 224])),
  chart, formula, ui.row(h("span", { class: "label" }, "Keras:"), code));
  return (state, t) => {
    chart.paint();
    const { inputs: c, outputs: n, k } = state;
    formula.innerHTML = `separable / ordinary = (${k}²·${c} + ${c}·${n}) / (${k}²·${c}·${n}) = ` +
      `1/${n} + 1/${k * k} ${t.shares[4] === Number(t.shares[4].toFixed(4)) ? "=" : "≈"} ` +
      `<b class="y">${number(t.shares[4])}</b>`;
    code.textContent = keras(state)[4];
  };
}

export default figure({
  title: "Cheaper layers",
  settle, trace, sentence, table, view,
});
