// The console: queue, thread, side. The database is the truth; numbers tell what is missing.
import { fill, h, pageData, uuid } from "../shared/dom.js";
import { anchor, plain } from "../shared/links.js";
import { Line } from "../shared/socket.js";
import { Answer } from "./answer.js";
import { Duty } from "./duty.js";
import { Files } from "./files.js";
import { Incoming } from "./incoming.js";
import { Lock } from "./lock.js";
import { CHANNELS, Queue } from "./queue.js";
import { Side } from "./side.js";
import { State } from "./state.js";
import { Timeline } from "./timeline.js";

const UNDO = 8;
const ANSWER_WAIT = 10000;
const $ = (name) => document.querySelector(`[data-${name}]`);

class Console {
  constructor(page) {
    Object.assign(this, page);
    this.state = new State(page.user);
    Object.assign(CHANNELS, page.channels);
    this.chosen = ""; // a customer
    this.duty = new Duty({ words: page.words, user: page.user, set: (state, note) => this.line.send({ type: "presence.set", client_id: uuid(), state, note }) || this.toast(page.words.notSwitched) });
    this.queue = new Queue({ root: $("queue"), words: page.words, user: page.user, pick: (customer) => this.choose(customer), duty: this.duty });
    this.incoming = new Incoming({ root: $("incoming"), words: page.words, user: page.user, accept: (row, offer) => this.queueUp({ kind: "offer.accept", offer }, row.id), decline: (row, offer, reason) => this.queueUp({ kind: "offer.decline", offer, reason }, row.id), ago: (since) => this.queue.ago(since), now: () => this.state.now() });
    this.timeline = new Timeline({ list: $("timeline"), scroller: $("scroller"), words: page.words, locale: page.locale, retry: (id) => this.transmit(id), reply: (thread, message) => this.quote(thread, message), further: (thread, seq) => this.lookFor(thread, seq) });
    this.side = new Side({ words: page.words, locale: page.locale, sendCard: (p) => this.sendCard(p), setCart: (...wanted) => this.setCart(...wanted) });
    this.files = new Files({ words: page.words, most: page.mostBytes, limits: page.files, csrf: page.csrf, channel: () => (this.current() || {}).channel, changed: (words) => (words && this.toast(words), this.answer.paint()) });
    this.answer = new Answer({ words: page.words, snippets: page.snippets, send: (mode, text) => this.write(mode, text), typing: () => this.typing(), files: this.files, sendFiles: (text) => this.sendFiles(text), unquote: () => this.unquote() });
    this.wire();
    if (page.tablet) this.lock = new Lock({ minutes: page.tablet.locks_after, words: page.words, touch: () => this.line.send({ type: "touch" }) });
    this.line = new Line("/ws/console/", { hello: () => ({ type: "hello", threads: this.state.heads(), list_seq: this.state.listSeq || null, language: page.language }), on: (m) => this.hear(m), state: (s, code) => this.lineState(s, code) });
  }

  wire() {
    $("take").addEventListener("click", () => this.act("take"));
    $("hand-back").addEventListener("click", () => $("ask").showModal());
    $("ask-form").addEventListener("submit", (event) => event.submitter && event.submitter.value === "yes" && this.handBack());
    $("older").addEventListener("click", () => this.askOlder());
    $("back").addEventListener("click", () => this.leave());
    $("side-open").addEventListener("click", () => document.body.classList.add("side-open"));
    $("side-close").addEventListener("click", () => document.body.classList.remove("side-open"));
    $("store-code").addEventListener("submit", (event) => this.openByCode(event));
    $("via").addEventListener("change", () => ((this.via = $("via").value), this.draw()));
    $("unquote").addEventListener("click", () => this.unquote());
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("pagehide", () => this.later && this.later.now());
  }

