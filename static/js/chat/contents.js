// Everything the shop can say, drawn. One function per kind; each returns the nodes of one message.
import { fill, h, icon } from "../shared/dom.js";
import { drawFile } from "../shared/files.js";
import { anchor, linked, ownUrl, plain, safeUrl } from "../shared/links.js";

const PHOTO = /\.(png|jpe?g|webp|gif|avif|svg)(\?|$)/i;

export class Contents {
  /** `pick(choice, button)` is what a tap does; `view(url, alt)` opens a picture large; `share(button, note)` tells where they are. */
  constructor({ words, publicUrl, locale, pick, view, share, files, load }) {
    Object.assign(this, { words, publicUrl, locale, pick, view, share, files, load });
  }

  /** The nodes of a message's content. Unknown kinds fall back to their text. */
  draw(content) {
    if (content.files) return this.sent(content).filter(Boolean);
    const kind = `draw_${content.kind}`;
    return (this[kind] ? this[kind](content) : this.draw_text(content)).filter(Boolean);
  }

  bubble(text, ...more) {
    return text || more.length ? h("div", { class: "bubble", dir: "auto" }, linked(text), ...more) : null;
  }

  chips(choices) {
    if (!choices || !choices.length) return null;
    return h("div", { class: "chips", role: "group", "aria-label": this.words.choices }, choices.map((c) => this.choice(c, "chip")));
  }

  choice(choice, className) {
    const button = h("button", { type: "button", class: `${className} ${choice.style || ""}`, "data-token": choice.token || "", dir: "auto" },
      h("span", { text: plain(choice.label) }), choice.description && h("span", { class: "small muted", text: plain(choice.description) }));
    button.addEventListener("click", () => this.pick(choice, button));
    return button;
  }

  picture(url, alt, { zoom = true } = {}) {
    const src = ownUrl(url, this.publicUrl);
    const frame = h("div", { class: "picture" });
    if (!src || !src.startsWith("/")) return frame; // the page may load only our own pictures
    const img = h("img", { src, alt: plain(alt), loading: "lazy", decoding: "async" });
    img.addEventListener("load", () => frame.classList.add("loaded"));
    img.addEventListener("error", () => (img.remove(), frame.classList.add("missing")));
    if (!zoom) frame.append(img);
    else frame.append(h("button", { type: "button", class: "zoom", "aria-label": fill(this.words.enlarge, { what: plain(alt) }), onclick: () => this.view(src, plain(alt)) }, img));
    return frame;
  }

  draw_text(content) {
    const badge = content.said_on && h("span", { class: "badge said-on", text: fill(this.words.saidOn, { channel: plain(content.said_on) }) });
    return [badge, this.bubble(content.text || content.label), this.chips(content.choices)];
  }

  draw_ask(content) {
    return this.draw_text(content);
  }

  draw_request(content) {
    return content.what === "location" ? [this.bubble(content.text), this.sharing(), this.chips(content.choices)] : this.draw_text(content);
  }

  /** Nothing is asked of the browser before this is pressed. */
  sharing() {
    const note = h("p", { class: "small muted", role: "status", hidden: "" });
    const button = h("button", { type: "button", class: "chip primary" }, icon("place"), h("span", { text: this.words.shareLocation }));
    button.addEventListener("click", () => this.share(button, note));
    return h("div", { class: "chips", role: "group", "aria-label": this.words.choices }, button, note);
  }

  draw_location() {
    return [h("div", { class: "bubble place" }, icon("place"), h("span", { text: this.words.myLocation }))];
  }

  /** The shopper's own files, with what they wrote beside. */
  sent(content) {
    const files = content.files.map((file) => drawFile(file, { words: this.words, base: this.files, view: this.view, load: this.load }));
    return [h("div", { class: "bubble files" }, files, typeof content.share === "number" && content.share < 1 && h("progress", { max: 1, value: content.share, "aria-label": this.words.state_sending })), content.text && this.bubble(content.text)];
  }

  draw_choice(content) {
    return [this.bubble(content.label || content.text)];
  }

