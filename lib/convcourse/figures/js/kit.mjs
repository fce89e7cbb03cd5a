// The controls and surfaces of every figure, and what hosts it. A figure module calls
//
//   export default figure({ title, settle, trace, sentence, caption, table, view, keys })
//
//   settle(state)          -> state in which dependent values fit; throws an Error whose
//                             message tells the learner why a state is impossible
//   trace(state, data)     -> every number (pure; the twin of trace() in Python)
//   sentence(state, trace) -> the text of describe() in Python, letter by letter
//   caption(state, trace)  -> what of it is shown, where a formula shows the rest
//   table(state, trace)    -> { caption, head: [text], rows: [[text]] }
//   view(ui)               -> builds the controls once; returns draw(state, trace)
//   keys                   -> one sentence about keys beyond the common ones
//
// In view(ui): ui.slider, stepper, menu, select, tick, button, cells (to edit), board
// (numbers to walk through), drawing (SVG), pixels (canvas), formula, text make
// elements; row, column, panel arrange them; ui.add puts them into the figure. Each
// control is bound to a field of the state by its name; whole(ui, ...) is a number to
// type that is bound to none. ui.set({ n: 3 }) moves the
// state, ui.state is the present one, ui.say(message) tells what does not work.
// The drawing is a function of the state alone: after a change, draw runs at once.
import { complaint, number, parse } from "./core.mjs";

export const COLOURS = { x: "#0072B2", w: "#E69F00", y: "#009E73", error: "#D55E00" };
/** The same hues, dark enough for text on white. */
export const INKS = { x: "#005A8C", w: "#7A5000", y: "#00634A", error: "#A03000" };

