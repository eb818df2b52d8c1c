// The shopper's chat: one thread, one line to the shop. The database is the truth; the line only hurries.
import { fill, h, pageData, uuid } from "../shared/dom.js";
import { plain } from "../shared/links.js";
import { Line } from "../shared/socket.js";
import { Attach, kindOf, ownFile, transfer } from "./attach.js";
import { Composer } from "./composer.js";
import { Contents } from "./contents.js";
import { Store } from "./store.js";
import { Thread } from "./thread.js";

const TYPING_SHOWN = 8000;
const ANSWER_WAIT = 10000; // a send without an answer for so long is tried again, then said to have failed

export class Chat {
  constructor(page) {
    Object.assign(this, page);
    this.store = new Store(page.merchant);
    this.root = document.querySelector(".chat");
    this.banner = document.querySelector("[data-banner]");
    this.dots = document.querySelector("[data-typing]");
    this.say = document.querySelector("[data-say]");
    const scroller = document.querySelector("[data-scroller]");
    const contents = new Contents({ words: page.words, publicUrl: page.publicUrl, locale: page.locale, pick: (c, b) => this.pick(c, b), view: (src, alt) => this.view(src, alt), share: (b, n) => this.share(b, n), files: `/chat/${page.merchant}/attachments/`, load: (url) => ownFile(url, this.session) });
    this.thread = new Thread({ list: document.querySelector("[data-list]"), scroller, words: page.words, locale: page.locale, names: page.names, contents, retry: (m) => this.transmit(m) });
    this.composer = new Composer({
      form: document.querySelector("[data-composer]"), field: document.querySelector("[data-composer] textarea"), store: this.store, limit: page.limit,
      send: (text, chosen) => (chosen ? this.writeFile(text, chosen) : this.write({ type: "message.send", text }, { kind: "text", text })),
      attach: (parts) => new Attach({ ...parts, page: this.root, words: page.words, most: page.largestFile }), typing: () => this.typing(), resized: () => this.thread.following && this.thread.toEnd(),
    });
    this.identify = this.identity();
    this.known = page.messages.length > 0; // framed pages share no cookie with us: there our own storage knows
    this.session = this.known ? page.session : this.store.get("session", null) || page.session;
    this.previews = new Map(); // client_id → the files as this page has them
    this.unread = 0;
    this.caught = 0;
    this.read = 0;
    for (const message of page.messages) this.thread.add(message);
    for (const waiting of this.store.get("outbox", [])) this.thread.pending.set(waiting.client_id, { ...waiting, waits: "sending" });
    this.older = page.messages.length > 0 && this.thread.from > 1;
    this.wire(scroller);
    this.presence = document.querySelector("[data-presence]");
    this.alone = this.presence.textContent; // what the header says while the assistant answers
    this.handsOf(page.hands);
    this.draw(true);
    this.line = new Line(`/ws/chat/${page.merchant}/`, { hello: () => this.hello(), on: (m) => this.hear(m), state: (s) => this.lineState(s) });
  }

  wire(scroller) {
    for (const starter of document.querySelectorAll("[data-starter]")) starter.addEventListener("click", () => this.write({ type: "message.send", text: starter.textContent.trim() }, { kind: "text", text: starter.textContent.trim() }));
    document.querySelector("[data-human]").addEventListener("click", () => this.write({ type: "message.send", text: this.words.human }, { kind: "text", text: this.words.human }));
    const jump = document.querySelector("[data-jump]");
    jump.addEventListener("click", () => this.thread.toEnd(true));
    scroller.addEventListener("scroll", () => {
      jump.hidden = this.thread.atEnd();
      if (scroller.scrollTop < 80 && this.older && !this.asking) this.askOlder();
      this.seen();
    }, { passive: true });
    document.addEventListener("visibilitychange", () => this.seen());
    document.querySelector("[data-language]").addEventListener("change", (event) => {
      const url = new URL(location.href);
      url.searchParams.set("lang", event.target.value);
      location.replace(url);
    });
    const box = document.querySelector("[data-lightbox]");
    box.addEventListener("click", () => box.close());
    if (parent !== window) {
      const close = document.querySelector("[data-close]");
      close.hidden = false;
      close.addEventListener("click", () => this.tell("close"));
      addEventListener("keydown", (event) => event.key === "Escape" && !box.open && this.tell("close"));
      this.tell("here");
    }
  }

  tell(what, extra) {
    if (parent !== window) parent.postMessage({ chatshop: what, ...extra }, "*"); // no secret in it: open, close, a count
  }

  /** Who the shop's own page says is here; the shop signed it, the server checks. */
  identity() {
    const given = new URLSearchParams(location.hash.slice(1));
    return given.has("id") ? { id: given.get("id"), hash: given.get("hash") || "", name: given.get("name") || "" } : null;
  }