  card(card, { large = false } = {}) {
    const [first, ...rest] = card.choices || [];
    return h("article", { class: large ? "card large" : "card", "aria-label": plain(card.title) },
      card.image_url && this.picture(card.image_url, card.image_alt || card.title),
      h("div", { class: "card-body" },
        h("h3", { class: "card-title", dir: "auto", text: plain(card.title) }),
        card.subtitle && h("p", { class: "small muted", dir: "auto", text: plain(card.subtitle) }),
        h("p", { class: "price" },
          card.price && h("strong", { class: "money", text: card.price }),
          card.was_price && h("s", { class: "money muted small" }, h("span", { class: "visually-hidden", text: `${this.words.before} ` }), card.was_price)),
        card.price_note && h("p", { class: "small muted", dir: "auto", text: plain(card.price_note) }),
        card.stock && h("p", { class: "small stock", text: card.stock }),
        h("div", { class: "card-actions" },
          first && this.choice(first, "button primary"),
          rest.map((c) => this.choice(c, "button quiet")),
          safeUrl(card.url) && anchor(safeUrl(card.url), this.words.more, "button quiet"))));
  }

  draw_browse(content) {
    const cards = content.cards || [];
    const strip = h("div", { class: "strip", role: "group", tabindex: cards.length > 1 ? 0 : null, "aria-label": fill(this.words.products, { n: cards.length }) }, cards.map((c) => this.card(c)));
    const step = (way) => strip.scrollBy({ left: way * strip.clientWidth * 0.8 * (getComputedStyle(strip).direction === "rtl" ? -1 : 1), behavior: "smooth" });
    const arrows = cards.length > 1 && h("div", { class: "arrows" },
      h("button", { type: "button", class: "icon-button", "aria-label": this.words.previous, onclick: () => step(-1) }, icon("back")),
      h("button", { type: "button", class: "icon-button", "aria-label": this.words.next, onclick: () => step(1) }, icon("next")));
    return [this.bubble(content.text), cards.length > 0 && h("div", { class: "carousel" }, strip, arrows), this.chips(content.choices)];
  }

  draw_show_product(content) {
    const more = (content.media || []).filter((url) => PHOTO.test(url));
    const gallery = more.length > 0 && h("div", { class: "gallery" }, more.map((url, i) => this.picture(url, `${content.card.title} ${i + 2}`)));
    return [this.bubble(content.text), h("div", { class: "panel flush" }, this.card(content.card || { title: "" }, { large: true }), gallery), this.chips(content.choices)];
  }

  line(line) {
    return h("li", { class: line.strong ? "line strong" : "line" },
      line.image_url && this.picture(line.image_url, "", { zoom: false }),
      h("span", { class: "line-label", dir: "auto" }, line.quantity ? `${line.quantity} × ` : "", plain(line.label),
        line.detail && h("span", { class: "small muted block", text: plain(line.detail) })),
      h("span", { class: "money", text: line.amount || "" }));
  }

  draw_cart_summary(content) {
    return [this.bubble(content.text),
      h("section", { class: "panel receipt", "aria-label": plain(content.title || this.words.cart) },
        content.title && h("h3", { text: plain(content.title) }),
        h("ul", { class: "lines" }, (content.lines || []).map((l) => this.line(l))),
        content.totals && h("ul", { class: "lines totals" }, content.totals.map((l) => this.line(l))),
        (content.notes || []).map((note) => h("p", { class: "small muted", dir: "auto" }, linked(note))),
        content.choices && h("div", { class: "panel-actions" }, content.choices.map((c, i) => this.choice(c, c.style === "primary" || (i === 0 && content.is_order) ? "button primary" : "button"))))];
  }

  draw_pay(content) {
    const url = safeUrl(content.url);
    return [this.bubble(content.text),
      h("section", { class: "panel pay", "aria-label": this.words.payment },
        content.order_number && h("p", { class: "small muted", text: fill(this.words.order, { number: content.order_number }) }),
        content.amount && h("p", { class: "amount money", text: content.amount }),
        url && anchor(url, content.label || this.words.pay, "button primary wide"),
        content.expires_at && h("p", { class: "small muted", text: fill(this.words.payUntil, { time: this.time(content.expires_at) }) })),
      this.chips(content.choices)];
  }