const STYLE = `
:host { display: block; max-width: 100%; color-scheme: light; }
* { box-sizing: border-box; }
.card { font: 14px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1a1a1a;
  background: #fff; border: 1px solid #c8ccd0; border-radius: .6em; padding: .8em 1em;
  max-width: 76em; font-variant-numeric: tabular-nums; text-align: left;
  letter-spacing: normal; text-transform: none; }
.lecture { font-size: 22.4px; max-width: 1270px; padding: .5em .8em; }
.row { display: flex; flex-wrap: wrap; gap: .5em 1.3em; align-items: center; margin: .3em 0; }
.row.top { align-items: flex-start; }
.column { display: flex; flex-direction: column; gap: .4em; min-width: 0; }
.panel { min-width: 0; max-width: 100%; }
.heading { font-size: .9em; font-weight: 650; margin: 0 0 .25em; min-height: 1.45em; }
.control { display: inline-flex; align-items: center; gap: .45em; max-width: 100%; }
.control.wide { flex: 1 1 9em; }
.control.wide input { flex: 1; }
label, .label { font-size: .93em; color: #333; }
.value { min-width: 2.2em; font-weight: 650; }
input, select, button { font: inherit; color: inherit; margin: 0; }
input[type=range] { width: 10em; min-width: 4em; accent-color: #0072B2; min-height: 1.8em; }
input[type=checkbox] { width: 1.15em; height: 1.15em; accent-color: #0072B2; }
input[type=file] { max-width: 100%; font-size: .88em; }
select, button { background: #f4f6f8; border: 1px solid #767c82; border-radius: .35em;
  padding: .15em .55em; min-height: 2em; max-width: 100%; }
button { cursor: pointer; min-width: 2.1em; }
button:hover:not(:disabled), select:hover { background: #e4ebf1; }
button:disabled { color: #6a6a6a; border-color: #b8bcc0; cursor: default; }
button[aria-pressed=true] { background: #0a4f7a; color: #fff; border-color: #0a4f7a; }
:is(input, select, button, summary, [tabindex]):focus-visible {
  outline: 3px solid #000; outline-offset: 1px; box-shadow: 0 0 0 1px #fff inset; }
.numbers { display: grid; gap: 2px; width: max-content; max-width: 100%; }
.numbers [role=row] { display: contents; }
.edit input { width: 3.6em; height: 2em; padding: 0 .15em; text-align: center;
  border: 1.5px solid #767c82; border-radius: .3em; background: #fff; }
.edit.x input { border-color: #0072B2; background: #eef6fb; }
.edit.w input { border-color: #B87A00; background: #fdf5e4; }
.edit.y input { border-color: #009E73; background: #eaf7f2; }
.edit input[aria-invalid=true] { border: 2px dashed #D55E00; background: #fff; }
.numbers:not(.wrapping).edit input { width: 3.3em; font-size: .92em; padding: 0; }
.wrapping { display: flex; flex-wrap: wrap; }
.wrapping [role=row] { display: flex; flex-wrap: wrap; gap: 2px; }
.board [role=gridcell] { width: 2.7em; height: 1.9em; display: flex; align-items: center;
  justify-content: center; font-size: .82em; border: 1px solid #d6dade; position: relative;
  white-space: nowrap; overflow: hidden; user-select: none; letter-spacing: -.03em; }
.board span { pointer-events: none; } /* the pointer is on the cell */
.board .small { font-size: .88em; letter-spacing: -.05em; }
.board .tiny { font-size: .76em; letter-spacing: -.05em; }
.lecture .board :is(.small, .tiny) { font-size: 1em; letter-spacing: -.07em; }
.board.pick [role=gridcell] { cursor: pointer; }
.board [data-mark~=ghost] { border: 1px dashed #777; }
.board [data-mark~=hatch] { background-image: repeating-linear-gradient(45deg,
  rgba(60,60,60,.28) 0 1px, transparent 1px 6px); }
.board [data-mark~=window] { box-shadow: 0 0 0 2px #B87A00 inset; }
.board [data-mark~=chosen] { box-shadow: 0 0 0 2px #000 inset, 0 0 0 4px #fff inset; }
.board [role=gridcell]:focus-visible { outline-offset: -1px; z-index: 1; }
.drawing { display: block; width: 100%; min-width: 0; touch-action: pan-y; }
.drawing svg { display: block; overflow: hidden; font-family: inherit; }
.pixels { position: relative; line-height: 0; width: 100%; touch-action: none;
  border: 1px solid #9aa0a6; background: #fff; cursor: crosshair; overflow: hidden; }
.pixels canvas { width: 100%; image-rendering: pixelated; }
.pixels .cursor { position: absolute; border: 2px solid #000; outline: 2px solid #fff;
  pointer-events: none; }
.formula { font-size: 1.12em; line-height: 1.5; margin: .35em 0; overflow-wrap: anywhere; }
.formula b { font-weight: 650; }
.x { color: ${INKS.x}; } .w { color: ${INKS.w}; } .y { color: ${INKS.y}; }
.formula.long { font-size: .95em; }
.note { margin: .25em 0; font-size: .93em; color: #333; }
.sentence { margin: .3em 0; font-size: .95em; }
.message { margin: .3em 0; padding: .2em .6em; border-left: .35em solid #D55E00;
  background: #fdf0e8; color: #7a2600; }
.message:empty { display: none; }
details { font-size: .9em; margin-top: .3em; }
summary { cursor: pointer; width: max-content; max-width: 100%; padding: .1em .3em;
  color: #333; }
.lab { display: flex; flex-wrap: wrap; gap: .8em 1.2em; align-items: flex-start; }
.lab > .narrow { width: min-content; min-width: 13.5em; max-width: 100%; }
.picture { width: 21.05em; max-width: 100%; }
.lecture .picture { width: 11.4em; } .lecture .picture .heading { white-space: nowrap; }
.lecture .lab { gap: .4em 2em; justify-content: space-around; }
.scroll { overflow: auto; max-height: 20em; }
table { border-collapse: collapse; font-size: 1em; margin: .3em 0; background: #fff; }
caption { text-align: left; color: #333; padding-bottom: .2em; }
th, td { border: 1px solid #c8ccd0; padding: .1em .55em; text-align: right; color: #1a1a1a; }
th { background: #f1f3f5; font-weight: 600; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
.lecture .formula { margin: .15em 0; line-height: 1.3; } .lecture .row { margin: .1em 0; }
.lecture .sentence { margin: .1em 0; line-height: 1.3; }
.lecture :is(details, label, .label, .heading, .note) { font-size: .85em; }
.lecture .edit input { width: 3em; height: 1.75em; }
.lecture :is(select, button) { min-height: 1.75em; padding: .05em .25em; }
.lecture select { max-width: 8em; } .lecture .row { gap: .3em .9em; }
@media (max-width: 480px) { .card { padding: .6em .5em; } .edit input { width: 2.75em; }
  .numbers:not(.wrapping).edit input { font-size: .85em; width: 3em; } }
@media print { details, button { display: none; } }
`;

