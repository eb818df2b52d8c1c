// Four phones drawn from one shape of thread. The server knows the truth; this page asks for what changed.
"use strict";

const EVERY_MS = 1000;
const SLOW_MS = 4000;
const gallery = document.querySelector("main.gallery");
const { profiles, words } = JSON.parse(document.getElementById("phones-data").textContent);
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
    this.bubbles = new Map();
    this.isBlocked = false;
    const form = section.querySelector("[data-composer]");
    form.addEventListener("submit", (event) => { event.preventDefault(); this.say(); });
    this.draft.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.say(); }
    });
    this.draft.addEventListener("input", () => { this.grow(); memory.write(`draft.${this.key}`, this.draft.value); });
    this.draft.value = memory.read(`draft.${this.key}`, "");
    this.grow();
    this.block?.addEventListener("click", () => this.desk.act(this, { do: this.isBlocked ? "unblock" : "block" }));
    this.section.addEventListener("keydown", (event) => { if (event.key === "Escape") this.closeSheet(); });
  }

  grow() {
    this.draft.style.blockSize = "auto";
    this.draft.style.blockSize = `${Math.min(this.draft.scrollHeight + 2, 116)}px`;
  }

  clear() {
    this.bubbles.clear();
    this.thread.replaceChildren();
    this.closeSheet();
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
    this.draft.value = "";
    memory.write(`draft.${this.key}`, "");
    this.grow();
    const went = await this.desk.act(this, { do: "say", text });
    if (!went && !this.draft.value) { this.draft.value = text; this.grow(); }
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
    if (old) old.replaceWith(node);
    else this.thread.append(node);
    this.bubbles.set(message.id, node);
    for (const image of node.querySelectorAll("img")) {
      image.addEventListener("load", () => this.toEnd(), { once: true });
      image.addEventListener("error", () => image.replaceWith(el("p", { class: "small muted" }, words.noPicture)), { once: true });
    }
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
      el("time", { datetime: at.toISOString() }, clock),
      message.from === "me" ? el("span", { class: `ticks is-${message.state}`, title: words[message.state], "aria-label": words[message.state] }, TICKS[message.state] || "") : null,
    );
    const inner = el("div", { class: "bubble" }, ...this.media(message));
    if (message.header) inner.append(el("p", { class: "bubble-head" }, message.header));
    if (message.text?.length) inner.append(el("p", { class: "bubble-text" }, ...runs(message.text)));
    if (message.footer) inner.append(el("p", { class: "bubble-small" }, message.footer));
    inner.append(foot);
    const row = el("div", { class: `row from-${message.from}${message.tapped ? " is-tapped" : ""}` }, inner);
    if (message.cards) row.append(this.cards(message));
    if (message.rows || message.list) row.append(this.keys(message));
    if (message.cards && !message.text?.length) inner.classList.add("is-bare");
    return row;
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
    if (message.file) shown.push(el("a", { class: "file", href: message.file.url || "#", target: "_blank", rel: "noopener" }, message.file.name));
    return shown;
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
    this.opener = document.activeElement;
    const choose = (row) => { this.closeSheet(); this.tap(message, row.value); };
    const sections = message.list.sections.map((section, n) =>
      el("div", { class: "sheet-section", role: "group", "aria-label": section.title || say("part", { n: n + 1 }) },
        section.title ? el("p", { class: "sheet-title" }, section.title) : null,
        ...section.rows.map((row) =>
          el("button", { type: "button", class: "sheet-row", onclick: () => choose(row) }, el("span", {}, row.label), row.detail ? el("span", { class: "small muted" }, row.detail) : null),
        ),
      ),
    );
    const close = el("button", { type: "button", class: "sheet-close", "aria-label": words.closeList, onclick: () => this.closeSheet() }, "×");
    this.sheet.replaceChildren(
      el("div", { class: "sheet-body", role: "dialog", "aria-modal": "true", "aria-label": message.list.button }, el("div", { class: "sheet-head" }, el("strong", {}, message.list.button), close), el("div", { class: "sheet-rows" }, ...sections)),
    );
    this.sheet.hidden = false;
    this.sheet.onclick = (event) => { if (event.target === this.sheet) this.closeSheet(); };
    close.focus();
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

  async act(phone, order, isQuiet = false) {
    try {
      const answer = await fetch(gallery.dataset.act, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify({ person: this.person, phone: phone.key, ...order }),
      });
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
