// The phones, drawn from one shape of thread. The server knows the truth; this page asks for what changed.
"use strict";

const EVERY_MS = 1000;
const SLOW_MS = 4000;
const gallery = document.querySelector("main.gallery");
const TYPING_EVERY_MS = 5000;
const HOLD_MS = 500;
const HEARD = /\.(ogg|m4a|mp3|wav|webm)$/i; // what a browser plays; a phone's own AMR it does not
const { profiles, words, sorts, typing, reactions } = JSON.parse(document.getElementById("phones-data").textContent);
const TICKS = { sending: "…", accepted: "✓", sent: "✓", delivered: "✓✓", read: "✓✓", failed: words.failed };
const stale = document.querySelector("[data-stale]");

const memory = {
  read(name, otherwise) {
    try { return localStorage.getItem(`sandbox.${name}`) ?? otherwise; } catch { return otherwise; }
  },
  write(name, value) {
    try { localStorage.setItem(`sandbox.${name}`, value); } catch { /* private windows keep nothing */ }
  },
};

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

function say(name, blanks = {}) {
  return words[name].replace(/\{(\w+)\}/g, (whole, key) => blanks[key] ?? whole);
}

const STYLE_TAGS = { b: "strong", i: "em", s: "s", c: "code" };

function runs(list) {
  return (list || []).map((run) => {
    let node = document.createTextNode(run.t);
    if (run.s) node = el(STYLE_TAGS[run.s], {}, node);
    if (run.h) node = el("a", { href: run.h, target: "_blank", rel: "noopener" }, node);
    return node;
  });
}

function plainOf(message) {
  return (message.text || []).map((run) => run.t).join("");
}