/** Make an element: h("button", { onclick, "aria-label": "…" }, "text", child, …). */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === "function") el.addEventListener(key.slice(2), value);
    else if (value === true) el.setAttribute(key, "");
    else if (value !== false && value != null) el.setAttribute(key, value);
  }
  el.append(...children);
  return el;
}

/** What JupyterLab gives a widget, in a page that has no kernel. */
class PageModel {
  constructor(values) {
    this.values = values;
    this.listeners = [];
  }
  get(key) { return this.values[key]; }
  set(key, value) {
    this.values[key] = value;
    for (const [event, call] of this.listeners) if (event === `change:${key}`) call();
  }
  save_changes() {}
  on(event, call) { this.listeners.push([event, call]); }
  off(event, call) {
    this.listeners = this.listeners.filter(([e, c]) => e !== event || c !== call);
  }
}

/** Controls, surfaces and the state of one figure in the page. */
class Ui {
  constructor(host, model, definition) {
    Object.assign(this, { host, model, definition, revision: 0, ids: 0, timer: null });
    this.spec = model.get("_spec");
    this.data = model.get("_data");
    this.names = Object.keys(this.spec);
    this.inPage = model instanceof PageModel; // no kernel holds the state
    this.lecture = model.get("_size") === "lecture";
    this.shows = []; // each shows the state in one control
    this.state = this.read();
    this.body = h("div", { class: "column" });
    this.message = h("p", { class: "message", role: "alert" });
    this.caption = h("p", { class: "sentence" });
    this.spoken = h("div", { class: "hidden", role: "status", "aria-live": "polite" });
    this.details = this.makeDetails();
    this.card = h("div", { class: this.lecture ? "card lecture" : "card", role: "group",
      "aria-label": definition.title },
    this.body, this.message, this.caption, this.spoken, this.details);
    this.card.addEventListener("keydown", keepKeys);
  }

  // -- the state ----------------------------------------------------------------------
  read() {
    return Object.fromEntries(this.names.map(name => [name, this.model.get(name)]));
  }

  /** Move the state. What does not fit is said, and the figure stays as it was. */
  set(changes) {
    try {
      const next = this.definition.settle({ ...this.state, ...changes }, this.data);
      for (const name of this.names) {
        const wrong = complaint(name, next[name], this.spec[name]);
        if (wrong) throw new Error(wrong);
      }
      this.message.textContent = "";
      this.own = true; // our own changes need no second drawing
      for (const name of this.names)
        if (next[name] !== this.state[name]) this.model.set(name, next[name]);
      this.model.save_changes();
      this.own = false;
      this.draw(next);
      return true;
    } catch (error) {
      this.own = false;
      this.say(error.message);
      this.showControls();
      return false;
    }
  }

  /** Tell the learner what does not work. */
  say(text) { this.message.textContent = text; }

  /** Python, or a control joined to ours, moved the state. */
  changed = () => {
    if (this.own) return;
    const next = this.read();
    if (JSON.stringify(next) === JSON.stringify(this.state)) return;
    try {
      this.draw(this.definition.settle(next, this.data));
      this.say("");
    } catch (error) {
      this.say(error.message);
    }
  };