  draw_order_update(content) {
    const steps = content.steps || [];
    const here = steps.filter((s) => s.is_done).length - 1;
    const url = safeUrl(content.url);
    return [this.bubble(content.text),
      (steps.length > 0 || url) && h("section", { class: "panel", "aria-label": fill(this.words.order, { number: content.order_number || "" }) },
        content.order_number && h("h3", { text: fill(this.words.order, { number: content.order_number }) }),
        h("ol", { class: "track" }, steps.map((s, i) => h("li", { class: s.is_done ? "done" : "", "aria-current": i === here ? "step" : null },
          h("span", { class: "dot" }, s.is_done && icon("check", "small")),
          h("span", { class: "step-label" }, plain(s.label), !s.is_done && h("span", { class: "visually-hidden", text: ` (${this.words.notYet})` })),
          h("span", { class: "small muted", text: s.at || "" })))),
        url && anchor(url, content.url_label || this.words.trackParcel, "button wide")),
      this.chips(content.choices)];
  }

  draw_media(content) {
    const url = ownUrl(content.url, this.publicUrl);
    const own = url.startsWith("/");
    if (content.media_type === "image" && own) return [this.bubble(content.text), h("div", { class: "panel flush" }, this.picture(url, content.alt)), this.chips(content.choices)];
    if ((content.media_type === "video" || content.media_type === "audio") && own) {
      return [this.bubble(content.text), h("div", { class: "panel flush" }, h(content.media_type, { src: url, controls: true, preload: "metadata", "aria-label": plain(content.alt) })), this.chips(content.choices)];
    }
    const name = plain(content.filename || content.alt) || this.words.file;
    return [this.bubble(content.text), this.bubble("", safeUrl(content.url) ? anchor(safeUrl(content.url), name) : name), this.chips(content.choices)];
  }

  draw_open_link(content) {
    const url = safeUrl(content.url);
    return [this.bubble(content.text), url && anchor(url, content.label || url, "button"), this.chips(content.choices)];
  }

  draw_form(content) {
    return [this.bubble(content.text || content.title), h("ul", { class: "panel lines" }, (content.fields || []).map((f) => this.line(f))), this.chips(content.choices)];
  }

  draw_rate(content) {
    const stars = (content.choices || []).slice(0, 5);
    const row = h("div", { class: "stars", role: "group", "aria-label": this.words.rating });
    const light = (upTo) => [...row.children].forEach((b, i) => b.classList.toggle("lit", i <= upTo));
    stars.forEach((choice, i) => {
      const score = (choice.action && choice.action.score) || i + 1;
      const button = h("button", { type: "button", class: "star", "data-token": choice.token || "", "aria-label": fill(this.words.stars, { n: score }) }, icon("star"));
      button.addEventListener("mouseenter", () => light(i));
      button.addEventListener("focus", () => light(i));
      button.addEventListener("click", () => (light(i), row.classList.add("chosen"), this.pick({ ...choice, label: choice.label || fill(this.words.stars, { n: score }) }, button)));
      row.append(button);
    });
    row.addEventListener("mouseleave", () => row.classList.contains("chosen") || light(-1));
    return [this.bubble(content.text), stars.length > 0 && row, this.chips((content.choices || []).slice(5))];
  }

  draw_handover_notice(content) {
    const own = this.words[`handover_${content.state || "waiting"}`] || "";
    return [h("div", { class: "notice", dir: "auto" }, icon("person", "small"), h("span", {}, linked(content.text || fill(own, { name: plain(content.person) || this.words.somebody })))), this.chips(content.choices)];
  }

  draw_typing() {
    return [];
  }

  draw_hidden() {
    return [];
  }

  time(iso) {
    const at = new Date(iso);
    return Number.isNaN(at.getTime()) ? iso : new Intl.DateTimeFormat(this.locale, { hour: "numeric", minute: "2-digit" }).format(at);
  }
}