function briefOf(message) {
  const text = [message.header, plainOf(message)].filter(Boolean).join(" ").replace(/\s+/g, " ") || message.media?.name || words.shopPicture;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function formOf(order, file) {
  const form = new FormData();
  form.append("order", order);
  form.append("file", file);
  return form;
}

class Phone {
  constructor(section, desk) {
    this.section = section;
    this.desk = desk;
    this.key = section.dataset.phone;
    this.kind = section.dataset.kind;
    this.thread = section.querySelector("[data-thread]");
    this.draft = section.querySelector("[data-draft]");
    this.hello = section.querySelector("[data-hello]");
    this.sheet = section.querySelector("[data-sheet]");
    this.block = section.querySelector("[data-block]");
    this.own = section.querySelector("[data-own]");
    this.about = section.querySelector("[data-about]");
    this.bubbles = new Map();
    this.isBlocked = false;
    this.subject = null; // {do: "quote" | "edit", message}: what the next words are about
    this.typedAt = 0;
    const form = section.querySelector("[data-composer]");
    form.addEventListener("submit", (event) => { event.preventDefault(); this.say(); });
    this.draft.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.say(); }
    });
    this.draft.addEventListener("input", () => { this.grow(); memory.write(`draft.${this.key}`, this.draft.value); this.tellTyping(); });
    section.querySelector("[data-attach]")?.addEventListener("click", () => this.openAttach());
    this.own?.addEventListener("change", () => this.sendOwn());
    section.querySelector("[data-about-close]").addEventListener("click", () => { this.setSubject(null); this.draft.focus(); });
    this.draft.value = memory.read(`draft.${this.key}`, "");
    this.grow();
    this.block?.addEventListener("click", () => this.desk.act(this, { do: this.isBlocked ? "unblock" : "block" }));
    this.section.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (this.sheet.hidden) this.setSubject(null);
      else this.closeSheet();
    });
    this.sheet.addEventListener("keydown", (event) => this.keepFocus(event));
  }

  grow() {
    this.draft.style.blockSize = "auto";
    this.draft.style.blockSize = `${Math.min(this.draft.scrollHeight + 2, 116)}px`;
  }

  clear() {
    this.bubbles.clear();
    this.thread.replaceChildren();
    this.closeSheet();
    this.setSubject(null);
    this.greet();
  }

  greet() {
    const words = this.desk.profile.hello;
    this.hello.replaceChildren(
      ...(this.bubbles.size ? [] : words.map((word) => el("button", { type: "button", class: "hello-word", onclick: () => this.desk.act(this, { do: "say", text: word }) }, word))),
    );
  }

  async say() {
    const text = this.draft.value.trim();
    if (!text) return;
    const subject = this.subject;
    const order = subject?.do === "edit" ? { do: "edit", bubble: subject.message.id, text } : { do: "say", text, ...this.quoting() };
    this.draft.value = "";
    memory.write(`draft.${this.key}`, "");
    this.setSubject(null);
    this.grow();
    const went = await this.desk.act(this, order);
    if (!went && !this.draft.value) { this.draft.value = text; this.setSubject(subject); this.grow(); }
  }

  quoting() {
    return this.subject?.do === "quote" ? { quotes: this.subject.message.id } : {};
  }

  // Words wait in the field while another message is changed, and come back after it.
  setSubject(subject) {
    if (this.subject?.do === "edit" && subject?.do !== "edit") { this.draft.value = this.waiting || ""; this.waiting = ""; }
    if (subject?.do === "edit" && this.subject?.do !== "edit") this.waiting = this.draft.value;
    this.subject = subject;
    this.about.hidden = !subject;
    if (subject?.do === "edit") this.draft.value = plainOf(subject.message);
    if (subject) {
      this.about.querySelector("[data-about-words]").textContent = say(subject.do === "edit" ? "editing" : "answering", { text: briefOf(subject.message) });
      this.draft.focus();
    }
    this.grow();
  }

  tellTyping() {
    if (!typing.includes(this.key) || !this.draft.value || Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    this.typedAt = Date.now();
    this.desk.act(this, { do: "typing" }, true);
  }

  openAttach() {
    const send = (order) => { this.closeSheet(); this.sendWith(order); };
    const own = () => { this.closeSheet(); this.own.click(); };
    const hasFiles = sorts[this.key].some((sort) => ["image", "audio", "video", "file"].includes(sort));
    this.showSheet(words.attach, [
      ...sorts[this.key].map((sort) => el("button", { type: "button", class: `sheet-row sort-${sort}`, onclick: () => send({ sort }) }, el("span", {}, words[sort]))),
      hasFiles ? el("button", { type: "button", class: "sheet-row", onclick: own }, el("span", {}, words.own)) : null,
    ]);
  }

  async sendOwn() {
    const [file] = this.own.files;
    this.own.value = "";
    if (file) await this.sendWith({}, file);
  }

  /** The words in the field go along as a caption; what was written while it left stays. */
  async sendWith(order, file) {
    const written = this.draft.value;
    const went = await this.desk.act(this, { do: "send", caption: written.trim(), ...this.quoting(), ...order }, false, file);
    if (!went || this.draft.value !== written) return;
    this.draft.value = "";
    memory.write(`draft.${this.key}`, "");
    this.setSubject(null);
    this.grow();
  }

  openMenu(message) {
    const done = (order) => { this.closeSheet(); this.desk.act(this, { bubble: message.id, ...order }); };
    const begin = (what) => { this.closeSheet(); this.setSubject({ do: what, message }); };
    const emojis = message.can.includes("react")
      ? el("div", { class: "emojis" }, ...reactions.map((emoji) =>
          el("button", { type: "button", class: "emoji", "aria-pressed": String(emoji === message.reacted), "aria-label": say(emoji === message.reacted ? "unreact" : "react", { emoji }), onclick: () => done({ do: "react", emoji }) }, emoji)))
      : null;
    const acts = ["quote", "edit", "delete"].filter((name) => message.can.includes(name));
    this.showSheet(words.menu, [
      emojis,
      ...acts.map((name) => el("button", { type: "button", class: `sheet-row does-${name}`, onclick: () => (name === "delete" ? done({ do: "delete" }) : begin(name)) }, el("span", {}, words[name]))),
    ]);
  }

  update(thread) {
    const wasAtEnd = this.thread.scrollHeight - this.thread.scrollTop - this.thread.clientHeight < 80;
    for (const message of thread.messages) this.draw(message);
    if (thread.messages.length) this.greet();
    this.showTyping(thread.typing);
    if (this.block) {
      this.isBlocked = thread.opted_out;
      this.block.textContent = thread.opted_out ? words.unblock : words.block;
      this.section.classList.toggle("is-blocked", thread.opted_out);
    }
    if (thread.messages.length && wasAtEnd) this.toEnd();
    if (thread.messages.some((one) => one.from === "shop" && one.state === "delivered") && this.isSeen()) {
      this.desk.act(this, { do: "read" }, true);
    }
  }

  isSeen() {
    return document.visibilityState === "visible" && this.section.offsetParent !== null;
  }

  toEnd() {
    this.thread.scrollTop = this.thread.scrollHeight;
  }

  showTyping(isTyping) {
    this.typing?.remove();
    this.typing = isTyping ? el("p", { class: "typing small muted" }, words.typing) : null;
    if (this.typing) { this.thread.append(this.typing); }
  }

  draw(message) {
    const old = this.bubbles.get(message.id);
    const node = this.bubble(message);
    if (old) this.replace(old, node);
    else this.thread.append(node);
    this.bubbles.set(message.id, node);
    for (const image of node.querySelectorAll("img")) {
      image.addEventListener("load", () => this.toEnd(), { once: true });
      image.addEventListener("error", () => image.replaceWith(el("p", { class: "small muted" }, words.noPicture)), { once: true });
    }
  }

  // What plays goes on playing, and whoever stood on the message's menu stands there still.
  replace(old, node) {
    const was = old.querySelector("audio, video"), is = node.querySelector("audio, video");
    if (was && is && was.getAttribute("src") === is.getAttribute("src")) is.replaceWith(was);
    const hadFocus = old.contains(document.activeElement) && document.activeElement.matches(".more");
    old.replaceWith(node);
    if (hadFocus) node.querySelector(".more")?.focus();
    if (old.contains(this.opener)) this.opener = node.querySelector(".more");
  }

  bubble(message) {
    if (message.from === "platform" || message.note) {
      return el("p", { class: "platform-note small" }, ...(message.note ? [message.note] : runs(message.text)));
    }
    const at = new Date(message.at * 1000);
    const clock = at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    const foot = el(
      "span",
      { class: "foot" },
      message.detail ? el("span", {}, message.detail) : null,
      message.edited ? el("span", {}, words.edited) : null,
      el("time", { datetime: at.toISOString() }, clock),
      message.from === "me" ? el("span", { class: `ticks is-${message.state}`, title: words[message.state], "aria-label": words[message.state] }, TICKS[message.state] || "") : null,
    );
    const inner = el("div", { class: "bubble" }, ...this.media(message));
    if (message.quote) inner.prepend(el("p", { class: "bubble-quote" }, message.quote));
    if (message.header) inner.append(el("p", { class: "bubble-head" }, message.header));
    if (message.text?.length) inner.append(el("p", { class: "bubble-text" }, ...runs(message.text)));
    if (message.footer) inner.append(el("p", { class: "bubble-small" }, message.footer));
    inner.append(foot);
    if (message.reacted) inner.append(el("span", { class: "reacted", role: "img", "aria-label": say("reacted", { emoji: message.reacted }) }, message.reacted));
    if (message.can) this.addMenu(inner, message);
    const row = el("div", { class: `row from-${message.from}${message.tapped ? " is-tapped" : ""}${message.reacted ? " has-reaction" : ""}` }, inner);
    if (message.cards) row.append(this.cards(message));
    if (message.rows || message.list) row.append(this.keys(message));
    if (message.cards && !message.text?.length) inner.classList.add("is-bare");
    return row;
  }

  addMenu(inner, message) {
    const more = el("button", { type: "button", class: "more", "aria-haspopup": "dialog", "aria-label": say("more", { text: briefOf(message) }), onclick: () => this.openMenu(message) });
    inner.append(more);
    const open = () => { more.focus(); this.openMenu(message); };
    inner.addEventListener("contextmenu", (event) => {
      if (event.target.closest("a, audio, video") || !this.sheet.hidden) return;
      event.preventDefault();
      open();
    });
    let held = 0;
    inner.addEventListener("pointerdown", (event) => { if (event.pointerType === "touch" && !event.target.closest("a, button, audio, video")) held = setTimeout(open, HOLD_MS); });
    for (const end of ["pointerup", "pointercancel", "pointermove", "pointerleave"]) inner.addEventListener(end, () => clearTimeout(held));
  }

  cards(message) {
    const cards = message.cards.map((card) =>
      el("li", { class: "card" }, ...this.media(card), card.header ? el("p", { class: "bubble-head" }, card.header) : null, card.text?.length ? el("p", { class: "bubble-text" }, ...runs(card.text)) : null,
        el("div", { class: "keys" }, ...(card.rows || []).map((line) => el("div", { class: "key-row" }, ...line.map((key) => this.key_(message, key))))),
      ),
    );
    return el("ul", { class: "cards", tabindex: "0", "aria-label": words.cards }, ...cards);
  }

  media(message) {
    const shown = [];
    if (message.image) shown.push(el("img", { src: message.image, alt: words.shopPicture, loading: "lazy" }));
    if (message.album) shown.push(el("div", { class: "album" }, ...message.album.map((src, n) => el("img", { src, alt: say("picture", { n: n + 1 }), loading: "lazy" }))));
    if (message.media) shown.push(this.sent(message.media));
    if (message.file) shown.push(el("a", { class: "file", href: message.file.url || "#", target: "_blank", rel: "noopener" }, message.file.name));
    return shown;
  }

  sent(media) {
    if (media.sort === "image" || media.sort === "sticker") return el("img", { class: media.sort, src: media.url, alt: words[media.sort === "image" ? "yourPicture" : "yourSticker"] });
    if (media.sort === "video") return el("video", { src: media.url, controls: true, preload: "metadata", playsinline: true, "aria-label": words.yourVideo });
    if (media.sort === "audio" && HEARD.test(media.name)) return el("audio", { src: media.url, controls: true, preload: "metadata", "aria-label": words.yourVoice });
    return el("a", { class: "file", href: media.url, target: "_blank", rel: "noopener" }, media.name);
  }

  keys(message) {
    const keys = el("div", { class: "keys" });
    for (const line of message.rows || []) keys.append(el("div", { class: "key-row" }, ...line.map((key) => this.key_(message, key))));
    if (message.list) {
      keys.append(el("div", { class: "key-row" }, el("button", { type: "button", class: "key opens", "aria-haspopup": "dialog", onclick: () => this.openSheet(message) }, message.list.button)));
    }
    return keys;
  }

  key_(message, key) {
    if (key.url) return el("a", { class: "key link", href: key.url, target: "_blank", rel: "noopener" }, key.label);
    return el("button", { type: "button", class: "key", onclick: (event) => this.tap(message, key.value, event.currentTarget) }, key.label);
  }

  async tap(message, value, button) {
    if (button) button.classList.add("is-pressed");
    await this.desk.act(this, { do: "tap", bubble: message.id, value });
    if (button) setTimeout(() => button.classList.remove("is-pressed"), 400);
  }

  openSheet(message) {
    const choose = (row) => { this.closeSheet(); this.tap(message, row.value); };
    const sections = message.list.sections.map((section, n) =>
      el("div", { class: "sheet-section", role: "group", "aria-label": section.title || say("part", { n: n + 1 }) },
        section.title ? el("p", { class: "sheet-title" }, section.title) : null,
        ...section.rows.map((row) =>
          el("button", { type: "button", class: "sheet-row", onclick: () => choose(row) }, el("span", {}, row.label), row.detail ? el("span", { class: "small muted" }, row.detail) : null),
        ),
      ),
    );
    this.showSheet(message.list.button, sections, words.closeList);
  }

  showSheet(title, rows, closing = words.close) {
    this.opener = document.activeElement;
    const close = el("button", { type: "button", class: "sheet-close", "aria-label": closing, onclick: () => this.closeSheet() }, "×");
    this.sheet.replaceChildren(
      el("div", { class: "sheet-body", role: "dialog", "aria-modal": "true", "aria-label": title }, el("div", { class: "sheet-head" }, el("strong", {}, title), close), el("div", { class: "sheet-rows" }, ...rows.filter(Boolean))),
    );
    this.sheet.hidden = false;
    this.sheet.onclick = (event) => { if (event.target === this.sheet) this.closeSheet(); };
    close.focus();
  }

  keepFocus(event) {
    if (event.key !== "Tab") return;
    const stops = [...this.sheet.querySelectorAll("button")];
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }

  closeSheet() {
    if (this.sheet.hidden) return;
    this.sheet.hidden = true;
    this.sheet.replaceChildren();
    this.opener?.focus?.();
  }
}