  draw(state = this.state) {
    this.state = state;
    this.trace = this.definition.trace(state, this.data);
    this.showControls();
    this.paint(state, this.trace);
    const text = this.definition.sentence(state, this.trace);
    const { caption = () => text } = this.definition;
    this.caption.textContent = caption(state, this.trace);
    for (const surface of this.card.querySelectorAll(".drawing"))
      surface.setAttribute("aria-label", text);
    if (this.details.open) this.fillTable();
    this.speak(text);
    this.host.dataset.state = JSON.stringify(state);
    this.host.dataset.rev = ++this.revision;
  }

  showControls() {
    for (const show of this.shows) show(this.state, this.trace);
  }

  /** Speak once the hand rests; say nothing while the figure plays or first appears. */
  speak(text) {
    clearTimeout(this.later);
    if (this.timer || !this.revision) return;
    this.later = setTimeout(() => { this.spoken.textContent = text; }, 300);
  }

  // -- arranging ----------------------------------------------------------------------
  add(...elements) { this.body.append(...elements); }
  row(...elements) { return h("div", { class: "row" }, ...elements); }
  column(...elements) { return h("div", { class: "column" }, ...elements); }
  panel(heading, ...elements) {
    return h("div", { class: "panel" }, h("div", { class: "heading" }, heading), ...elements);
  }
  text(kind = "note") { return h("p", { class: kind }); }
  formula() { return h("p", { class: "formula" }); }
  id() { return `c${++this.ids}`; } // ids end at the shadow root

  // -- controls -----------------------------------------------------------------------
  /** A slider; range(state, trace) -> [low, high] where the field's own is too wide. */
  slider(name, label, range) {
    const id = this.id(), { low, high } = this.spec[name];
    const input = h("input", { type: "range", id, min: low, max: high,
      oninput: () => this.set({ [name]: Number(input.value) }) });
    if (this.spec[name].kind === "number") input.step = "any";
    const value = h("span", { class: "value", "aria-hidden": "true" });
    this.shows.push((state, trace) => {
      if (range) [input.min, input.max] = range(state, trace);
      input.value = state[name];
      value.textContent = number(state[name]);
    });
    return h("div", { class: "control wide" }, h("label", { for: id }, label), input, value);
  }

  /** Buttons: one back, play, one on; a menu of speeds. Nothing moves by itself. */
  stepper(name, label, range) {
    const ends = () => range(this.state, this.trace);
    const move = by => {
      const [low, high] = ends(), next = this.state[name] + by;
      if (next < low || next > high) return false;
      return this.set({ [name]: next });
    };
    const back = h("button", { "aria-label": `${label}: one step back`,
      onclick: () => move(-1) }, "◀");
    const on = h("button", { "aria-label": `${label}: one step on`,
      onclick: () => move(1) }, "▶");
    const speed = h("select", { "aria-label": "Steps per second", onchange: () => {
      if (this.timer) { this.stop(); play.click(); }
    } }, ...[["½", .5], ["1", 1], ["2", 2]].map(([words, value]) =>
      h("option", { value, selected: value === 1 }, `${words} per s`)));
    const play = h("button", { "aria-pressed": "false", onclick: () => {
      if (this.timer) return this.stop();
      const [low, high] = ends();
      if (this.state[name] >= high) this.set({ [name]: low });
      this.timer = setInterval(() => {
        if (!move(1)) this.stop();
      }, 1000 / Number(speed.value));
      play.textContent = "Pause";
      play.setAttribute("aria-pressed", "true");
    } }, "Play");
    this.stop = () => {
      clearInterval(this.timer);
      this.timer = null;
      play.textContent = "Play";
      play.setAttribute("aria-pressed", "false");
      this.speak(this.definition.sentence(this.state, this.trace));
    };
    return h("div", { class: "control", role: "group", "aria-label": label },
      back, on, play, speed);
  }

