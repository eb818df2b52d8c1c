// A person's messages on all channels, with what else happened, by time; days apart.
import { fill, h, icon, initial } from "../shared/dom.js";
import { plain } from "../shared/links.js";
import { drawQuote, jumpTo } from "../shared/quote.js";
import { drawContent } from "./contents.js";
import { CHANNELS } from "./queue.js";
import { passed } from "./transfer.js";

const HAPPENED = new Set(["taken", "returned", "waiting", "withdrawn", "transfer", "rated", "note", "continued", "went_on", "in_store"]);
const SIGNS = { sending: "clock", queued: "clock", retry: "clock", accepted: "check", sent: "check", delivered: "checks", read: "checks", unknown: "question", failed: "alert", dead: "alert", suppressed: "alert" };

export class Timeline {
  /** `reply(thread, message)` answers one; `further(thread, seq)` looks for one that is not on the page. */
  constructor({ list, scroller, words, locale, retry, reply, further }) {
    Object.assign(this, { list, scroller, words, locale, retry, reply, further });
    this.dayFormat = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.timeFormat = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    this.nodes = new Map();
    this.owner = "";
  }

  /** Draws the person's threads. Only what changed is made anew. */
  paint(owner, siblings, state) {
    if (owner !== this.owner) {
      this.nodes.clear();
      this.owner = owner;
      this.stick = true;
    }
    const end = this.stick || this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 140;
    const many = siblings.length > 1;
    const entries = this.entries(siblings, state);
    const onWire = new Set(entries.flatMap((e) => (e.event && e.event.kind === "taken" ? (e.event.data.on_wire || []).map((w) => `${e.thread}:${w.seq ?? w}`) : [])));
    const wanted = [];
    let before = null;
    for (const entry of entries) {
      const day = new Date(entry.at).toDateString();
      if (!before || new Date(before.at).toDateString() !== day) wanted.push(this.node(`d${day}`, day, () => this.day(entry.at)));
      const starts = !before || !before.message || !entry.message || before.message.author !== entry.message.author || before.message.name !== entry.message.name || before.thread !== entry.thread || new Date(entry.at) - new Date(before.at) > 180000;
      const wire = onWire.has(`${entry.thread}:${entry.message && entry.message.seq}`);
      const print = JSON.stringify([entry.event || entry.message, starts, wire, many]);
      wanted.push(this.node(entry.key, print, () => (entry.event ? this.happened(entry.event) : this.said(entry, { starts, wire, many }))));
      before = entry;
    }
    this.place(wanted);
    if (end) this.scroller.scrollTop = this.scroller.scrollHeight;
    if (entries.length) this.stick = false;
  }

  entries(siblings, state) {
    const entries = [];
    for (const row of siblings) {
      const open = state.thread(row.id);
      for (const message of open.messages.values()) if (message.content && message.content.kind !== "typing") entries.push({ key: `${row.id}:${message.seq}`, at: message.at, seq: message.seq, thread: row.id, channel: row.channel, message });
      for (const event of open.events.values()) if (HAPPENED.has(event.kind)) entries.push({ key: `e${event.id}`, at: event.at, seq: event.id, thread: row.id, event });
      for (const [id, waiting] of state.pending) if (waiting.thread === row.id && waiting.text && waiting.kind !== "note") entries.push({ key: `p${id}`, at: waiting.at, seq: Infinity, thread: row.id, channel: row.channel, message: { author: "agent", name: this.words.you, content: { kind: "text", text: waiting.text }, at: waiting.at, state: waiting.waits, error: waiting.why, clientId: id } });
    }
    const sameThread = (a, b) => a.thread === b.thread && a.message && b.message;
    return entries.sort((a, b) => (sameThread(a, b) ? a.seq - b.seq : a.at.localeCompare(b.at)) || a.seq - b.seq);
  }

