// The list in four tabs: mine, nobody's yet, the team's, the assistant's; who waits longest first. One row per person.
import { fill, h, icon, initial } from "../shared/dom.js";
import { plain } from "../shared/links.js";
import { ago, minutesSince, minutesUntil, until } from "./clock.js";

export const CHANNELS = {}; // kind → name, from the page
const TABS = ["mine", "unassigned", "team", "bot"];
const LATE = 3; // minutes; from then on it is said louder, and again from VERY_LATE on
const VERY_LATE = 10;

export class Queue {
  constructor({ root, words, user, pick, duty }) {
    Object.assign(this, { root, words, user, pick, duty });
    this.order = [];
    this.tab = "";
    this.tabs = TABS.map((name) => document.getElementById(`queue-${name}`));
    this.tabs.forEach((tab, at) => {
      tab.addEventListener("click", () => this.turnTo(TABS[at]));
      tab.addEventListener("keydown", (event) => this.onKey(event, at));
    });
    setInterval(() => this.clocks(), 15000);
  }

  onKey(event, at) {
    const isRtl = getComputedStyle(this.root).direction === "rtl";
    const way = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1 }[event.key];
    if (!way) return;
    const next = (at + way + TABS.length) % TABS.length;
    this.turnTo(TABS[next]);
    this.tabs[next].focus();
  }

  turnTo(name) {
    this.tab = name;
    this.paint(this.people, this.chosen);
  }

  tabOf(p) {
    if (p.waiting_since) return "unassigned";
    if (p.owner === "bot") return "bot";
    return p.owner_user === this.user.id ? "mine" : "team";
  }

  /** Since when the shopper waits: for anybody, or for the answer of who has them; the assistant's do not wait. */
  since(p) {
    return p.waiting_since || (p.owner !== "bot" && p.unanswered_since) || "";
  }

  sorted(people) {
    const last = "9";
    return people.sort((a, b) => this.forMe(b) - this.forMe(a) || (this.since(a) || last).localeCompare(this.since(b) || last) || (b.last_at || "").localeCompare(a.last_at || ""));
  }

  /** Who came to me by name stands first. */
  forMe(p) {
    return Number(Boolean(p.waiting_since) && p.asked_by_name === this.user.id);
  }

  paint(people, chosen) {
    const groups = Object.fromEntries(TABS.map((name) => [name, this.sorted(people.filter((p) => this.tabOf(p) === name))]));
    this.follow(people, chosen, groups);
    Object.assign(this, { people, chosen, order: groups[this.tab].map((p) => p.customer) });
    this.tabs.forEach((tab, at) => {
      const on = TABS[at] === this.tab;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      tab.querySelector("b").textContent = groups[TABS[at]].length;
    });
    this.root.setAttribute("aria-labelledby", `queue-${this.tab}`);
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.customer : "";
    const list = groups[this.tab];
    this.root.replaceChildren(...[this.tab === "team" && this.duty.roster(), list.length ? h("ul", { class: `group ${this.tab}` }, list.map((p) => this.row(p, chosen))) : this.empty(people)].filter(Boolean));
    const again = focused && this.root.querySelector(`[data-customer="${CSS.escape(focused)}"]`);
    if (again) again.focus();
  }

  /** The first look is at my own, else at who waits; whoever is chosen stays in sight when their thread changes hands. */
  follow(people, chosen, groups) {
    const p = people.find((each) => each.customer === chosen);
    if (p && (chosen !== this.chosen || this.tabOf(p) !== this.wasIn)) this.tab = this.tabOf(p);
    else if (!this.tab && people.length) this.tab = TABS.find((name) => groups[name].length);
    this.tab ||= "unassigned";
    this.wasIn = p && this.tabOf(p);
  }

  empty(people) {
    const words = people.length ? this.words[`none_${this.tab}`] : this.words.noThreads;
    return h("p", { class: "empty-list muted", text: words });
  }

  row(p, chosen) {
    const name = plain(p.name) || this.words.shopper;
    const button = h("button", { type: "button", class: "row", "data-customer": p.customer, "aria-current": p.customer === chosen ? "true" : null, onclick: () => this.pick(p.customer) },
      h("span", { class: "avatar", "aria-hidden": "true", text: initial(name) }),
      h("span", { class: "row-main" },
        h("span", { class: "row-top" }, h("b", { dir: "auto", text: name }), this.clock(p)),
        h("span", { class: "row-snippet muted small", dir: "auto", text: this.snippet(p) }),
        h("span", { class: "row-facts small" },
          this.forMe(p) ? h("span", { class: "badge warning", text: this.words.forYou }) : null,
          p.offer && h("span", { class: "badge", dir: "auto", text: p.offer.to === this.user.id ? this.words.asksYou : fill(this.words.asksOther, { name: plain(this.duty.name(p.offer.to)) || this.words.shop }) }),
          [...new Set(p.channels)].map((kind) => h("span", { class: "badge", text: CHANNELS[kind] || kind })),
          p.language && h("span", { class: "badge", title: this.words.language, text: p.language.replace("zh-hans", "zh").toUpperCase() }),
          this.window(p),
          p.owner !== "bot" && p.owner_user !== this.user.id && h("span", { class: "badge", dir: "auto", text: plain(p.owner_name) }))));
    return h("li", {}, button);
  }

  snippet(p) {
    const who = { shopper: "", bot: `${this.words.assistant}: `, agent: `${p.owner_name || this.words.shop}: `, expert: `${p.owner_name || this.words.shop}: `, system: "" }[p.snippet_author] ?? "";
    return plain(who + (p.snippet || ""));
  }

  /** How long the channel lets us answer freely. */
  window(p) {
    if (!p.window_closes_at) return null;
    const minutes = minutesUntil(p.window_closes_at);
    if (minutes <= 0) return h("span", { class: "badge warning" }, icon("alert", "small"), this.words.windowShut);
    const time = until(p.window_closes_at, this.words);
    return h("span", { class: `badge ${minutes < 60 ? "warning" : ""}`, title: fill(this.words.windowLeft, { time }) }, icon("clock", "small"), fill(this.words.windowShort, { time }));
  }

  clock(p) {
    const waits = this.since(p);
    const since = waits || p.last_at;
    const time = h("time", { datetime: since, title: since ? new Date(since).toLocaleString() : "", "data-waits": waits ? "1" : null });
    this.tell(time);
    return time;
  }

  /** Late is said by a sign and in bold besides the colour. */
  tell(time) {
    const since = time.getAttribute("datetime");
    const minutes = minutesSince(since);
    if (!time.dataset.waits) return (time.className = "muted small"), (time.textContent = ago(since, this.words));
    time.className = `wait ${minutes >= VERY_LATE ? "very-late" : minutes >= LATE ? "late" : ""}`;
    time.replaceChildren(...[minutes >= LATE && icon("alert", "small"), fill(this.words.waits, { time: ago(since, this.words) })].filter(Boolean));
    return undefined;
  }

  clocks() {
    for (const time of this.root.querySelectorAll("time")) this.tell(time);
  }

  /** The person after (1) or before (-1) the chosen one. */
  neighbour(chosen, way) {
    const at = this.order.indexOf(chosen);
    return this.order[Math.min(this.order.length - 1, Math.max(0, at + way))] || this.order[0];
  }
}