class Desk {
  constructor() {
    this.phones = new Map();
    for (const section of gallery.querySelectorAll("[data-phone]")) {
      if (section.dataset.kind !== "webchat") this.phones.set(section.dataset.phone, null);
    }
    this.rev = 0;
    this.era = null;
    this.lives = JSON.parse(memory.read("lives", "{}"));
    this.profile = profiles.find((one) => one.key === memory.read("person", profiles[0].key)) || profiles[0];
    for (const key of this.phones.keys()) {
      this.phones.set(key, new Phone(gallery.querySelector(`[data-phone="${CSS.escape(key)}"]`), this));
    }
    for (const chip of document.querySelectorAll("[data-person]")) chip.addEventListener("click", () => this.become(chip.dataset.person));
    document.querySelector("[data-afresh]").addEventListener("click", () => {
      this.lives[this.profile.key] = ((this.lives[this.profile.key] || 0) + 1) % 100;
      memory.write("lives", JSON.stringify(this.lives));
      this.become(this.profile.key);
    });
    for (const tab of document.querySelectorAll("[data-tab]")) tab.addEventListener("click", () => this.show(tab.dataset.tab));
    document.addEventListener("visibilitychange", () => this.look());
    this.become(this.profile.key);
    const wanted = memory.read("tab", "");
    if (wanted && gallery.querySelector(`[data-phone="${CSS.escape(wanted)}"]`)) this.show(wanted);
    this.beat();
  }

