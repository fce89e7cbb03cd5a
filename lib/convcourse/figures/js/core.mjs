// The maths and words that figures share. Pure functions: no document, no state.
// Tests run this file in quickjs beside NumPy, so numbers are summed in the same order.

// -- numbers as words: the same text as words.py ------------------------------------

/** Write a number: at most four decimals, a true minus sign, no trailing zeros. */
export function number(value) {
  const digits = Math.abs(value).toFixed(4).replace(/\.?0+$/, "");
  return (value < 0 && digits !== "0" ? "−" : "") + digits;
}

/** Write a number for the eye: from 1000 on whole, its thousands apart. */
export function large(value) {
  if (Math.abs(value) < 1000) return number(value);
  const digits = Math.abs(value).toFixed(0).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return (value < 0 ? "−" : "") + digits;
}

/** Tell whether large() shows every value in full. */
export function largeExactly(...values) {
  return values.every(v => (Math.abs(v) < 1000 ? shownExactly(v) : Number.isInteger(v)));
}

/** Write a factor of a product; a negative one in brackets, as by hand. */
export function factor(value) {
  return value < 0 ? `(${number(value)})` : number(value);
}

/** Tell whether four decimals show every value in full. */
export function shownExactly(...values) {
  return values.every(v => Math.abs(Number(v.toFixed(4)) - v) < 1e-9);
}

/** Write a sum of products [a, b] and its value; "≈" where a shown number is rounded. */
export function productSum(pairs, total) {
  const terms = pairs.map(([a, b]) => `${factor(a)}·${factor(b)}`).join(" + ");
  const sign = shownExactly(total, ...pairs.flat()) ? "=" : "≈";
  return `${terms || "no products"} ${sign} ${number(total)}`;
}

/** Read what a hand typed: "−1.5", "0,5", "1/3". NaN where it is no number. */
export function parse(typed) {
  const text = typed.trim().replace("−", "-").replace(",", ".");
  const part = /^([+-]?\d*\.?\d+|[+-]?\d+\.)(?:\/(\d+))?$/.exec(text);
  if (!part) return NaN;
  return part[2] === undefined ? Number(part[1]) : Number(part[1]) / Number(part[2]);
}

/** Say what is wrong with a value, or "" if it fits its field (see state.py). */
export function complaint(name, value, field) {
  const range = `from ${number(field.low)} to ${number(field.high)}`;
  const fits = v => typeof v === "number" && v >= field.low && v <= field.high;
  switch (field.kind) {
    case "whole":
      return fits(value) && Number.isInteger(value)
        ? "" : `${name} must be a whole number ${range}.`;
    case "number":
      return fits(value) ? "" : `${name} must be a number ${range}.`;
    case "choice":
      return field.options.includes(value)
        ? "" : `${name} must be one of ${field.options.join(", ")}.`;
    case "series":
    case "matrix": {
      const wrong = value.flat().findIndex(v => !fits(v));
      return wrong < 0 ? "" : `Every number of ${name} must be ${range}.`;
    }
    default:
      return "";
  }
}

// -- images: flat arrays, row by row --------------------------------------------------

/**
 * Index of the sample that stands at place i of a line of n samples, by NumPy's names
 * of the borders; -1 where the border is constant, so that the sample is 0.
 */
export function borderIndex(i, n, border) {
  if (i >= 0 && i < n) return i;
  const mod = (a, b) => ((a % b) + b) % b;
  if (border === "edge") return i < 0 ? 0 : n - 1;
  if (border === "wrap") return mod(i, n);
  if (border === "symmetric") {
    const j = mod(i, 2 * n);
    return j < n ? j : 2 * n - 1 - j;
  }
  if (border === "reflect") {
    if (n === 1) return 0;
    const j = mod(i, 2 * n - 2);
    return j < n ? j : 2 * n - 2 - j;
  }
  return -1;
}

/** Continue an image by `top` rows and `left` columns on either side. */
export function pad2d(image, height, width, top, left, border) {
  const wide = width + 2 * left, high = height + 2 * top;
  const padded = new Float64Array(wide * high);
  const columns = Array.from({ length: wide }, (_, c) => borderIndex(c - left, width, border));
  for (let r = 0; r < high; r++) {
    const from = borderIndex(r - top, height, border);
    if (from < 0) continue;
    for (let c = 0; c < wide; c++)
      if (columns[c] >= 0) padded[r * wide + c] = image[from * width + columns[c]];
  }
  return { padded, width: wide, height: high };
}

/**
 * Cross-correlate an image with an odd kernel (an array of rows): never flips.
 * border "valid" keeps the places that hold the whole kernel; any other keeps the size.
 */
export function correlate2d(image, height, width, kernel, border) {
  const kh = kernel.length, kw = kernel[0].length;
  const inside = border === "valid";
  const source = inside
    ? { padded: image, width, height }
    : pad2d(image, height, width, (kh - 1) / 2, (kw - 1) / 2, border);
  const rows = source.height - kh + 1, columns = source.width - kw + 1;
  const y = new Float64Array(rows * columns), from = source.padded;
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++) {
      const weight = kernel[i][j];
      if (weight === 0) continue;
      for (let r = 0; r < rows; r++) {
        let p = (r + i) * source.width + j, q = r * columns;
        for (const end = q + columns; q < end; q++, p++) y[q] += weight * from[p];
      }
    }
  return { y, height: rows, width: columns };
}

/** Turn a kernel (an array of rows) by 180 degrees. */
export function flip2d(kernel) {
  return kernel.map(row => [...row].reverse()).reverse();
}

/** Decode base64 into bytes: how grey images travel. */
export function bytes(base64) {
  const text = atob(base64), out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

/** Black or white, whichever has more contrast on a colour (luminance of WCAG 2). */
export function inkOn(colour) {
  const [r, g, b] = colour.map(level => (level / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

/** Colour of a signed share -1 … 1: orange, white at zero, blue. As plots.SIGNED. */
export function signedColour(share) {
  const end = share < 0 ? [179, 71, 0] : [0, 76, 127];
  const much = Math.min(1, Math.abs(share));
  return end.map(level => Math.round(255 + much * (level - 255)));
}