  hello() {
    const head = this.thread.head;
    return {
      type: "hello", session: this.session, last_seq: this.known ? head : null, language: this.language,
      ...(this.entry ? { entry: this.entry } : {}), ...(this.identify ? { identify: this.identify } : {}),
    };
  }

  hear(m) {
    if (m.type === "ready") this.ready(m);
    else if (m.type === "message") this.arrived(m);
    else if (m.type === "accepted") this.accepted(m.client_id);
    else if (m.type === "history") this.history(m);
    else if (m.type === "typing") this.showTyping();
    else if (m.type === "state") this.stateOf(m);
    else if (m.type === "hands") this.changedHands(m);
    else if (m.type === "heartbeat") this.beat(m.head_seq);
    else if (m.type === "error") this.refused(m);
  }

  ready(m) {
    if (m.session !== this.session && this.session && this.thread.items.size && m.is_new) this.thread.items.clear();
    this.session = m.session;
    this.known = true;
    this.caught = m.head_seq;
    this.entry = "";
    this.store.set("session", m.session);
    this.older = this.older || Boolean(m.has_more);
    for (const waiting of this.thread.pending.values()) if (!waiting.file) this.transmit(waiting);
    this.draw();
  }

  arrived(m) {
    const end = this.thread.following;
    const own = this.previews.get(m.client_id);
    if (own && m.content.files && m.content.files.every((file) => file.state === "waiting" || file.state === "kept")) m.content.files = own;
    if (!this.thread.add(m)) return this.draw();
    this.keep();
    if (m.author !== "shopper") {
      this.dots.hidden = true;
      this.composer.expect(m.content && m.content.kind === "request" ? m.content.what : "");
      this.say.textContent = `${this.thread.who(m).name}: ${m.text || m.content.text || m.content.label || ""}`;
    }
    this.draw();
    if (end || m.author === "shopper") this.thread.toEnd(true);
    this.seen();
    return undefined;
  }

  history(m) {
    const { scroller } = this.thread;
    const below = scroller.scrollHeight - scroller.scrollTop;
    this.asking = false;
    this.older = m.has_more;
    for (const message of m.messages) this.thread.add(message);
    this.draw();
    scroller.scrollTop = scroller.scrollHeight - below;
  }

  askOlder() {
    this.asking = this.line.send({ type: "history", before_seq: this.thread.from });
  }

  stateOf(m) {
    const message = this.thread.items.get(m.seq);
    if (message) message.state = m.state;
  }

  /** Who answers: the header says it, and the thread shows who came when. */
  handsOf(hands) {
    const person = hands ? hands.person : null;
    const has = typeof person === "string";
    Object.assign(this.thread, { joined: hands ? hands.joined : [], hasPerson: has });
    this.presence.textContent = has ? fill(this.words.answersYou, { name: plain(person) || this.words.somebody }) : this.alone;
    this.root.classList.toggle("with-person", has);
    document.querySelector("[data-human]").hidden = has;
  }

  changedHands(hands) {
    const before = this.thread.joined.length;
    const end = this.thread.following;
    this.handsOf(hands);
    for (const { name } of hands.joined.slice(before)) this.say.textContent = this.thread.joinedWords(name);
    this.draw();
    if (end) this.thread.toEnd(true);
  }

  beat(head) {
    if (head <= Math.max(this.thread.head, this.caught)) return;
    this.caught = head;
    this.line.send(this.hello()); // something passed us by: ask again from where we are
  }