  get person() {
    const life = this.lives[this.profile.key] || 0;
    return life ? `${this.profile.key}~${life}` : this.profile.key;
  }

  become(key) {
    this.profile = profiles.find((one) => one.key === key);
    memory.write("person", key);
    for (const chip of document.querySelectorAll("[data-person]")) chip.setAttribute("aria-pressed", String(chip.dataset.person === key));
    document.querySelector('[data-person][aria-pressed="true"]').scrollIntoView({ block: "nearest", inline: "center" });
    this.startOver();
    this.look();
  }

  startOver() {
    this.rev = 0;
    for (const phone of this.phones.values()) phone.clear();
  }

  show(key) {
    memory.write("tab", key);
    for (const section of gallery.querySelectorAll("[data-phone]")) section.classList.toggle("is-shown", section.dataset.phone === key);
    for (const tab of document.querySelectorAll("[data-tab]")) tab.setAttribute("aria-pressed", String(tab.dataset.tab === key));
    const phone = this.phones.get(key);
    if (phone) { phone.toEnd(); this.act(phone, { do: "read" }, true); }
  }

  async beat() {
    await this.look();
    setTimeout(() => this.beat(), document.visibilityState === "visible" ? EVERY_MS : SLOW_MS);
  }

  async look() {
    const asked = this.person;
    try {
      const answer = await fetch(`${gallery.dataset.state}?person=${encodeURIComponent(asked)}&rev=${this.rev}`);
      if (!answer.ok) throw new Error(String(answer.status));
      const state = await answer.json();
      if (asked !== this.person) return;
      stale.hidden = true;
      if (this.era !== null && this.era !== state.era) { this.era = state.era; this.startOver(); return; }
      this.era = state.era;
      this.rev = Math.max(this.rev, state.rev);
      for (const [key, thread] of Object.entries(state.phones)) this.phones.get(key)?.update(thread);
    } catch {
      stale.hidden = false;
    }
  }

  async act(phone, order, isQuiet = false, file = null) {
    try {
      const said = JSON.stringify({ person: this.person, phone: phone.key, ...order });
      const headers = { "X-CSRFToken": token(), ...(file ? {} : { "Content-Type": "application/json" }) };
      const answer = await fetch(gallery.dataset.act, { method: "POST", headers, body: file ? formOf(said, file) : said });
      if (!answer.ok && !isQuiet) phone.thread.append(el("p", { class: "platform-note small" }, (await answer.json()).error));
      if (!isQuiet) { await this.look(); phone.toEnd(); }
      return answer.ok;
    } catch {
      if (!isQuiet) stale.hidden = false;
      return false;
    }
  }
}

new Desk();