  /** A menu; words: { value: text }, or a list of values. */
  menu(name, label, words = this.spec[name].options) {
    return this.select(label, words, value => this.set({ [name]: value }),
      state => state[name]);
  }

  /** A menu of one's own: pick(value) runs on a choice, now(state) is what it shows. */
  select(label, words, pick, now) {
    const pairs = Array.isArray(words) ? words.map(w => [w, w]) : Object.entries(words);
    const id = this.id();
    const select = h("select", { id, onchange: () => pick(select.value) },
      ...pairs.map(([value, text]) => h("option", { value }, text)));
    this.shows.push(state => { select.value = now(state); });
    return h("div", { class: "control" }, h("label", { for: id }, label), select);
  }

  /** A tick box. */
  tick(name, label) {
    const id = this.id();
    const input = h("input", { type: "checkbox", id,
      onchange: () => this.set({ [name]: input.checked }) });
    this.shows.push(state => { input.checked = state[name]; });
    return h("div", { class: "control" }, input, h("label", { for: id }, label));
  }

  button(label, action) { return h("button", { onclick: action }, label); }

  /**
   * Editable numbers of a series or a matrix. Arrows move from cell to cell, PageUp and
   * PageDown change a number by 1 (with Shift by 0.1). resize: buttons for the length
   * of a series. symbol "x", "w" or "y" gives the colour.
   */
  cells(name, label, { symbol = name, resize = false } = {}) {
    const field = this.spec[name], flat = field.kind === "series";
    const grid = h("div", { class: `numbers edit ${symbol}${flat ? " wrapping" : ""}`,
      role: "grid", "aria-label": label });
    let shape = "", inputs = [];
    const rows = state => (flat ? [state[name]] : state[name]);
    const put = (r, c, value) => {
      const table = rows(this.state).map(row => [...row]);
      table[r][c] = value;
      return this.set({ [name]: flat ? table[0] : table });
    };
    // ".0204" is as clear as "0.0204" and fits into a narrow cell
    const brief = value => (flat ? number(value) : number(value).replace(/^(−?)0\./, "$1."));
    const title = (r, c) => (flat ? `${symbol}[${c}]` : `${symbol}[${r}, ${c}]`);
    const typed = (input, r, c) => {
      const value = parse(input.value);
      if (!(value >= field.low && value <= field.high)) {
        input.setAttribute("aria-invalid", "true");
        const shown = input.value.trim().slice(0, 12);
        this.say(`${title(r, c)} must be a number from ${number(field.low)} to ` +
          `${number(field.high)}${shown ? `, not “${shown}”` : ""}. ` +
          `The figure keeps ${number(rows(this.state)[r][c])}.`);
      } else {
        input.removeAttribute("aria-invalid");
        put(r, c, value);
      }
    };
    const build = table => {
      inputs = table.map((row, r) => row.map((_, c) => {
        const input = h("input", { type: "text", inputmode: "decimal", autocomplete: "off",
          "aria-label": title(r, c), oninput: () => typed(input, r, c),
          onfocus: () => input.select(),
          onblur: () => {
            if (!input.hasAttribute("aria-invalid")) return;
            input.removeAttribute("aria-invalid");
            this.showControls(); // what was wrong stays to be read
          } });
        return input;
      }));
      grid.replaceChildren(...inputs.map(row => h("div", { role: "row" },
        ...row.map(input => h("div", { role: "gridcell" }, input)))));
      if (!flat) grid.style.gridTemplateColumns = `repeat(${table[0].length}, max-content)`;
      rove(grid, inputs, (r, c, key, shift) => {
        const step = { PageUp: 1, PageDown: -1 }[key];
        if (!step) return false;
        const by = shift ? step / 10 : step;
        put(r, c, Number((rows(this.state)[r][c] + by).toFixed(6)));
        return true;
      });
    };
    this.shows.push(state => {
      const table = rows(state), now = `${table.length} ${table[0].length}`;
      if (now !== shape) { shape = now; build(table); }
      table.forEach((row, r) => row.forEach((value, c) => {
        const input = inputs[r][c], active = input.getRootNode().activeElement === input;
        if (active && (input.hasAttribute("aria-invalid") || parse(input.value) === value))
          return; // never rewrite what is being typed
        input.value = brief(value);
      }));
    });
    if (!resize) return h("div", { class: "control" }, h("span", { class: "label" }, label), grid);
    const [fewest, most] = field.lengths;
    const fewer = h("button", { "aria-label": `${label}: one number fewer`,
      onclick: () => this.set({ [name]: this.state[name].slice(0, -1) }) }, "−");
    const more = h("button", { "aria-label": `${label}: one number more`,
      onclick: () => this.set({ [name]: [...this.state[name], 1] }) }, "+");
    this.shows.push(state => {
      fewer.disabled = state[name].length <= fewest;
      more.disabled = state[name].length >= most;
    });
    return h("div", { class: "control" },
      h("span", { class: "label" }, label), grid, fewer, more);
  }

