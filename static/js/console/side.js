// The side pane: who is writing, what is in their cart, and what could be shown to them.
import { fill, h } from "../shared/dom.js";
import { ownUrl, plain } from "../shared/links.js";
import { CHANNELS } from "./queue.js";

export class Side {
  constructor({ words, locale, sendCard, setCart }) {
    Object.assign(this, { words, locale, sendCard, setCart });
    this.inCart = new Map(); // variant -> pieces
    this.pane = document.querySelector("[data-customer]");
    this.tiles = document.querySelector("[data-tiles]");
    this.find = document.querySelector("[data-find]");
    this.corrected = document.querySelector("[data-corrected]");
    this.tabs = [...document.querySelectorAll("[data-side] [role=tab]")];
    this.tabs.forEach((tab) => {
      tab.addEventListener("click", () => this.show(tab));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
        const next = this.tabs[(this.tabs.indexOf(tab) + 1) % this.tabs.length];
        this.show(next);
        next.focus();
      });
    });
    this.find.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), 180);
    });
  }

  show(tab) {
    for (const other of this.tabs) {
      const on = other === tab;
      other.setAttribute("aria-selected", String(on));
      other.tabIndex = on ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
    }
    if (tab.id === "tab-catalogue" && !this.tiles.childElementCount) this.search();
  }

  /** Asked again whenever something happens in the thread; several askings in a row become one. */
  refresh(thread) {
    const isAnother = thread !== this.thread;
    this.thread = thread;
    if (isAnother && this.tiles.childElementCount) this.search(true); // they may have prices of their own
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(() => this.load(thread), 250);
  }

  async load(thread) {
    const answer = await fetch(`/console/customer/${encodeURIComponent(thread)}/`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || !answer.ok || thread !== this.thread) return;
    this.draw(await answer.json());
  }

  draw(c) {
    const w = this.words;
    const part = (title, ...nodes) => h("section", { class: "part" }, h("h3", { text: title }), nodes);
    const nodes = [
      h("div", { class: "who-card" }, h("h2", { dir: "auto", text: plain(c.name) || w.shopper }), h("p", { class: "small muted", text: fill(w.since, { date: c.since }) }),
        [c.email, c.phone, c.address].filter(Boolean).map((fact) => h("p", { class: "small", dir: "auto", text: plain(fact) }))),
      c.handover && c.handover.reason && h("p", { class: "small handover", text: fill(w.why, { reason: c.handover.reason }) }),
      part(w.cart, ...this.cart(c.cart)),
      part(w.orders, c.orders.length ? h("ul", { class: "orders" }, c.orders.map((o) => h("li", {}, h("b", { text: o.number }), h("span", { class: "money", text: o.total }), h("span", { class: "small muted", text: `${o.status} · ${o.payment} · ${o.fulfilment}` })))) : h("p", { class: "small muted", text: w.noOrders })),
      part(w.channels, h("ul", { class: "small" }, c.channels.map((ch) => h("li", { class: "channel" }, h("span", { class: "badge", text: CHANNELS[ch.kind] || ch.kind }), h("span", { class: "muted", text: `${w.consentService}: ${ch.service ? w.yes : w.no} · ${w.consentMarketing}: ${ch.marketing ? w.yes : w.no}` }))))),
      c.notes.length ? part(w.notes, h("ul", { class: "small" }, c.notes.map((n) => h("li", { class: "note-line", dir: "auto" }, h("b", { text: plain(n.by) }), ` ${plain(n.text)}`)))) : null,
    ];
    const held = this.pane.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
    this.pane.replaceChildren(...nodes.filter(Boolean));
    if (held) [...this.pane.querySelectorAll("button")].find((button) => button.getAttribute("aria-label") === held)?.focus();
  }

  cart({ lines, total, changes }) {
    const w = this.words;
    this.inCart = new Map(lines.map((line) => [line.variant, line.quantity]));
    return [
      lines.length ? h("ul", { class: "cart-lines" }, lines.map((line) => this.cartLine(line))) : h("p", { class: "small muted", text: w.noCart }),
      total && h("p", { class: "cart-total" }, h("span", { text: w.total }), h("b", { class: "money", text: total })),
      changes.length ? h("details", { class: "cart-log", open: this.isLogOpen, ontoggle: (event) => (this.isLogOpen = event.target.open) }, h("summary", { class: "small", text: w.cartLog }),
        h("ul", { class: "small" }, changes.map((change) => h("li", { dir: "auto" }, h("b", { text: plain(change.who) }), ` ${plain(change.what)} `, h("time", { class: "muted", datetime: change.at, text: this.moment(change.at) }))))) : null,
    ].filter(Boolean);
  }

  cartLine(line) {
    const w = this.words;
    const title = plain(line.title);
    const set = (quantity) => (event) => {
      const row = event.target.closest("li");
      if (row.dataset.busy) return;
      row.dataset.busy = "1"; // until the pane is drawn anew; focus stays on the button
      this.setCart(line.variant, quantity, line.quantity);
    };
    const step = (text, label, quantity) => h("button", { type: "button", class: "step", text, "aria-label": `${label}: ${title}`, onclick: set(quantity) });
    return h("li", {}, this.thumb(line.image), h("span", { dir: "auto", text: title }), h("span", { class: "money", text: line.total }),
      h("span", { class: "steps" }, step("−", w.oneLess, line.quantity - 1), h("b", { text: line.quantity }), step("+", w.oneMore, line.quantity + 1), h("button", { type: "button", class: "quiet small", text: w.takeOut, "aria-label": `${w.takeOut}: ${title}`, onclick: set(0) })));
  }

  moment(at) {
    return new Date(at).toLocaleString(this.locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  }

  thumb(url) {
    const src = ownUrl(url || "", this.publicUrl);
    return src.startsWith("/") ? h("img", { class: "thumb", src, alt: "", loading: "lazy" }) : h("span", { class: "thumb" });
  }

  async search(isAgain) {
    const words = this.find.value.trim();
    const thread = this.thread || "";
    if (isAgain || !this.tiles.childElementCount) this.tiles.replaceChildren(...Array.from({ length: 6 }, () => h("li", { class: "skeleton tile-skeleton" })));
    const answer = await fetch(`/console/catalogue/?q=${encodeURIComponent(words)}&thread=${encodeURIComponent(thread)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (words !== this.find.value.trim() || thread !== (this.thread || "")) return; // a newer question is under way
    if (!answer || !answer.ok) {
      const again = h("button", { type: "button", class: "button small", text: this.words.tryAgain, onclick: () => this.search(true) });
      this.tiles.replaceChildren(h("li", { class: "muted small wide-tile", role: "status" }, h("p", { text: this.words.notLoaded }), again));
      return;
    }
    const found = await answer.json();
    this.corrected.textContent = found.corrected ? fill(this.words.corrected, { words: plain(found.corrected) }) : "";
    this.tiles.replaceChildren(...found.products.map((p) => this.tile(p)));
    if (!found.products.length) this.tiles.append(h("li", { class: "muted small wide-tile", text: this.words.noProducts }));
  }

  tile(p) {
    const stock = p.stock === null ? "" : p.stock > 0 ? fill(this.words.left, { n: p.stock }) : this.words.soldOut;
    const src = ownUrl(p.image || "", this.publicUrl);
    const send = h("button", { type: "button", class: "button small", text: this.words.sendCard, "aria-label": `${this.words.sendCard}: ${plain(p.title)}`, onclick: () => this.sendCard(p) });
    return h("li", { class: "tile" },
      src.startsWith("/") ? h("img", { src, alt: plain(p.alt), loading: "lazy" }) : h("span", { class: "no-picture" }),
      h("div", { class: "tile-body" }, h("h3", { dir: "auto", text: plain(p.title) }),
        h("p", {}, h("b", { class: "money", text: p.from ? fill(this.words.from, { price: p.price }) : p.price }), p.was && h("s", { class: "money muted small", text: ` ${p.was}` })),
        p.note && h("p", { class: "small muted", text: p.note }),
        h("p", { class: `small ${p.stock === 0 ? "sold-out" : "muted"}`, text: stock }), this.adding(p), send));
  }

  /** One more of it into the shopper's cart; of several kinds the one that is chosen. */
  adding(p) {
    if (!p.variants.length || p.stock === 0) return null;
    const w = this.words;
    const title = plain(p.title);
    const kinds = p.variants.length > 1 && h("select", { class: "small", "aria-label": `${w.whichKind}: ${title}` }, p.variants.map((variant) => h("option", { value: variant.id, disabled: variant.left === 0, text: plain(variant.name) + (variant.left === 0 ? ` · ${w.soldOut}` : "") })));
    if (kinds) kinds.value = (p.variants.find((variant) => variant.left !== 0) || p.variants[0]).id;
    const add = () => {
      const variant = kinds ? Number(kinds.value) : p.variants[0].id;
      const seen = this.inCart.get(variant) || 0;
      this.setCart(variant, seen + 1, seen);
    };
    return h("div", { class: "adding" }, kinds, h("button", { type: "button", class: "button small", text: w.addToCart, "aria-label": `${w.addToCart}: ${title}`, onclick: add }));
  }
}