  key(event) {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "Escape") document.body.classList.remove("side-open");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (this.incoming.key(key)) event.preventDefault();
    else if (key === "j" || key === "k") this.choose(this.queue.neighbour(this.chosen, key === "j" ? 1 : -1), true);
    else if (event.key === "Enter" && this.chosen && !event.target.closest("button, a")) this.answer.field.focus();
    else if (event.key === "/" && this.chosen) this.answer.insert("/"), this.answer.suggest();
    else return;
    event.preventDefault();
  }

  // --- what the server says ---

  hear(m) {
    if (m.now) this.state.skew = new Date(m.now) - Date.now();
    if (m.type === "ready") this.ready(m);
    else if (m.type === "message" || m.type === "thread") this.changed(m);
    else if (m.type === "history") this.history(m);
    else if (m.type === "accepted") this.accepted(m);
    else if (m.type === "error") this.refused(m);
    else if (m.type === "heartbeat") this.beat(m);
    else if (m.type === "reload") this.again();
    else if (m.type === "opened") this.opened(m);
    else if (m.type === "typing") this.showTyping(m.thread);
    else if (m.type === "team") (this.state.team = m.people), this.draw();
  }

  ready(m) {
    this.state.listSeq = m.list_seq;
    this.state.setList(m.list);
    this.state.team = m.team;
    for (const id of this.state.pending.keys()) this.transmit(id);
    if (!this.chosen && location.hash.length > 1) this.choose(decodeURIComponent(location.hash.slice(1)));
    else if (this.chosen) this.openAll();
    this.draw();
  }

  again() {
    this.line.send(this.line.hello());
  }

  changed(m) {
    this.state.take(m);
    const row = this.state.rows.get(m.thread);
    if (row && row.customer === this.chosen) {
      this.openAll();
      this.side.refresh(m.thread);
      if (m.type === "message" && m.author === "shopper") $("typing").hidden = true;
    }
    this.draw();
  }

  history(m) {
    const { scroller } = this.timeline;
    const below = scroller.scrollHeight - scroller.scrollTop;
    this.state.history(m);
    this.draw();
    if (m.is_older) scroller.scrollTop = scroller.scrollHeight - below;
    if (m.is_older && this.wanted && this.wanted.thread === m.thread) requestAnimationFrame(() => this.lookFor(this.wanted.thread, this.wanted.seq));
  }

  beat(m) {
    const mine = this.state.heads();
    const behind = Object.entries(m.heads).some(([id, head]) => id in mine && head > mine[id]);
    if (behind || m.list_seq > this.state.listSeq) this.again();
  }

  accepted(m) {
    const waiting = this.state.pending.get(m.client_id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    if (waiting.kind !== "message.send" && waiting.kind !== "card.send") this.state.pending.delete(m.client_id);
    else waiting.waits = "accepted";
    if (waiting.kind === "offer.accept") this.choose(this.state.rows.get(m.thread)?.customer);
    this.draw();
  }

  refused(m) {
    const waiting = this.state.pending.get(m.client_id);
    if (waiting && waiting.text) {
      clearTimeout(waiting.timer);
      Object.assign(waiting, { waits: "failed", why: m.detail });
      this.draw();
    } else {
      this.state.pending.delete(m.client_id);
      this.toast(m.detail);
      if (waiting && waiting.kind === "cart.set") this.side.refresh(waiting.thread);
      this.draw();
    }
  }

  showTyping(thread) {
    const row = this.state.rows.get(thread);
    if (!row || row.customer !== this.chosen) return;
    const line = $("typing");
    line.textContent = `${plain(row.name) || this.words.shopper} ${this.words.typing}…`;
    line.hidden = false;
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => (line.hidden = true), 5000);
  }

  lineState(state, code) {
    const el = $("line");
    el.dataset.state = state;
    el.lastChild.textContent = { open: this.words.live, lost: this.words.reconnecting, offline: this.words.offline, refused: this.words.signedOut }[state] || "";
    if (state === "refused" && code === 4401 && this.lock) this.lock.now();
    else if (state === "refused" && code === 4401) {
      el.append(" ", Object.assign(anchor("/accounts/login/?next=/console/", this.words.signIn), { target: "_self" }));
      $("console").inert = true; // what is on the screen may not be theirs any more
      $("timeline").replaceChildren();
      $("queue").replaceChildren(h("p", { class: "empty-list", text: this.words.signedOut }));
    }
  }

  // --- what the person does ---

  choose(customer, focus) {
    if (!customer) return;
    this.chosen = customer;
    this.via = "";
    this.timeline.owner = "";
    this.quoted = null;
    history.replaceState(null, "", `#${encodeURIComponent(customer)}`);
    document.body.classList.add("in-thread");
    this.openAll();
    const row = this.current();
    if (row) this.side.refresh(row.id);
    this.draw();
    const button = focus && $("queue").querySelector(`[data-customer="${CSS.escape(customer)}"]`);
    if (button) button.scrollIntoView({ block: "nearest" }), button.focus();
  }

  leave() {
    document.body.classList.remove("in-thread");
    this.chosen = "";
    history.replaceState(null, "", location.pathname);
    this.draw();
  }

  rows() {
    const any = [...this.state.rows.values()].find((row) => row.customer === this.chosen);
    return any ? this.state.siblings(any.id) : [];
  }

  current() {
    const rows = this.rows();
    return rows.find((row) => row.id === this.via) || rows[0];
  }

  openAll() {
    for (const row of this.rows()) {
      const open = this.state.thread(row.id);
      if (!open.asked && this.line && this.line.send({ type: "open", thread: row.id })) open.asked = true;
    }
  }

  askOlder() {
    for (const row of this.rows()) {
      const open = this.state.thread(row.id);
      if (open.hasMore) this.line.send({ type: "older", thread: row.id, before_seq: Math.min(...open.messages.keys()) });
    }
  }

  write(mode, text) {
    const row = this.current();
    if (!row) return;
    this.queueUp(mode === "note" ? { kind: "note.add", text } : { kind: "message.send", text, quote: this.quotedIn(row) }, row.id);
    if (mode !== "note") this.unquote();
  }

  sendFiles(text) {
    const row = this.current();
    const key = this.chosen;
    if (row) this.files.send({ thread: row.id, text, quote: this.quotedIn(row), said: () => (this.answer.said(key, text), key === this.chosen && this.unquote()) });
    this.answer.paint();
  }

  /** An answer to one of the shopper's messages, on the channel it came by. */
  quote(thread, message) {
    this.via = thread;
    this.quoted = { thread, seq: message.seq, text: plain(message.text) };
    this.answer.form.querySelector("input[value=answer]").checked = true;
    this.draw();
    this.answer.field.focus();
  }

  /** Whether there was a quote to let go of. */
  unquote() {
    const had = Boolean(this.quoted);
    this.quoted = null;
    if (had) this.draw();
    return had;
  }

  quotedIn(row) {
    return this.quoted && this.quoted.thread === row.id ? this.quoted.seq : undefined;
  }

  /** What is quoted may stand further up than what was read: page by page until it is there. */
  lookFor(thread, seq) {
    this.wanted = null;
    if (this.timeline.jump(thread, seq)) return;
    const open = this.state.thread(thread);
    if (!open.hasMore || !this.line.send({ type: "older", thread, before_seq: Math.min(...open.messages.keys()) })) return;
    this.wanted = { thread, seq };
  }

  sendCard(product) {
    const row = this.current();
    if (!row) return this.toast(this.words.pickOne);
    document.body.classList.remove("side-open");
    return this.queueUp({ kind: "card.send", text: product.title, product: product.id }, row.id);
  }

  /** So many of a thing in the shopper's cart, where `seen` are in view; they are told in the thread. */
  setCart(variant, quantity, seen) {
    const row = this.current();
    if (!row) return this.toast(this.words.pickOne);
    return this.queueUp({ kind: "cart.set", variant, quantity, seen }, row.id);
  }

  /** A shopper stands here and shows six digits: their thread and their cart, beside them. */
  openByCode(event) {
    event.preventDefault();
    const code = new FormData(event.target).get("code");
    if (code.trim()) this.line.send({ type: "store.code", client_id: uuid(), code });
  }

  opened(m) {
    for (const row of m.rows) this.state.rows.set(row.id, row);
    $("store-code").reset();
    this.choose(m.rows[0].customer);
    document.body.classList.add("side-open"); // the cart is what they came with
  }

  act(kind) {
    const row = this.current();
    if (row) this.queueUp({ kind, seen: row.owner === "bot" ? null : row.owner_user }, row.id);
  }

  queueUp(what, thread) {
    const id = uuid();
    this.state.pending.set(id, { ...what, thread, at: new Date().toISOString(), waits: "sending" });
    this.transmit(id);
  }

  transmit(id) {
    const p = this.state.pending.get(id);
    if (!p) return;
    clearTimeout(p.timer);
    Object.assign(p, { waits: "sending", why: "" });
    const sent = this.line.send({ type: p.kind, client_id: id, thread: p.thread, text: p.text, product: p.product, note: p.note, variant: p.variant, quantity: p.quantity, seen: p.seen, offer: p.offer, reason: p.reason, quote: p.quote });
    if (sent) p.timer = setTimeout(() => this.state.pending.has(id) && p.waits === "sending" && (Object.assign(p, { waits: "failed", why: this.words.kept }), this.draw()), ANSWER_WAIT);
    this.draw();
  }

  handBack() {
    const row = this.current();
    const field = document.getElementById("ask-note");
    const note = field.value.trim();
    field.value = "";
    if (row) this.soon(this.words.givingBack, () => this.queueUp({ kind: "hand_back", note }, row.id));
  }

  /** Done in eight seconds unless taken back; leaving the page does it at once. */
  soon(words, act) {
    if (this.later) this.later.now();
    let left = UNDO;
    const label = h("span", { text: fill(words, { n: left }) });
    const box = h("div", { class: "toast" }, label, h("button", { type: "button", class: "button small", text: this.words.undo, onclick: () => stop(false) }));
    const timer = setInterval(() => ((left -= 1), (label.textContent = fill(words, { n: left })), left <= 0 && stop(true)), 1000);
    const stop = (go) => {
      clearInterval(timer);
      box.remove();
      this.later = null;
      if (go) act();
    };
    this.later = { now: () => stop(true) };
    $("toasts").append(box);
  }

  toast(words) {
    const box = h("div", { class: "toast", text: words });
    $("toasts").append(box);
    setTimeout(() => box.remove(), 6000);
  }

  typing() {
    const row = this.current();
    if (!row || Date.now() - (this.typed || 0) < 3000) return;
    this.typed = Date.now();
    this.line.send({ type: "typing", thread: row.id });
  }

  // --- what is on the screen ---

  draw() {
    if (this.drawing) return;
    this.drawing = true; // a burst of packets is one picture
    requestAnimationFrame(() => {
      this.drawing = false;
      this.paint();
    });
  }

  paint() {
    this.duty.paint(this.state.team);
    this.incoming.paint([...this.state.rows.values()]);
    this.queue.paint(this.state.people(), this.chosen);
    const waiting = this.state.people().filter((p) => p.waiting_since).length;
    document.title = `${waiting ? `(${waiting}) ` : ""}${document.title.replace(/^\(\d+\) /, "")}`;
    const row = this.current();
    $("empty").hidden = Boolean(row);
    $("thread").hidden = !row;
    if (!row) return;
    const rows = this.rows();
    const name = plain(rows.map((r) => r.name).find(Boolean)) || this.words.shopper;
    const asks = rows.map((r) => r.waiting_since).filter(Boolean).sort()[0];
    $("name").textContent = name;
    $("facts").textContent = [...new Set(rows.map((r) => CHANNELS[r.channel] || r.channel)), row.language, asks && `${this.words.waiting}, ${this.queue.ago(asks)}`].filter(Boolean).join(" · ");
    this.timeline.shopper = name;
    this.timeline.paint(this.chosen, rows, this.state);
    $("older").hidden = !rows.some((r) => this.state.thread(r.id).hasMore);
    this.baton(row);
    this.ways(rows, row);
  }

  baton(row) {
    const mine = row.owner_user === this.user.id && row.owner !== "bot";
    const other = row.owner !== "bot" && !mine;
    const baton = $("baton");
    baton.dataset.holder = mine ? "mine" : row.owner === "bot" ? "bot" : "other";
    baton.textContent = mine ? this.words.holdsYou : other ? fill(this.words.holdsOther, { name: row.owner_name || this.words.shop }) : this.words.holdsBot;
    $("take").hidden = mine;
    $("hand-back").hidden = !mine;
    const closed = Boolean(row.window_closes_at) && new Date(row.window_closes_at) < new Date();
    const hint = mine ? this.words.write : other ? fill(this.words.writeTakesOther, { name: row.owner_name }) : this.words.writeTakes;
    this.files.turnTo(this.chosen);
    if (this.channelShown !== row.channel) (this.channelShown = row.channel), this.files.isSending || this.files.paint();
    const quoted = this.quotedIn(row) ? this.quoted : null;
    $("quote").hidden = !quoted;
    if (quoted) $("quote-words").textContent = quoted.text || this.words.attachment;
    this.answer.turnTo(this.chosen, { hint, closed });
    $("window").textContent = closed ? this.words.windowClosed : row.window_closes_at ? fill(this.words.windowLeft, { time: this.until(row.window_closes_at) }) : "";
    $("window").classList.toggle("closed", closed);
  }

  until(iso) {
    const minutes = Math.max(0, Math.floor((new Date(iso) - Date.now()) / 60000));
    return minutes < 60 ? fill(this.words.minutes, { n: minutes }) : fill(this.words.hours, { n: Math.floor(minutes / 60) });
  }

  /** On which of their channels the answer goes out. */
  ways(rows, row) {
    const via = $("via");
    via.hidden = rows.length < 2;
    const print = rows.map((r) => r.id).join() + row.id;
    if (via.print === print) return;
    via.print = print;
    via.replaceChildren(...rows.map((r) => h("option", { value: r.id, text: CHANNELS[r.channel] || r.channel })));
    via.value = row.id;
  }
}

window.chatshopConsole = new Console(pageData("console-data"));
