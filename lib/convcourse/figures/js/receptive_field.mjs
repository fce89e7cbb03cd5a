// F8: the receptive-field builder. The twin of receptive_field.py.
import { number } from "./core.mjs";
import { COLOURS, INKS, figure, h, whole } from "./kit.mjs";

const KINDS = ["conv", "pool"];
const LIMITS = [["kernel", 1, 7], ["stride", 1, 4], ["dilation", 1, 16]];
const MOST = 128; // samples of the longest input

const range = count => Array.from({ length: count }, (_, i) => i);

/** Padding left and right of one layer. */
function pads([, k, s, d], length, padding) {
  if (padding !== "same") return [0, 0];
  const total = Math.max(0, (Math.ceil(length / s) - 1) * s + (k - 1) * d + 1 - length);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Lengths of the input and of every layer; 0 where no window fits. */
function lengthsOf(layers, n, padding) {
  const lengths = [n];
  for (const [, k, s, d] of layers) {
    const m = lengths[lengths.length - 1], span = (k - 1) * d + 1;
    lengths.push(padding === "same" ? Math.ceil(m / s) : Math.max(0, Math.floor((m - span) / s) + 1));
  }
  return lengths;
}

/** Size of the field, and its step from unit to unit, after each layer. */
function fields(layers) {
  const sizes = [1], jumps = [1];
  layers.forEach(([, k, s, d], i) => {
    sizes.push(sizes[i] + (k - 1) * d * jumps[i]);
    jumps.push(jumps[i] * s);
  });
  return { sizes, jumps };
}

/** Let the dependent numbers follow; refuse a stack that is too large. */
function settle(state) {
  const layers = state.layers.map(row => (row[0] === 1 && row[3] !== 1 ? [...row.slice(0, 3), 1] : row));
  layers.forEach((row, i) => LIMITS.forEach(([name, low, high], j) => {
    const value = row[j + 1];
    if (!Number.isInteger(value) || value < low || value > high)
      throw new Error(`${name} of layer ${i + 1} must be a whole number from ${low} to ${high}.`);
  }));
  const { sizes } = fields(layers), need = sizes[sizes.length - 1];
  let { n } = state;
  if (state.padding === "valid" && need > n) {
    if (need > MOST)
      throw new Error(`Without padding this stack needs ${need} samples, and the figure has ` +
        `${MOST} at most. Choose padding same, or smaller numbers.`);
    n = need;
  }
  const at = Math.min(state.at, layers.length);
  const unit = Math.min(state.unit, lengthsOf(layers, n, state.padding)[at] - 1);
  return { ...state, layers, n, at, unit };
}

/** The number of paths from every unit below to the chosen one, level by level. */
function coneOf({ layers, at, unit }, lengths, sides) {
  let counts = new Array(lengths[at]).fill(0);
  counts[unit] = 1;
  const cone = [counts];
  for (let level = at - 1; level >= 0; level--) {
    const [, k, s, d] = layers[level], below = new Array(lengths[level]).fill(0);
    counts.forEach((paths, i) => {
      if (!paths) return;
      for (let tap = 0; tap < k; tap++) {
        const j = i * s + tap * d - sides[level][0];
        if (j >= 0 && j < below.length) below[j] += paths;
      }
    });
    cone.unshift(below);
    counts = below;
  }
  return cone;
}

/** Every number: the sizes of all layers, and every unit in the cone. */
function trace(state) {
  const { layers, n, padding, at, unit } = state;
  const lengths = lengthsOf(layers, n, padding), { sizes, jumps } = fields(layers);
  const sides = layers.map((row, i) => pads(row, lengths[i], padding));
  const starts = [0];
  sides.forEach(([left], i) => starts.push(starts[i] - left * jumps[i]));
  const cone = coneOf(state, lengths, sides), hits = cone[0];
  const size = sizes[at], jump = jumps[at], first = starts[at] + unit * jump;
  const most = Math.max(...hits);
  return { lengths, sizes, jumps, starts, spans: layers.map(([, k, , d]) => (k - 1) * d + 1),
    lefts: sides.map(([left]) => left), rights: sides.map(([, right]) => right),
    cone, hits, size, jump, first, last: first + size - 1,
    inside: hits.filter(v => v > 0).length, most, paths: hits.reduce((a, b) => a + b, 0),
    core: hits.filter(v => 2 * v >= Math.max(1, most)).length,
    weights: layers.slice(0, at).reduce((sum, [kind, k]) => sum + (kind === 0 ? k * k : 0), 0),
    single: size * size };
}

// -- words --------------------------------------------------------------------------------

function name([kind, k, s, d]) {
  const stride = s === (kind ? k : 1) ? "" : ` stride ${s}`;
  return `${KINDS[kind]} ${k}${stride}${d > 1 ? ` dilation ${d}` : ""}`;
}

function filled({ at }, t) {
  return `${["1", ...range(at).map(i => `${t.spans[i] - 1}·${t.jumps[i]}`)].join(" + ")} = ${t.size}`;
}

function caption(state, t) {
  const outside = Math.max(0, -t.first) + Math.max(0, t.last - state.n + 1);
  const rest = outside ? `, ${outside} of them outside the input` : "";
  const where = t.size > 1 ? `It covers samples ${number(t.first)} to ${number(t.last)}${rest}.`
    : `It is sample ${number(t.first)}${rest}.`;
  return `${where} ${t.inside} ${t.inside === 1 ? "sample is" : "samples are"} reached, on ` +
    `${t.paths} ${t.paths === 1 ? "path" : "paths"}; the most reached by ${t.most}, and ` +
    `${t.core} by at least half of that. In an image these layers hold ${t.weights} weights; ` +
    `one kernel of ${t.size} by ${t.size} holds ${t.single}.`;
}

function sentence(state, t) {
  return `${state.layers.map(name).join(", ")}; padding ${state.padding}, ${state.n} samples. ` +
    `Unit ${state.unit} of layer ${state.at} has a field of ${filled(state, t)} samples. ` +
    caption(state, t);
}

function table(state, t) {
  const rows = range(t.lengths.length).map(i => [
    i ? `${i}: ${name(state.layers[i - 1])}` : "input", t.lengths[i], t.sizes[i], t.jumps[i],
    i <= state.at ? t.cone[i].filter(v => v > 0).length : 0,
    i <= state.at ? Math.max(...t.cone[i]) : 0].map(String));
  return { caption: `The layers, and the cone of unit ${state.unit} of layer ${state.at}`,
    head: ["layer", "units", "field r", "jump j", "units in the cone", "most paths"], rows };
}

// -- the drawing: a row of units for each layer, the input at the bottom --------------------

/** Where everything stands. */
function layout(state, t, width, u, lecture, aside) {
  const top = t.lengths.length - 1;
  const pitch = (lecture ? Math.min(2.9, 14.5 / (top + 1)) : aside ? 3.3 : 4.5) * u;
  const head = (aside ? .4 : 1.5) * u, tall = (lecture ? 1.5 : 1.7) * u;
  const gutter = aside ? 6.1 * u : 0; // for r and j at the right
  const reach = i => [t.starts[i] + (t.sizes[i] - 1) / 2 - t.jumps[i] / 2,
    t.starts[i] + (t.sizes[i] - 1) / 2 + (t.lengths[i] - .5) * t.jumps[i]];
  const spare = Math.max(2, state.n / 6); // padding further out is cut off
  // where the fields of this layer begin and end: the scale stays while the unit moves
  const outer = [t.starts[state.at], t.starts[state.at] + t.size - 1 +
    (t.lengths[state.at] - 1) * t.jump];
  const ends = [Math.max(-spare, Math.min(-.5, outer[0] - .5, ...t.starts.map((_, i) => reach(i)[0]))),
    Math.min(state.n - 1 + spare,
      Math.max(state.n - .5, outer[1] + .5, ...t.starts.map((_, i) => reach(i)[1])))];
  const scale = (width - gutter - 4) / (ends[1] - ends[0]);
  const at = place => 2 + (place - ends[0]) * scale;
  const middle = (level, unit) => t.starts[level] + (t.sizes[level] - 1) / 2 + unit * t.jumps[level];
  const y = level => head + (top - level) * pitch;
  const bars = { top: y(0) + tall + .5 * u, tall: (lecture ? 2.2 : 3.6) * u };
  return { top, pitch, tall, scale, at, middle, y, bars, aside, right: width - gutter,
    height: bars.top + bars.tall + 1.5 * u };
}

function paint(state, t, view, u, lecture) {
  const { y, tall, at, middle, scale, bars } = view, out = [], put = text => out.push(text);
  const least = lecture ? 18 : 10, // px
     right = view.right;
  const centre = (level, unit) => at(middle(level, unit));
  put(`<defs><clipPath id="field"><rect x="0" y="0" width="${right}" height="${view.height}"/>` +
    `</clipPath></defs><g clip-path="url(#field)">`);

  // the field: a band from the chosen unit down to the input
  const low = at(t.first - .5), high = at(t.last + .5);
  put(`<rect x="${low}" y="${y(0) - .25 * u}" width="${high - low}" ` +
    `height="${bars.top + bars.tall - y(0) + .25 * u}" fill="${COLOURS.w}" fill-opacity=".16"/>`);
  put(`<path d="M${low} ${y(0) - .25 * u}V${bars.top + bars.tall}M${high} ${y(0) - .25 * u}` +
    `V${bars.top + bars.tall}" stroke="#B87A00" stroke-width="1.5" stroke-dasharray="4 3"/>`);

  // a line for every weight in the cone
  for (let level = state.at; level > 0; level--) {
    const [kind, k, s, d] = state.layers[level - 1], lines = [];
    t.cone[level].forEach((paths, unit) => {
      if (!paths) return;
      for (let tap = 0; tap < k; tap++) {
        const child = unit * s + tap * d - t.lefts[level - 1];
        lines.push(`M${centre(level, unit).toFixed(1)} ${y(level) + tall}` +
          `L${centre(level - 1, child).toFixed(1)} ${y(level - 1)}`);
      }
    });
    put(`<path d="${lines.join("")}" stroke="${kind ? "#555" : "#B87A00"}" fill="none" ` +
      `stroke-width="${scale > 6 ? 1.4 : .8}" ${kind ? 'stroke-dasharray="2 2"' : ""}/>`);
  }

  // the units
  for (let level = 0; level <= view.top; level++) {
    const wide = Math.max(1, Math.min(.88 * t.jumps[level] * scale, 7 * u));
    const colour = level ? COLOURS.y : COLOURS.x, counts = t.cone[level] ?? [];
    const most = Math.max(1, ...counts), plain = [], padded = [];
    const box = (unit, more = 0) => [centre(level, unit) - wide / 2 - more, y(level) - more];
    const square = unit => { const [a, b] = box(unit); return `M${a.toFixed(1)} ${b}h${wide}v${tall}h${-wide}z`; };
    for (let unit = 0; unit < t.lengths[level]; unit++) if (!counts[unit]) plain.push(square(unit));
    if (level < state.at)
      for (const unit of [...range(t.lefts[level]).map(i => -1 - i),
        ...range(t.rights[level]).map(i => t.lengths[level] + i)]) padded.push(square(unit));
    put(`<path d="${padded.join("")}" fill="#fff" stroke="#767676" stroke-dasharray="2 2"/>`);
    put(`<path d="${plain.join("")}" fill="${level > state.at ? "#f3f4f5" : "#fff"}" stroke="#9aa0a6"/>`);
    const longest = String(most).length;
    const font = Math.min(.62 * tall, wide / (.6 * longest + .3));
    counts.forEach((paths, unit) => {
      if (!paths) return;
      const share = paths / most, [a, b] = box(unit);
      put(`<rect x="${a.toFixed(1)}" y="${b}" width="${wide}" height="${tall}" fill="${colour}" ` +
        `fill-opacity="${(.14 + .5 * share).toFixed(3)}" stroke="${colour}" ` +
        `stroke-width="${scale > 6 ? 1.4 : .7}"/>`);
      if (font >= least) put(`<text x="${(a + wide / 2).toFixed(1)}" y="${b + tall / 2 + .36 * font}" ` +
        `text-anchor="middle" font-size="${font.toFixed(1)}" fill="#00201a">${paths}</text>`);
    });
    if (level === state.at) {
      const [a, b] = box(state.unit);
      for (const [look, by] of [["#fff", 5], ["#000", 2.6]])
        put(`<rect x="${a}" y="${b}" width="${Math.max(wide, 3)}" height="${tall}" fill="none" ` +
          `stroke="${look}" stroke-width="${by}"/>`);
    }
  }

  // how many paths lead to each sample
  const per = bars.tall / t.most;
  put(`<path d="${t.hits.map((v, i) => (v ? `M${at(i - .44).toFixed(1)} ${bars.top}` +
    `h${(.88 * scale).toFixed(1)}v${(v * per).toFixed(1)}h${(-.88 * scale).toFixed(1)}z` : "")).join("")}" ` +
    `fill="${COLOURS.x}"/>`);
  put(`<line x1="0" x2="${right}" y1="${bars.top}" y2="${bars.top}" stroke="#555"/></g>`);

  // names
  const say = (x, b, text, more = "") => put(`<text x="${x}" y="${b}" font-size="${.88 * u}" ` +
    `fill="#333" ${more}>${text}</text>`);
  for (let level = 0; level <= view.top; level++) {
    const row = level ? name(state.layers[level - 1]) : "input x", strong = level === state.at;
    const numbers = `r ${t.sizes[level]}, j ${t.jumps[level]}`;
    if (view.aside) say(right + .8 * u, y(level) + tall / 2 + .3 * u, numbers, strong ? 'font-weight="700"' : "");
    else say(2, y(level) - .4 * u, `${level ? `${level}: ` : ""}${row} · ${numbers}`,
      `stroke="#fff" stroke-width="3" paint-order="stroke" ${strong ? 'font-weight="700"' : ""}`);
  }
  const foot = bars.top + bars.tall + 1.1 * u, ends = t.size > 1 ? [t.first, t.last] : [t.first];
  const near = at(t.last) - at(t.first) < 3 * u;
  (near ? [`${ends.map(number).join(" … ")}`] : ends.map(number)).forEach((text, i) => {
    const place = near ? (at(t.first) + at(t.last)) / 2 : at(ends[i]);
    say(Math.min(Math.max(place, u), right - u), foot, text, 'text-anchor="middle"');
  });
  if (view.aside) say(right + .8 * u, bars.top + 1.1 * u, "paths");
  return out.join("");
}

/** Paths to each pixel of an image: the product of both axes; grey outside the field. */
function image(t, n) {
  const rgba = new Uint8ClampedArray(4 * n * n), most = t.most || 1;
  const inside = i => i >= t.first && i <= t.last;
  for (let r = 0, p = 0; r < n; r++)
    for (let c = 0; c < n; c++, p += 4) {
      const share = t.hits[r] * t.hits[c] / (most * most), field = inside(r) && inside(c);
      const [a, b, d] = field ? [255, 255, 255] : [229, 232, 235];
      rgba[p] = a + share * (0 - a);
      rgba[p + 1] = b + share * (76 - b);
      rgba[p + 2] = d + share * (127 - d);
      rgba[p + 3] = 255;
    }
  return rgba;
}

// -- controls ------------------------------------------------------------------------------

/** The controls of one layer; they stand where its row is drawn. */
function layerControls(ui, i, change) {
  const layer = state => state.layers[i] ?? [0, 1, 1, 1];
  const put = (j, value) => change(ui.state.layers.map((row, at) => (at === i
    ? row.map((v, at) => (at === j ? value : v)) : row)));
  const kind = h("select", { "aria-label": `layer ${i + 1}: kind`, onchange: () => {
    const pool = kind.value === "pool", [, k] = layer(ui.state);
    change(ui.state.layers.map((row, at) => (at === i
      ? (pool ? [1, k, Math.min(k, 4), 1] : [0, k, 1, 1]) : row)));
  } }, ...KINDS.map(text => h("option", { value: text }, text)));
  const numbers = LIMITS.map(([word, low, high], j) => whole(ui, { low, high,
    label: `layer ${i + 1}: ${word}`, visible: word[0], width: "2.8em", now: state => layer(state)[j + 1],
    move: value => put(j + 1, value) }));
  const remove = h("button", { "aria-label": `remove layer ${i + 1}`, onclick: () =>
    change(ui.state.layers.filter((_, at) => at !== i)) }, "×");
  const box = h("div", { class: "row", style: "gap: .3em; margin: 0; flex-wrap: nowrap;",
    role: "group", "aria-label": `layer ${i + 1}` },
  h("span", { class: "label" }, `${i + 1}`), kind, ...numbers, remove);
  ui.shows.push((state, trace) => {
    box.style.display = i < state.layers.length ? "" : "none";
    kind.value = KINDS[layer(state)[0]];
    numbers.forEach(control => control.input.show(state, trace));
    numbers[2].style.visibility = layer(state)[0] === 1 ? "hidden" : ""; // no dilated pooling
    remove.disabled = state.layers.length === 1;
  });
  return box;
}

function view(ui) {
  /** Take a new stack; its last layer looks, or the layer that looked before. */
  const change = (layers, more = {}) => {
    const last = ui.state.at === ui.state.layers.length;
    const at = last ? layers.length : Math.min(ui.state.at, layers.length);
    return middle({ layers, at, ...more });
  };
  /** Move the state, and look from the middle of the layer that looks. */
  const middle = changes => {
    const next = { ...ui.state, ...changes, unit: 0 };
    try {
      const { layers, n, padding, at } = settle(next);
      next.unit = Math.floor((lengthsOf(layers, n, padding)[at] - 1) / 2);
    } catch { /* set says what is wrong */ }
    return ui.set(next);
  };
  const add = ui.button("add a layer", () => change([...ui.state.layers, [0, 3, 1, 1]]));
  ui.shows.push(state => {
    add.disabled = state.layers.length === 6;
    add.textContent = add.disabled ? "six layers at most" : "add a layer";
  });
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const { stacks } = ui.data;
  const menu = ui.select("stack", { "": "own", ...Object.fromEntries(Object.keys(stacks).map(s => [s, s])) },
    pick => {
      if (!stacks[pick]) return;
      const { sizes, jumps } = fields(stacks[pick]), last = sizes.length - 1;
      middle({ layers: stacks[pick], at: last, n: Math.min(MOST, sizes[last] + 4 * jumps[last]) });
    }, state => Object.keys(stacks).find(s => same(stacks[s], state.layers)) ?? "");
  const n = whole(ui, { label: "input n", low: 1, high: MOST, now: state => state.n,
    move: value => middle({ n: value }) });
  ui.shows.push(n.input.show);
  const paddings = ui.select("padding", ui.spec.padding.options, value => middle({ padding: value }),
    state => state.padding);
  const ends = (_, t) => [0, t.lengths[ui.state.at] - 1];
  const unit = ui.slider("unit", "unit", ends);
  const at = ui.slider("at", "of layer", () => [1, ui.state.layers.length]);

  let place = null;
  /** The level and the unit at a place of the drawing. */
  const under = (x, y) => {
    const t = ui.trace, level = range(t.lengths.length).find(i =>
      y >= place.y(i) - .2 * place.tall && y <= place.y(i) + 1.2 * place.tall);
    if (!level) return null; // no row, or the input
    const wide = t.jumps[level] * place.scale;
    const found = Math.round((x - place.at(place.middle(level, 0))) / wide);
    return { at: level, unit: Math.min(Math.max(found, 0), t.lengths[level] - 1) };
  };
  const editors = h("div", { style: "position: relative; flex: 0 0 auto;" });
  const boxes = range(6).map(i => layerControls(ui, i, change));
  editors.append(...[...boxes].reverse()); // the first layer lies at the bottom
  const drawing = ui.drawing((width, u) => {
    const aside = editors.parentElement.clientWidth > 46 * u;
    place = layout(ui.state, ui.trace, width, u, ui.lecture, aside);
    boxes.forEach((box, i) => Object.assign(box.style, aside ? { position: "absolute", right: 0,
      top: `${place.y(i + 1) + place.tall / 2}px`, transform: "translateY(-50%)" }
      : { position: "static", transform: "" }));
    Object.assign(editors.style, aside ? { width: ui.lecture ? "19em" : "21em", height: `${place.height}px` }
      : { width: "100%", height: "auto" });
    return { height: place.height, content: paint(ui.state, ui.trace, place, u, ui.lecture) };
  }, (x, y) => {
    const found = under(x, y);
    if (found) ui.set(found);
  });
  drawing.style.flex = "1 1 15em";
  drawing.addEventListener("pointermove", event => { // along the row that looks
    if (event.buttons || event.pointerType === "touch") return;
    const box = drawing.getBoundingClientRect();
    const found = under(event.clientX - box.left, event.clientY - box.top);
    if (found && found.at === ui.state.at && found.unit !== ui.state.unit) ui.set(found);
  });
  drawing.addEventListener("keydown", event => {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const { layers } = ui.state, next = ui.state.at + by[0], to = ui.state.unit + by[1];
    if (next < 1 || next > layers.length) return;
    if (by[0]) { // the unit above or below the same place
      const t = ui.trace, here = place.middle(ui.state.at, ui.state.unit);
      const near = Math.round((here - place.middle(next, 0)) / t.jumps[next]);
      ui.set({ at: next, unit: Math.min(Math.max(near, 0), t.lengths[next] - 1) });
    } else if (to >= 0 && to < ui.trace.lengths[ui.state.at]) ui.set({ unit: to });
  });
  drawing.tabIndex = 0;
  drawing.setAttribute("role", "application");
  drawing.setAttribute("aria-roledescription", "rows of units, walked by arrow keys");

  const canvas = h("canvas", { role: "img", style: "display: block; width: 100%; height: auto;" +
    "image-rendering: pixelated; border: 1px solid #9aa0a6;" });
  const map = h("div", { style: `flex: 0 1 ${ui.lecture ? 9.5 : 12.5}em; min-width: 8em;` },
    ui.panel("paths to each pixel", canvas));
  const formula = ui.formula(), note = ui.text();
  note.innerHTML = "<b>r</b>: input samples that a unit sees. <b>j</b>: input samples from a unit to " +
    "the next. <b>k<sub>e</sub></b> = d(k − 1) + 1: samples that a kernel spans.";
  ui.add(
    ui.row(menu, add, n, paddings), ui.row(unit, at),
    h("div", { style: "display: flex; flex-wrap: wrap; gap: .4em .8em; align-items: flex-start;" },
      editors, drawing, map),
    formula);
  if (!ui.lecture) ui.add(note); // there the screen is full
  return (state, t) => {
    drawing.paint();
    if (canvas.width !== state.n) Object.assign(canvas, { width: state.n, height: state.n });
    canvas.getContext("2d").putImageData(new ImageData(image(t, state.n), state.n, state.n), 0, 0);
    canvas.setAttribute("aria-label", `The field is ${t.size} by ${t.size} pixels; ` +
      `${t.most * t.most} paths lead to its most reached pixel.`);
    const colour = (kind, text) => `<b class="${kind}">${text}</b>`;
    const terms = range(state.at).map(i =>
      `${colour("w", t.spans[i] - 1)}·${colour("x", t.jumps[i])}`);
    formula.innerHTML = `${colour("y", "r")} = 1 + Σ (${colour("w", "k<sub>e</sub> − 1")})·` +
      `${colour("x", "j")} = <span class="sum">${["1", ...terms].join(" + ")} = ` +
      `${colour("y", t.size)}</span>`;
  };
}

export default figure({
  title: "Receptive-field builder",
  keys: "In the drawing, left and right go from unit to unit, up and down from layer to layer.",
  settle, trace, sentence, caption, table, view,
});