  node(key, print, make) {
    const old = this.nodes.get(key);
    if (old && old.print === print) return old;
    const fresh = make();
    fresh.print = print;
    this.nodes.set(key, fresh);
    return fresh;
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

  day(at) {
    const date = new Date(at);
    const today = date.toDateString() === new Date().toDateString();
    return h("li", { class: "day" }, h("span", { text: today ? this.words.today : this.dayFormat.format(date) }));
  }

  said(entry, { starts, wire, many }) {
    const { message } = entry;
    const who = this.who(message);
    const failed = ["failed", "dead", "suppressed"].includes(message.state);
    const isGone = message.content.kind === "deleted";
    return h("li", { class: `said-by ${message.author} ${failed ? "failed" : ""}`, "data-seq": message.seq || null, "data-thread": entry.thread },
      starts && h("div", { class: "said-head small" },
        h("span", { class: `avatar ${message.author === "bot" ? "shop" : ""}`, "aria-hidden": "true" }, message.author === "bot" ? icon("spark", "small") : initial(who.name)),
        h("b", { dir: "auto", text: plain(who.name) }), who.role && h("span", { class: "badge", text: who.role })),
      h("div", { class: "said-line" },
        h("div", { class: `said-body ${isGone ? "gone" : ""}` }, message.quote && this.quoted(entry.thread, message.quote), drawContent(message, this.words)),
        message.author === "shopper" && message.seq && !isGone && h("button", { type: "button", class: "icon-button reply", title: this.words.reply, "aria-label": fill(this.words.replyTo, { text: plain(message.text).slice(0, 60) || this.words.attachment }), onclick: () => this.reply(entry.thread, message) }, icon("reply"))),
      message.content.reaction && h("span", { class: "reaction", role: "img", "aria-label": fill(this.words.reaction, { what: plain(message.content.reaction) }), text: plain(message.content.reaction) }),
      h("div", { class: "said-meta small muted" },
        h("time", { datetime: message.at, title: new Date(message.at).toLocaleString(this.locale), text: this.timeFormat.format(new Date(message.at)) }),
        many && h("span", { class: "badge channel-badge", "data-channel": entry.channel, text: CHANNELS[entry.channel] || entry.channel }),
        message.content.is_edited && this.edited(message.content),
        wire && h("span", { class: "badge warning", text: this.words.onWire }),
        message.author !== "shopper" && this.delivery(message)));
  }

  quoted(thread, quote) {
    return drawQuote(quote, { name: plain(this.who(quote).name), words: this.words, jump: () => this.further(thread, quote.seq) });
  }

  /** Whether that message is on the page; it is shown. */
  jump(thread, seq) {
    return jumpTo(this.list.querySelector(`[data-thread="${CSS.escape(thread)}"][data-seq="${seq}"]`));
  }

  /** "edited", and behind it how it was worded before. */
  edited({ earlier }) {
    if (!earlier || !earlier.length) return h("span", { text: this.words.edited });
    const until = (one) => new Date(one.until).toLocaleString(this.locale);
    return h("details", { class: "edited" }, h("summary", { text: this.words.edited }),
      h("ul", { "aria-label": this.words.earlierWords }, earlier.map((one) => h("li", {}, h("span", { dir: "auto", text: plain(one.text) }), h("span", { class: "muted", text: ` ${fill(this.words.until, { time: until(one) })}` })))));
  }

  who(message) {
    if (message.author === "shopper") return { name: this.shopper || this.words.shopper, role: "" };
    if (message.author === "bot") return { name: this.words.assistant, role: "" };
    if (message.author === "system") return { name: this.words.shop, role: "" };
    return { name: message.name || this.words.shop, role: message.author === "expert" ? this.words.expert : "" };
  }

  delivery(message) {
    const state = message.state || "sent";
    const bad = ["failed", "dead", "suppressed"].includes(state);
    const reason = this.words[`why_${message.error_class}`] || message.error || "";
    return h("span", { class: `delivery ${state}` }, icon(SIGNS[state] || "check", "small"), this.words[`state_${state}`] || state, (bad || state === "unknown") && reason ? `: ${plain(reason)}` : "",
      message.clientId && bad && h("button", { type: "button", class: "button quiet small", text: this.words.tryAgain, onclick: () => this.retry(message.clientId) }));
  }

  happened(event) {
    if (event.kind === "note") {
      return h("li", { class: "happened note" }, h("p", { class: "small" }, icon("note", "small"), ` ${fill(this.words.note, { name: plain(event.actor) })}`), h("p", { dir: "auto", text: plain(event.data.text) }));
    }
    const channel = CHANNELS[event.data.from || event.data.to] || event.data.from || event.data.to || "";
    const words = { continued: fill(this.words.continued, { channel }), went_on: fill(this.words.wentOn, { channel }), in_store: fill(this.words.inStore, { name: event.actor }), taken: fill(this.words.taken, { name: event.actor }), returned: fill(this.words.returned, { name: event.actor }), waiting: this.words.asked, withdrawn: this.words.withdrawn, transfer: event.kind === "transfer" && passed(event, this.words), rated: fill(this.words.rated, { n: event.data.score || "?" }) }[event.kind];
    if (event.data.summary) return h("li", { class: "happened note carried" }, h("p", { class: "small" }, words), h("p", { dir: "auto", class: "carried-words", text: plain(event.data.summary) }));
    const note = event.data.note || "";
    return h("li", { class: "happened small" }, h("span", { dir: "auto", text: plain(words + (note ? `: ${note}` : "")) }), " ", h("time", { datetime: event.at, text: this.timeFormat.format(new Date(event.at)) }));
  }
}
