// Making elements. Text always goes in as text: nothing here, or anywhere else, parses HTML.
const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  send: "M4 12l16-8-6 16-3-7z",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  close: "M6 6l12 12M18 6L6 18",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4 21a8 8 0 0116 0",
  spark: "M12 3l1.8 5.2L19 10l-5.2 1.8L12 17l-1.8-5.2L5 10l5.2-1.8zM19 16l.7 2.3L22 19l-2.3.7L19 22l-.7-2.3L16 19l2.3-.7z",
  place: "M12 21s7-6.4 7-11.5A7 7 0 105 9.5C5 14.6 12 21 12 21zM12 12a2.5 2.5 0 100-5 2.5 2.5 0 000 5z",
  clock: "M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5l3 2",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2 12.5l4.5 4.5L16 7.5M11.5 16.5l.5.5L22 7.5",
  alert: "M12 8v5M12 16.5v.1M12 3l9.5 17h-19z",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z",
  link: "M10 14a4 4 0 006 .4l3-3a4 4 0 00-5.7-5.7l-1.2 1.2M14 10a4 4 0 00-6-.4l-3 3a4 4 0 005.7 5.7l1.2-1.2",
  globe: "M12 21a9 9 0 100-18 9 9 0 000 18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  search: "M11 18a7 7 0 100-14 7 7 0 000 14zM16 16l5 5",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5",
  bag: "M5 8h14l1 13H4zM9 8a3 3 0 016 0",
  down: "M5 9l7 7 7-7",
  question: "M9 9a3 3 0 116 0c0 2-3 2.5-3 4.5M12 17v.1",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 16.5a3.5 3.5 0 100-7 3.5 3.5 0 000 7z",
  reply: "M10 5L4 11l6 6M4 11h9a7 7 0 017 7v1",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 016 6",
};

/** An element; `props` are properties (class, text, on…, data-…, aria-…), children are nodes or strings. */
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") el.textContent = value;
    else if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "class") el.className = value;
    else el.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children.flat()) if (child || child === 0) el.append(child);
  return el;
}

/** A drawn sign; without a name it is decoration. */
export function icon(name, size) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", size ? `icon ${size}` : "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] || ICONS.question);
  svg.append(path);
  return svg;
}

/** What the server laid into the page under this id. */
export function pageData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

/** "{name} is here" with the blanks filled in, as plain text. */
export function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16)); // plain-http pages on a local network
  b[6] = (b[6] & 15) | 64;
  b[8] = (b[8] & 63) | 128;
  const x = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
  return `${x.slice(0, 8)}-${x.slice(8, 12)}-${x.slice(12, 16)}-${x.slice(16, 20)}-${x.slice(20)}`;
}

export function initial(name) {
  return ([...(name || "").trim()][0] || "?").toUpperCase();
}
