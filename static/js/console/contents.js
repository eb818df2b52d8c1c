// What was said, as staff see it: the same facts, smaller, nothing to press.
import { fill, h, icon } from "../shared/dom.js";
import { drawFile } from "../shared/files.js";
import { anchor, linked, ownUrl, plain } from "../shared/links.js";

const FILES = ["image", "video", "audio", "file", "sticker"];

export function drawContent(message, words) {
  const content = message.content || {};
  const parts = [];
  if (content.kind === "handover_notice" && !content.text) return [h("p", { class: "small" }, icon("person", "small"), ` ${fill(words[`handover_${content.state || "waiting"}`] || "", { name: plain(content.person) })}`)];
  if (content.kind === "deleted") return [h("p", { class: "taken-back", text: message.author === "shopper" ? words.takenBack : words.quoteGone })];
  const text = content.text || content.label || (content.kind === "text" ? message.text : "");
  if (text) parts.push(h("p", { class: "said", dir: "auto" }, linked(text)));
  const cards = content.cards || (content.card ? [content.card] : []);
  if (cards.length) parts.push(h("ul", { class: "mini-cards", "aria-label": fill(words.products, { n: cards.length }) }, cards.map(miniCard)));
  if (content.title && !cards.length) parts.push(h("p", {}, h("b", { text: plain(content.title) })));
  if (content.lines || content.totals) {
    parts.push(h("ul", { class: "mini-lines small" }, [...(content.lines || []), ...(content.totals || [])].map((line) =>
      h("li", { class: line.strong ? "strong" : "" }, h("span", { dir: "auto", text: (line.quantity ? `${line.quantity} × ` : "") + plain(line.label) }), h("span", { class: "money", text: line.amount || "" })))));
  }
  if (content.kind === "pay") parts.push(h("p", { class: "small" }, icon("bag", "small"), ` ${fill(words.pay, { amount: content.amount || "" })}`));
  if (content.steps) parts.push(h("ol", { class: "mini-steps small" }, content.steps.map((step) => h("li", { class: step.is_done ? "done" : "" }, icon(step.is_done ? "check" : "clock", "small"), ` ${plain(step.label)} ${step.at || ""}`))));
  if (content.files) parts.push(...content.files.map((file) => drawFile(file, { base: "/attachments/", words, view: showLarge })));
  else if (content.media_type || FILES.includes(content.kind)) parts.push(named(content, words));
  if (content.kind === "location") parts.push(place(content, words));
  if (content.kind === "contact") parts.push(...((content.data || {}).contacts || []).map((contact) => person(contact, words)));
  const chips = content.choices || [];
  if (chips.length) parts.push(h("ul", { class: "mini-chips small" }, chips.map((chip) => h("li", { dir: "auto", text: plain(chip.label) }))));
  if (!parts.length) parts.push(h("p", { class: "said", dir: "auto", text: plain(message.text) || `[${plain(content.kind)}]` }));
  return parts;
}

function miniCard(card) {
  const src = ownUrl(card.image_url || "");
  return h("li", {},
    src.startsWith("/") && h("img", { src, alt: "", loading: "lazy" }),
    h("span", {}, h("b", { dir: "auto", text: plain(card.title) }), h("span", { class: "money", text: card.price || "" })));
}

/** A file of which only the name is known, or a picture of the shop's own. */
function named(content, words) {
  const kind = content.media_type || content.kind;
  const name = content.filename || content.alt || { image: words.picture, audio: words.voice }[kind] || words.attachment;
  const url = ownUrl(content.url || "");
  if (url.startsWith("/") && kind === "image") return h("img", { class: "mini-picture", src: url, alt: plain(name), loading: "lazy" });
  return h("p", { class: "small" }, icon("link", "small"), ` ${plain(name)}`);
}

/** Where the shopper says they are. Nothing is loaded from a map before somebody opens it. */
function place(content, words) {
  const { latitude, longitude, name, address } = content.data || {};
  const isPoint = Number.isFinite(latitude) && Number.isFinite(longitude);
  const point = isPoint ? `${latitude.toFixed(5)}, ${longitude.toFixed(5)}` : words.place;
  return h("p", { class: "sent-file" }, icon("place"), h("span", {},
    h("b", { dir: "auto", text: plain(name || address || point) }), name && address && h("span", { class: "small", dir: "auto", text: plain(address) }),
    isPoint && anchor(`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`, words.onMap, "small")));
}

/** A card that the shopper passed on: platforms tell it as a name and a number, or as an address book does. */
function person(contact, words) {
  const name = typeof contact.name === "object" && contact.name ? contact.name.formatted_name : contact.name;
  const phones = contact.phone ? [contact.phone] : (contact.phones || []).map((one) => one.phone);
  return h("p", { class: "sent-file" }, icon("person"), h("span", {}, h("b", { dir: "auto", text: plain(name) || words.contact }), phones.filter(Boolean).map((phone) => h("a", { class: "small", href: `tel:${String(phone).replace(/[^+\d]/g, "")}`, text: plain(phone) }))));
}

/** The picture as large as the window lets it be; a click or Escape closes it. */
function showLarge(src, alt) {
  const box = h("dialog", { class: "large-picture", "aria-label": alt, onclick: () => box.close(), onclose: () => box.remove() }, h("img", { src, alt }), h("p", { class: "small", dir: "auto", text: alt }));
  document.body.append(box);
  box.showModal();
}
