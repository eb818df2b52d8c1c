// Files that people send: a picture, a player, or a name to save; and what became of the ones that are not here.
import { fill, h, icon } from "./dom.js";
import { plain } from "./links.js";

const UNITS = [["megabyte", 1e6], ["kilobyte", 1e3], ["byte", 1]];

/** "2.4 MB", as the page's language has it. */
export function sizeOf(bytes) {
  const [unit, of] = UNITS.find(([, least]) => bytes >= least) || UNITS[2];
  return new Intl.NumberFormat(document.documentElement.lang || "en", { style: "unit", unit, maximumFractionDigits: of === 1e6 ? 1 : 0 }).format(bytes / of);
}

/** One file. `base` is where this page gets files, `view(src, alt)` shows a picture large; `load(src)` gets the address
 * of what may not be asked for by its name alone. */
export function drawFile(file, { base, words, view, load }) {
  const names = { image: words.picture, sticker: words.picture, audio: words.voice, video: words.film };
  const name = plain(file.name) || names[file.kind] || words.attachment;
  if (file.state === "waiting") return absent("clock", name, words.fetching);
  if (file.state === "refused") return absent("alert", name, fill(words.notKept, { why: words[`file_${file.why}`] || "" }));
  if (file.state !== "kept") return absent("alert", name, words.file_gone);
  const src = file.src || `${base}${encodeURIComponent(file.id)}/`;
  if (!load || file.src) return present(file, { src, name, words, view });
  const node = absent("clock", name, words.fetching);
  load(src).then((there) => node.replaceWith(present(file, { src: there, name, words, view })), () => node.replaceWith(absent("alert", name, words.file_gone)));
  return node;
}

function present(file, { src, name, words, view }) {
  if (file.kind === "image") {
    return h("button", { type: "button", class: "sent-picture", "aria-label": fill(words.enlarge, { what: name }), onclick: () => view(src, name) }, h("img", { src, alt: name, loading: "lazy", decoding: "async" }));
  }
  if ((file.kind === "audio" || file.kind === "video") && plays(file)) {
    return h("div", { class: `sent-${file.kind}` }, h(file.kind, { src, controls: true, preload: "metadata", playsinline: true, "aria-label": name }));
  }
  return h("a", { class: "sent-file", href: src, download: name }, icon("file"), h("span", {}, h("b", { dir: "auto", text: name }), file.size && h("span", { class: "small muted", text: sizeOf(file.size) })));
}

function plays(file) {
  return document.createElement(file.kind).canPlayType(file.type) !== "";
}

function absent(sign, name, why) {
  return h("p", { class: "sent-file absent" }, icon(sign), h("span", {}, h("b", { dir: "auto", text: name }), h("span", { class: "small", text: why })));
}