  /**
   * Numbers to look at or to walk through: board.paint({ rows, columns, cell }) with
   * cell(r, c) -> { text, fill: "#…", ink, mark: "window hatch ghost chosen", title }.
   * pick(r, c) runs when a cell is clicked or reached by arrows; board.at(r, c) moves
   * the roving focus there without calling it.
   */
  board(label, { pick = null } = {}) {
    const grid = h("div", { class: `numbers board${pick ? " pick" : ""}`, role: "grid",
      "aria-label": label });
    let shape = "", cells = [], walk = null;
    grid.paint = ({ rows, columns, cell, chosen = null }) => {
      if (shape !== `${rows} ${columns}`) {
        shape = `${rows} ${columns}`;
        cells = Array.from({ length: rows }, (_, r) => Array.from({ length: columns },
          (_, c) => h("div", { role: "gridcell", onclick: () => pick?.(r, c) })));
        grid.style.gridTemplateColumns = `repeat(${columns}, max-content)`;
        grid.replaceChildren(...cells.map(row => h("div", { role: "row" }, ...row)));
        walk = pick ? rove(grid, cells, () => false, pick) : null;
      }
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) {
          const el = cells[r][c], { text = "", fill = "", ink = "", mark = "", title } = cell(r, c);
          if (el.textContent !== text)
            el.replaceChildren(h("span", { class: ["small", "tiny"][text.length - 4] ?? "" }, text));
          el.style.backgroundColor = fill;
          el.style.color = ink;
          if (el.dataset.mark !== mark) el.dataset.mark = mark;
          if (title) el.setAttribute("aria-label", title);
        }
      if (walk && chosen) walk(...chosen);
    };
    return grid;
  }

  // -- surfaces -----------------------------------------------------------------------
  /**
   * An SVG: paint(width, unit) -> markup of its content and its height, in px, where
   * unit is the size of the text. point(x, y) runs while a pointer is down on it.
   */
  drawing(paint, point = null) {
    const el = h("div", { class: "drawing", role: "img" });
    let last = 0;
    el.paint = () => {
      const unit = parseFloat(getComputedStyle(this.card).fontSize) || 14;
      last = el.clientWidth || 640;
      const { height, content } = paint(last, unit);
      el.innerHTML = `<svg width="${last}" height="${height}" aria-hidden="true"` +
        ` viewBox="0 0 ${last} ${height}">${content}</svg>`;
    };
    this.watch(el, () => { if (el.clientWidth !== last) el.paint(); });
    if (point) dragged(el, (x, y) => point(x, y));
    return el;
  }

  /**
   * Pixels: el.paint(rgba, width, height, box) shows an image and, as a box of
   * [row, column, rows, columns] in pixels, the cursor. pick(row, column) runs for
   * pointer and arrows; arrows move by one pixel, with Shift by ten.
   */
  pixels(label, { pick, at }) {
    const canvas = h("canvas", { "aria-hidden": "true" });
    const cursor = h("div", { class: "cursor" });
    const el = h("div", { class: "pixels", tabindex: "0", role: "application",
      "aria-label": `${label}: arrow keys move the cursor` }, canvas, cursor);
    const pen = canvas.getContext("2d");
    el.paint = (rgba, width, height) => {
      if (canvas.width !== width || canvas.height !== height)
        Object.assign(canvas, { width, height });
      pen.putImageData(new ImageData(rgba, width, height), 0, 0);
    };
    el.mark = (row, column, rows, columns) => {
      const [w, tall] = [canvas.width / 100, canvas.height / 100];
      Object.assign(cursor.style, { left: `calc(${column / w}% - 2px)`,
        top: `calc(${row / tall}% - 2px)`, width: `calc(${columns / w}% + 4px)`,
        height: `calc(${rows / tall}% + 4px)` });
    };
    dragged(el, (x, y) => pick(
      Math.floor(y / el.clientHeight * canvas.height),
      Math.floor(x / el.clientWidth * canvas.width)));
    el.addEventListener("keydown", e => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      if (!step[e.key] || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      const [row, column] = at(), by = e.shiftKey ? 10 : 1;
      pick(row + by * step[e.key][0], column + by * step[e.key][1]);
    });
    return el;
  }

  /** Call when the width of an element changes. */
  watch(el, call) {
    this.observer ??= new ResizeObserver(entries =>
      entries.forEach(entry => this.watched.get(entry.target)()));
    this.watched ??= new Map();
    this.watched.set(el, call);
    this.observer.observe(el);
  }

  // -- the numbers as a table -----------------------------------------------------------
  makeDetails() {
    const details = h("details", { ontoggle: () => details.open && this.fillTable() },
      h("summary", {}, "Numbers as a table, and keys"));
    return details;
  }

  fillTable() {
    const { caption, head, rows } = this.definition.table(this.state, this.trace);
    const line = (tag, row) => h("tr", {}, ...row.map(text =>
      h(tag, tag === "th" ? { scope: "col" } : {}, text)));
    const table = h("table", {}, h("caption", {}, caption),
      h("thead", {}, line("th", head)),
      h("tbody", {}, ...rows.map(row => line("td", row))));
    const keys = h("p", { class: "note" }, "Tab goes from control to control. Arrow keys " +
      "move sliders and go from number to number; PageUp and PageDown change a number " +
      "by 1, with Shift by 0.1. " + (this.definition.keys ?? ""));
    const box = h("div", { class: "scroll", tabindex: "0", role: "region",
      "aria-label": "Numbers as a table" }, table);
    this.details.replaceChildren(this.details.firstChild, keys, box);
  }
}

