// The list: who waits first, then mine, then the rest. One row per person.
import { fill, h, initial } from "../shared/dom.js";
import { plain } from "../shared/links.js";

export const CHANNELS = {}; // kind → name, from the page

export class Queue {
  constructor({ root, words, user, pick }) {
    Object.assign(this, { root, words, user, pick });
    this.order = [];
    setInterval(() => this.clocks(), 15000);
  }

  groups(people) {
    const newest = (a, b) => (b.last_at || "").localeCompare(a.last_at || "");
    return [
      ["waiting", people.filter((p) => p.waiting_since).sort((a, b) => this.forMe(b) - this.forMe(a) || a.waiting_since.localeCompare(b.waiting_since))],
      ["mine", people.filter((p) => !p.waiting_since && p.owner_user === this.user.id).sort(newest)],
      ["others", people.filter((p) => !p.waiting_since && p.owner !== "bot" && p.owner_user !== this.user.id).sort(newest)],
      ["bot", people.filter((p) => !p.waiting_since && p.owner === "bot").sort(newest)],
    ].filter(([, list]) => list.length);
  }

  /** Who came to me by name stands first. */
  forMe(p) {
    return Number(p.asked_by_name === this.user.id);
  }

  paint(people, chosen) {
    const groups = this.groups(people);
    this.order = groups.flatMap(([, list]) => list.map((p) => p.customer));
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.customer : "";
    this.root.replaceChildren(...groups.map(([name, list]) => h("section", { "aria-label": this.words[name] },
      h("h2", { class: `group ${name}` }, this.words[name], h("span", { class: "count", text: list.length })),
      h("ul", {}, list.map((p) => this.row(p, chosen))))));
    if (!groups.length) this.root.append(h("p", { class: "empty-list muted", text: this.words.noThreads }));
    const again = focused && this.root.querySelector(`[data-customer="${CSS.escape(focused)}"]`);
    if (again) again.focus();
  }

  row(p, chosen) {
    const name = plain(p.name) || this.words.shopper;
    const button = h("button", { type: "button", class: "row", "data-customer": p.customer, "aria-current": p.customer === chosen ? "true" : null, onclick: () => this.pick(p.customer) },
      h("span", { class: "avatar", "aria-hidden": "true", text: initial(name) }),
      h("span", { class: "row-main" },
        h("span", { class: "row-top" }, h("b", { dir: "auto", text: name }), this.clock(p)),
        h("span", { class: "row-snippet muted small", dir: "auto", text: this.snippet(p) }),
        h("span", { class: "row-facts small" },
          p.waiting_since && p.asked_by_name === this.user.id && h("span", { class: "badge warning", text: this.words.forYou }),
          [...new Set(p.channels)].map((kind) => h("span", { class: "badge", text: CHANNELS[kind] || kind })),
          p.language && h("span", { class: "badge", title: this.words.language, text: p.language.replace("zh-hans", "zh").toUpperCase() }),
          p.owner !== "bot" && h("span", { class: "badge", text: p.owner_user === this.user.id ? this.words.you : plain(p.owner_name) }))));
    return h("li", {}, button);
  }

  snippet(p) {
    const who = { shopper: "", bot: `${this.words.assistant}: `, agent: `${p.owner_name || this.words.shop}: `, expert: `${p.owner_name || this.words.shop}: `, system: "" }[p.snippet_author] ?? "";
    return plain(who + (p.snippet || ""));
  }

  clock(p) {
    const since = p.waiting_since || p.last_at;
    const time = h("time", { class: p.waiting_since ? "wait" : "muted small", datetime: since, title: since ? new Date(since).toLocaleString() : "", "data-waits": p.waiting_since ? "1" : null });
    time.textContent = this.clockWords(since, Boolean(p.waiting_since));
    return time;
  }

  clockWords(since, waits) {
    const time = this.ago(since);
    return waits ? fill(this.words.waits, { time }) : time;
  }

  ago(since) {
    const minutes = Math.max(0, Math.floor((Date.now() - new Date(since || Date.now()).getTime()) / 60000));
    if (minutes < 1) return this.words.now;
    if (minutes < 60) return fill(this.words.minutes, { n: minutes });
    if (minutes < 48 * 60) return fill(this.words.hours, { n: Math.floor(minutes / 60) });
    return fill(this.words.days, { n: Math.floor(minutes / 1440) });
  }

  clocks() {
    for (const time of this.root.querySelectorAll("time")) time.textContent = this.clockWords(time.getAttribute("datetime"), Boolean(time.dataset.waits));
  }

  /** The person after (1) or before (-1) the chosen one. */
  neighbour(chosen, way) {
    const at = this.order.indexOf(chosen);
    return this.order[Math.min(this.order.length - 1, Math.max(0, at + way))] || this.order[0];
  }
}
