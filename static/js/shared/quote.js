// What a message answers, above its own words; a tap leads there.
import { fill, h, icon } from "./dom.js";
import { plain } from "./links.js";

/** `quote` is `{seq, author, text, kind}`; `name` who said it; `jump()` goes there. */
export function drawQuote(quote, { name, words, jump }) {
  const kinds = { image: words.picture, sticker: words.picture, audio: words.voice, video: words.film, deleted: words.quoteGone };
  const text = plain(quote.text) || kinds[quote.kind] || words.attachment || words.file;
  return h("button", { type: "button", class: "quoted", "aria-label": fill(words.quoted, { name, text }), onclick: jump }, icon("reply", "small"),
    h("span", {}, h("b", { dir: "auto", text: name }), h("span", { class: "small", dir: "auto", text })));
}

/** Brings it into view and lets it shine for a moment; false where it is not on the page. */
export function jumpTo(found) {
  if (!found) return false;
  found.scrollIntoView({ block: "center" });
  found.classList.remove("shines");
  requestAnimationFrame(() => found.classList.add("shines"));
  return true;
}