/**
 * Arrow keys go from cell to cell of a table of elements; one of them takes the focus.
 * other(r, c, key, shift) may use a further key; reached(r, c) runs after a move.
 * Returns at(r, c), which moves the place of the focus.
 */
function rove(grid, cells, other, reached = null) {
  let [row, column] = [0, 0];
  const at = (r, c) => {
    cells[row]?.[column]?.setAttribute("tabindex", "-1");
    [row, column] = [r, c];
    cells[r][c].setAttribute("tabindex", "0");
    const root = grid.getRootNode(); // the focus goes along if it is in this grid
    if (grid.contains(root.activeElement) && root.activeElement !== cells[r][c])
      cells[r][c].focus();
  };
  cells.flat().forEach(cell => cell.setAttribute("tabindex", "-1"));
  at(0, 0);
  cells.forEach((line, r) => line.forEach((cell, c) =>
    cell.addEventListener("focus", () => { if (r !== row || c !== column) at(r, c); })));
  grid.onkeydown = e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const to = { ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [row, 0], End: [row, cells[row].length - 1] }[e.key];
    if (to) {
      e.preventDefault();
      if (reached) reached(...to); // the figure decides where the cursor goes
      else if (cells[to[0]]?.[to[1]]) cells[to[0]][to[1]].focus();
    } else if (other(row, column, e.key, e.shiftKey)) e.preventDefault();
  };
  return at;
}