  refused(m) {
    if (!m.client_id) return;
    const waiting = this.thread.pending.get(m.client_id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    Object.assign(waiting, { waits: "failed", why: m.detail || "" });
    this.draw();
  }

  pick(choice, button) {
    if (button.getAttribute("aria-disabled") === "true" || !choice.token) return;
    this.thread.chosen(choice.token);
    this.write({ type: "choice.send", payload: choice.token, label: choice.label }, { kind: "text", text: choice.label });
  }

  /** As exact as a house, and no more: it is asked for once, used for the answer, and never watched. */
  share(button, note) {
    const say = (words) => Object.assign(note, { hidden: !words, textContent: words });
    const refuse = () => (say(this.words.noLocation), (button.disabled = false));
    if (!navigator.geolocation) return refuse();
    button.disabled = true;
    say(this.words.locating);
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const [latitude, longitude] = [coords.latitude, coords.longitude].map((degrees) => Math.round(degrees * 1e4) / 1e4);
      say("");
      this.write({ type: "location.send", latitude, longitude }, { kind: "location" });
    }, refuse, { timeout: 10000, maximumAge: 60000 });
    return undefined;
  }

  write(wire, content) {
    const waiting = { client_id: uuid(), author: "shopper", content, wire, at: new Date().toISOString(), waits: "sending" };
    this.thread.pending.set(waiting.client_id, waiting);
    this.transmit(waiting);
    this.thread.toEnd(true);
  }

  /** A file goes by a call of its own; what comes back of it comes down the line like everything else. */
  writeFile(text, { file, url }) {
    const kind = kindOf(file);
    const content = { kind, text, files: [{ kind, name: file.name, type: file.type, size: file.size, state: "kept", src: url }] };
    const waiting = { client_id: uuid(), author: "shopper", content, file, at: new Date().toISOString(), waits: "sending" };
    this.thread.pending.set(waiting.client_id, waiting);
    this.transmit(waiting);
    this.thread.toEnd(true);
  }

  async upload(waiting) {
    const progress = (share) => {
      const bar = document.querySelector(`[data-client="${waiting.client_id}"] progress`);
      if (bar) bar.value = share;
    };
    waiting.content = { ...waiting.content, share: 0 };
    this.previews.set(waiting.client_id, waiting.content.files); // the line may be quicker than the answer to this call
    this.draw();
    const { why, isFinal } = await transfer(waiting, { merchant: this.merchant, session: this.session, language: this.language, words: this.words, progress });
    waiting.content = { ...waiting.content, share: 1 };
    if (why) Object.assign(waiting, { waits: "failed", why, isFinal });
    else {
      waiting.waits = "sent";
      this.line.send(this.hello()); // a first word of theirs has made the thread only now
    }
    this.draw();
  }

  transmit(waiting) {
    clearTimeout(waiting.timer);
    Object.assign(waiting, { waits: "sending", why: "" });
    if (waiting.file) return void this.upload(waiting);
    const sent = this.line && this.line.send({ ...waiting.wire, client_id: waiting.client_id });
    if (sent) waiting.timer = setTimeout(() => this.unanswered(waiting), ANSWER_WAIT);
    this.keep();
    this.draw();
  }

  unanswered(waiting) {
    if (!this.thread.pending.has(waiting.client_id) || waiting.waits === "sent") return;
    Object.assign(waiting, { waits: "failed", why: this.words.notConnected });
    this.draw();
  }

  accepted(clientId) {
    const waiting = this.thread.pending.get(clientId);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    waiting.waits = "sent";
    this.keep();
    this.draw();
  }

  keep() {
    const left = [...this.thread.pending.values()].filter((w) => w.waits !== "sent" && !w.file);
    this.store.set("outbox", left.map(({ client_id, author, content, wire, at }) => ({ client_id, author, content, wire, at })));
  }

  typing() {
    if (Date.now() - (this.typed || 0) < 3000) return;
    this.typed = Date.now();
    this.line.send({ type: "typing" });
  }

  showTyping() {
    const end = this.thread.following;
    this.dots.hidden = false;
    clearTimeout(this.dotsTimer);
    this.dotsTimer = setTimeout(() => (this.dots.hidden = true), TYPING_SHOWN);
    if (end) this.thread.toEnd(true);
  }

  /** Receipts: delivered when it is here, read when it is looked at. */
  seen() {
    const head = this.thread.head;
    const looking = !document.hidden && this.root.clientHeight > 0;
    const state = looking ? "read" : "delivered";
    const mark = head * 2 + (looking ? 1 : 0);
    if (head && mark > this.read && this.line && this.line.send({ type: "receipt", seq: head, state })) this.read = mark;
    const unread = looking ? 0 : [...this.thread.items.values()].filter((m) => m.author !== "shopper" && m.seq * 2 + 1 > this.read).length;
    if (unread !== this.unread) this.tell("unread", { count: unread });
    this.unread = unread;
  }

  lineState(state) {
    this.banner.hidden = state === "open";
    clearTimeout(this.bannerTimer);
    const words = { lost: this.words.reconnecting, offline: this.words.offline, refused: this.words.closed }[state] || "";
    if (state === "lost" && !this.wasLost) {
      this.banner.hidden = true; // a short cut is nobody's business
      this.bannerTimer = setTimeout(() => (this.banner.hidden = this.line.isOpen), 1500);
    }
    this.wasLost = state === "lost";
    this.banner.textContent = words;
    this.root.dataset.line = state;
  }

  view(src, alt) {
    const box = document.querySelector("[data-lightbox]");
    box.replaceChildren(h("img", { src, alt }), h("p", { class: "small", text: alt }));
    box.showModal();
  }

  draw(first) {
    document.querySelector("[data-welcome]").hidden = this.thread.items.size + this.thread.pending.size > 0;
    document.querySelector("[data-older]").hidden = !this.older;
    this.thread.paint();
    if (first) this.thread.toEnd();
  }
}

new Chat(pageData("chat-data"));
