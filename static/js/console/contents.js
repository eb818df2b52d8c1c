// What was said, as staff see it: the same facts, smaller, nothing to press.
import { fill, h, icon } from "../shared/dom.js";
import { linked, ownUrl, plain } from "../shared/links.js";

export function drawContent(message, words) {
  const content = message.content || {};
  const parts = [];
  if (content.kind === "handover_notice" && !content.text) return [h("p", { class: "small" }, icon("person", "small"), ` ${fill(words[`handover_${content.state || "waiting"}`] || "", { name: plain(content.person) })}`)];
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
  if (content.media_type || (content.kind && ["image", "video", "audio", "file", "sticker"].includes(content.kind))) {
    const name = content.filename || content.alt || ({ image: words.picture, audio: words.voice }[content.media_type || content.kind] || words.attachment);
    const url = ownUrl(content.url || "");
    if (url.startsWith("/") && (content.media_type || content.kind) === "image") parts.push(h("img", { class: "mini-picture", src: url, alt: plain(name), loading: "lazy" }));
    else parts.push(h("p", { class: "small" }, icon("link", "small"), ` ${plain(name)}`));
  }
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