/**
 * JupyterLab and reveal.js have shortcuts on plain keys, and JupyterLab selects, cuts and
 * pastes whole cells on Ctrl with a, x, v: in a figure they end here. Ctrl+S goes on.
 */
function keepKeys(e) {
  const edits = (e.ctrlKey || e.metaKey) && "acvxyz".includes(e.key.toLowerCase());
  const plain = !e.ctrlKey && !e.metaKey && e.key !== "Tab";
  if (e.altKey || !(plain || edits)) return;
  e.stopPropagation();
  // outside a field of text the browser would select the whole page
  if (edits && e.key.toLowerCase() === "a") {
    const field = e.composedPath()[0];
    if (!/^(text|number)$/.test(field.type)) e.preventDefault();
  }
}

/** Call with the place of the pointer while it is down; no event is dropped. */
function dragged(el, call) {
  const tell = e => {
    const box = el.getBoundingClientRect();
    const inside = (v, end) => Math.min(Math.max(v, 0), end - 1);
    call(inside(e.clientX - box.left, box.width), inside(e.clientY - box.top, box.height));
  };
  el.addEventListener("pointerdown", e => {
    if (e.button) return;
    el.setPointerCapture(e.pointerId);
    tell(e);
  });
  el.addEventListener("pointermove", e => {
    if (el.hasPointerCapture(e.pointerId)) tell(e);
  });
}

/** A number to type or to step with arrow keys; what does not fit is said at once. */
export function whole(ui, { label, low, high, now, move, visible = label, width }) {
  const id = ui.id();
  let typing = false;
  const input = h("input", { type: "number", id, min: low, max: high, step: 1,
    "aria-label": label, style: width && `width: ${width}`,
    onfocus: () => input.select(),
    oninput: () => {
      const value = input.value.trim() === "" ? NaN : Number(input.value);
      const fits = Number.isInteger(value) && value >= low && value <= high;
      if (!fits) ui.say(`${label} must be a whole number from ${low} to ${high}. ` +
        `The figure keeps ${now(ui.state, ui.trace)}.`);
      typing = true; // never rewrite what is being typed
      const done = fits && move(value);
      typing = false;
      if (done) input.removeAttribute("aria-invalid");
      else input.setAttribute("aria-invalid", "true");
    },
    onblur: () => {
      if (!input.hasAttribute("aria-invalid")) return;
      input.removeAttribute("aria-invalid");
      ui.showControls(); // what was wrong stays to be read
    } });
  input.show = (state, trace) => {
    if (!typing && !input.hasAttribute("aria-invalid")) input.value = now(state, trace);
  };
  const box = h("span", { class: "edit" }, input);
  return Object.assign(h("div", { class: "control" }, h("label", { for: id }, visible), box), { input });
}

/** Make a figure of its parts: what anywidget, the page and the tests call. */
export function figure(definition) {
  const parts = { settle: state => state, keys: "", ...definition };
  const render = ({ model, el }) => {
    const ui = new Ui(el, model, parts);
    el.classList.add("convcourse-figure");
    const root = el.shadowRoot ?? el.attachShadow({ mode: "open" });
    ui.paint = parts.view(ui);
    root.replaceChildren(h("style", {}, STYLE), ui.card);
    ui.draw();
    for (const name of ui.names) model.on(`change:${name}`, ui.changed);
    return () => {
      ui.stop?.();
      ui.observer?.disconnect();
      for (const name of ui.names) model.off(`change:${name}`, ui.changed);
    };
  };
  const show = (el, { state, spec, data, size }) =>
    render({ model: new PageModel({ ...state, _spec: spec, _data: data, _size: size }), el });
  return { ...parts, render, show };
}
