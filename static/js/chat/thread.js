// The list of messages: ordered by number, grouped by author and minute, days apart.
import { fill, h, icon, initial } from "../shared/dom.js";
import { plain } from "../shared/links.js";
import { drawQuote, jumpTo } from "../shared/quote.js";

const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const PEOPLE = new Set(["agent", "expert"]);
const SHOP_SIDE = new Set(["bot", "system", ...PEOPLE]);

export class Thread {
  constructor({ list, scroller, words, locale, names, contents, retry }) {
    Object.assign(this, { list, scroller, words, locale, names, contents, retry });
    this.items = new Map(); // seq → message
    this.pending = new Map(); // client_id → what waits for its number
    this.nodes = new Map(); // key → <li>
    this.joined = []; // [{name, at}] of the people who took the thread
    this.hasPerson = false; // a person answers now
    this.tapped = []; // buttons whose tap the shop has not answered yet
    this.dayFormat = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.timeFormat = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    this.follow();
  }

  get head() {
    return this.items.size ? Math.max(...this.items.keys()) : 0; // one line brings them in order
  }

  get from() {
    return this.items.size ? Math.min(...this.items.keys()) : 0;
  }

  /** True if it is new here. A pending message that got its number disappears from the waiting ones. */
  add(message) {
    if (message.client_id) this.settle(message.client_id);
    const old = this.items.get(message.seq);
    this.items.set(message.seq, { ...old, ...message });
    return !old;
  }

  settle(clientId) {
    this.pending.delete(clientId);
    const key = `p${clientId}`;
    if (this.nodes.has(key)) this.nodes.get(key).remove();
    this.nodes.delete(key);
  }

  atEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 120;
  }

  toEnd(smooth) {
    this.following = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth && !STILL.matches ? "smooth" : "auto" });
  }

  /** Whoever scrolls up reads; whoever is at the end goes on with it, also while it is still being scrolled to. */
  follow() {
    this.following = true;
    let top = 0;
    this.scroller.addEventListener("scroll", () => {
      const now = this.scroller.scrollTop;
      if (this.atEnd()) this.following = true;
      else if (now < top - 1) this.following = false;
      top = now;
    });
    // Pictures that come late push the end down.
    new ResizeObserver(() => this.following && !this.atEnd() && this.toEnd(true)).observe(this.list);
  }

  /** Brings the page in line with what is known; only new or changed messages are drawn again. */
  paint() {
    const seqs = [...this.items.keys()].sort((a, b) => a - b);
    const rows = seqs.map((seq) => this.items.get(seq)).filter((m) => !m.content || (m.content.kind !== "hidden" && m.content.kind !== "typing"));
    const waiting = [...this.pending.values()];
    const lastShop = rows.filter((m) => SHOP_SIDE.has(m.author)).pop();
    const lastMine = [...rows, ...waiting].filter((m) => m.author === "shopper").pop();
    let before = null;
    const wanted = [];
    const joined = this.joined.filter(({ at }) => rows.length && (this.from === 1 || at > rows[0].at));
    for (const message of [...rows, ...waiting]) {
      while (joined.length && message.at > joined[0].at) before = this.arrival(joined.shift(), before, wanted);
      const day = this.dayOf(message);
      if (!before || this.dayOf(before) !== day) wanted.push(this.day(day, message.at));
      const starts = !before || before.author !== message.author || before.name !== message.name || this.minute(before) !== this.minute(message) || this.isNotice(before) || this.isNotice(message);
      const li = this.row(message, starts);
      li.classList.toggle("starts", starts);
      if (before && starts && wanted.length) this.ends(before);
      this.state(li, message, message === lastMine, lastShop);
      wanted.push(li);
      before = message;
    }
    if (before) this.ends(before);
    for (const arrival of joined) before = this.arrival(arrival, before, wanted);
    this.place(wanted);
    const open = this.openQuestion(rows);
    for (const li of this.list.querySelectorAll("li.message")) li.classList.toggle("open", li === open);
    this.release(lastShop);
    this.stepBack(rows);
  }

  /** "Jonas has joined the chat.", between what was said before and after; stands for a message that ends a group. */
  arrival({ name, at }, before, wanted) {
    const key = `j${at}`;
    if (before) this.ends(before);
    if (!before || this.dayOf(before) !== this.dayOf({ at })) wanted.push(this.day(this.dayOf({ at }), at));
    if (!this.nodes.has(key)) this.nodes.set(key, h("li", { class: "joined" }, h("div", { class: "notice", dir: "auto" }, icon("person", "small"), h("span", { text: this.joinedWords(name) }))));
    wanted.push(this.nodes.get(key));
    return { at };
  }

  joinedWords(name) {
    return fill(this.words.handover_joined, { name: plain(name) || this.words.somebody });
  }

  /** The message whose chips may still be tapped: the latest with any, until its answer is answered or a person speaks.
   * While a person has the thread, it is theirs and the shop's chips; the assistant's are asked no more. */
  openQuestion(rows) {
    const isOver = (author) => (this.hasPerson ? author === "bot" : PEOPLE.has(author));
    let isAnswered = false;
    for (const message of [...rows].reverse()) {
      if (message.author === "shopper" ? isAnswered : isOver(message.author)) return null;
      if (message.author === "shopper") continue;
      isAnswered = true;
      const li = this.nodes.get(message.seq);
      if (li.querySelector(".chips")) return li;
    }
    return null;
  }

  /** A summary or a payment page of which a newer one stands below no longer invites. */
  stepBack(rows) {
    const newer = new Set();
    for (const { seq, content } of [...rows].reverse()) {
      const kind = content && content.kind;
      if (kind !== "cart_summary" && kind !== "pay") continue;
      const about = kind === "pay" ? content.order_number : "cart";
      this.nodes.get(seq).classList.toggle("replaced", newer.has(about));
      newer.add(about).add("cart");
    }
  }

  place(wanted) {
    let at = this.list.firstChild;
    for (const node of wanted) {
      if (node === at) at = at.nextSibling;
      else this.list.insertBefore(node, at);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  ends(message) {
    const li = this.nodes.get(this.key(message));
    if (li) li.classList.add("ends");
  }

  key(message) {
    return message.seq || `p${message.client_id}`;
  }

  dayOf(message) {
    return new Date(message.at || Date.now()).toDateString();
  }

  minute(message) {
    return Math.floor(new Date(message.at || Date.now()).getTime() / 60000);
  }

  isNotice(message) {
    return message.content && message.content.kind === "handover_notice";
  }

  day(day, at) {
    const key = `d${day}`;
    if (!this.nodes.has(key)) {
      const date = new Date(at || Date.now());
      const isToday = date.toDateString() === new Date().toDateString();
      this.nodes.set(key, h("li", { class: "day" }, h("span", { text: isToday ? this.words.today : this.dayFormat.format(date) })));
    }
    return this.nodes.get(key);
  }

  row(message, starts) {
    const key = this.key(message);
    const print = JSON.stringify([message.content, starts, message.author, message.name, message.quote]);
    const old = this.nodes.get(key);
    if (old && old.print === print) return old.classList.remove("ends"), old;
    const mine = message.author === "shopper";
    const who = this.who(message);
    const li = h("li", { class: `message ${mine ? "mine" : "theirs"} ${message.author}`, "data-seq": message.seq || null, "data-client": message.seq ? null : message.client_id },
      starts && !mine && !this.isNotice(message) && h("div", { class: "author small muted" }, h("span", { class: message.author === "bot" ? "avatar shop" : "avatar", "aria-hidden": "true" }, message.author === "bot" ? icon("spark", "small") : initial(who.name)),
        h("b", { text: plain(who.name) }), who.role && h("span", { text: ` · ${who.role}` })),
      mine && h("span", { class: "visually-hidden", text: `${this.words.you}: ` }),
      h("div", { class: "parts" }, message.quote && this.quoted(message.quote), this.contents.draw(message.content || { kind: "text", text: message.text })),
      h("div", { class: "meta small muted" }));
    li.print = print;
    this.nodes.set(key, li);
    if (old) old.replaceWith(li);
    return li;
  }

  quoted(quote) {
    const name = quote.author === "shopper" ? this.words.you : plain(this.who(quote).name);
    return drawQuote(quote, { name, words: this.words, jump: () => jumpTo(this.list.querySelector(`[data-seq="${quote.seq}"]`)) });
  }

  who(message) {
    if (message.author === "bot") return { name: message.name || this.names.assistant, role: this.words.assistant };
    if (message.author === "system") return { name: this.names.shop, role: "" };
    return { name: message.name || this.names.shop, role: message.author === "expert" ? this.words.expert : this.words.person };
  }

  /** Time under the last of a group, and how far the shopper's own last message got. */
  state(li, message, isLastMine, lastShop) {
    const meta = li.lastChild;
    const time = message.at ? this.timeFormat.format(new Date(message.at)) : "";
    let state = message.waits || "";
    if (message.author === "shopper" && message.seq) state = lastShop && lastShop.seq > message.seq ? "read" : "delivered";
    const show = message.author === "shopper" && (isLastMine || state === "failed");
    const print = `${time} ${show ? state : ""} ${message.why || ""}`;
    if (meta.print === print) return;
    meta.print = print;
    const full = message.at ? new Date(message.at).toLocaleString(this.locale) : "";
    meta.replaceChildren(h("time", { datetime: message.at || null, title: full, text: time }));
    if (!show || !state) return;
    const sign = { sending: "clock", sent: "check", delivered: "checks", read: "checks", failed: "alert" }[state];
    meta.append(h("span", { class: `delivery ${state}` }, icon(sign, "small"), this.words[`state_${state}`]));
    if (state === "failed") {
      if (message.why) meta.append(h("span", { text: message.why }));
      if (!message.isFinal) meta.append(h("button", { type: "button", class: "button quiet small", text: this.words.tryAgain, onclick: () => this.retry(message) }));
      if (message.file) meta.append(h("button", { type: "button", class: "button quiet small", dir: "auto", text: fill(this.words.takeAway, { what: plain(message.file.name) }), onclick: () => (this.settle(message.client_id), this.paint()) }));
    }
  }

  /** The tapped button says so and rests until the shop has answered; its neighbours step back. */
  chosen(token) {
    for (const button of this.list.querySelectorAll("[data-token]")) {
      if (button.dataset.token !== token) continue;
      const row = button.closest(".chips, .panel-actions, .stars");
      if (row) row.classList.add("answered");
      button.classList.add("picked");
      button.setAttribute("aria-disabled", "true");
      this.tapped.push({ button, row, head: this.head });
    }
  }

  /** The shop takes a choice of any age, so what has been answered may be tapped again; stars given stay lit. */
  release(lastShop) {
    const isAnswered = ({ head }) => lastShop && lastShop.seq > head;
    for (const { button, row } of this.tapped.filter(isAnswered)) {
      if (row && row.matches(".stars")) continue;
      if (row) row.classList.remove("answered");
      button.classList.remove("picked");
      button.removeAttribute("aria-disabled");
    }
    this.tapped = this.tapped.filter((tap) => !isAnswered(tap));
  }

  label(seq, words) {
    return fill(words, { n: seq });
  }
}
