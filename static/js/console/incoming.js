// A chat somebody is asked to take: a card across the screen with the seconds that are left.
import { fill, h, icon, initial } from "../shared/dom.js";
import { plain } from "../shared/links.js";
import { ago, now } from "./clock.js";
import { CHANNELS } from "./queue.js";

const REASONS = ["busy", "topic", "language", "break"];

export class Incoming {
  /** `name(id)` is a colleague's. */
  constructor({ root, words, user, accept, decline, name }) {
    Object.assign(this, { root, words, user, accept, decline, name });
    this.live = document.querySelector("[data-incoming-live]");
    this.offer = 0;
    this.answered = new Set(); // offers this console has answered, until the server takes them away
    setInterval(() => this.tick(), 250);
  }

  get isOpen() {
    return !this.root.hidden;
  }

  paint(rows) {
    const mine = rows.filter((row) => row.offer && row.offer.to === this.user.id && !this.answered.has(row.offer.id) && this.left(row) > 0);
    const row = mine.sort((a, b) => a.offer.until.localeCompare(b.offer.until))[0];
    this.more = mine.length - 1;
    if (!row) return this.close();
    if (row.offer.id !== this.offer) this.open(row);
    return undefined;
  }

  left(row) {
    return (new Date(row.offer.until) - now()) / 1000;
  }

  open(row) {
    const { words } = this;
    this.row = row;
    this.offer = row.offer.id;
    this.whole = Math.max(this.left(row), 1);
    const name = plain(row.name) || words.shopper;
    const waits = row.waiting_since && fill(words.waits, { time: ago(row.waiting_since, words) });
    const given = this.given(row.offer);
    this.seconds = h("b", { class: "incoming-seconds", "aria-hidden": "true" });
    this.bar = h("i");
    this.doing = h("div", { class: "incoming-do" });
    this.root.replaceChildren(
      h("div", { class: "incoming-who" },
        h("span", { class: "avatar big", "aria-hidden": "true", text: initial(name) }),
        h("div", { class: "incoming-facts" },
          h("p", { class: "incoming-name" }, h("b", { dir: "auto", text: name }),
            row.offer.known && h("span", { class: "badge success" }, icon("undo", "small"), words.known),
            row.asked_by_name === this.user.id && h("span", { class: "badge warning", text: words.forYou }),
            h("span", { class: "badge", text: CHANNELS[row.channel] || row.channel }),
            row.language && h("span", { class: "badge", title: words.language, text: row.language.replace("zh-hans", "zh").toUpperCase() })),
          given && h("p", { class: "incoming-note", dir: "auto", text: given }),
          h("p", { dir: "auto", text: [!given && row.reason, waits].filter(Boolean).join(" · ") }),
          row.snippet && row.snippet_author === "shopper" && h("p", { class: "muted incoming-said", dir: "auto", text: `“${plain(row.snippet)}”` }),
          row.cart_value && h("p", {}, icon("bag", "small"), ` ${words.cart}: `, h("b", { class: "money", text: row.cart_value })))),
      h("div", { class: "incoming-act" }, this.seconds, this.doing),
      h("div", { class: "incoming-bar", "aria-hidden": "true" }, this.bar));
    this.root.hidden = false;
    this.choices(false);
    this.live.textContent = `${fill(words.incoming, { name })} ${[given || row.reason, row.offer.known && words.known].filter(Boolean).join(". ")}. ${fill(words.secondsLeft, { n: Math.round(this.whole) })}`;
    this.tick();
  }

  /** "From Jonas: asks for size M" where a colleague passes it on. */
  given({ by, note }) {
    if (!by) return "";
    const from = plain(this.name(by)) || this.words.colleague;
    return note ? fill(this.words.givenNote, { name: from, note: plain(note) }) : fill(this.words.given, { name: from });
  }

  /** Accept and Decline, or why not. */
  choices(isDeclining, focus) {
    const { words } = this;
    const button = (label, does, kind) => h("button", { type: "button", class: `button ${kind}`, text: label, onclick: does });
    this.doing.classList.toggle("why", isDeclining);
    this.doing.replaceChildren(...(isDeclining
      ? [h("p", { class: "small", text: words.whyNot }), ...REASONS.map((reason) => button(words[`decline_${reason}`], () => this.say((offer) => this.decline(this.row, offer, reason)), "small")), button(words.notNow, () => this.choices(false, true), "quiet small")]
      : [button(words.accept, () => this.say((offer) => this.accept(this.row, offer)), "primary"), button(words.decline, () => this.choices(true, true), "")]));
    if (focus) this.doing.querySelector("button").focus();
  }

  say(tell) {
    this.answered.add(this.offer);
    tell(this.offer);
    this.close();
  }

  /** A and D on the keyboard, Escape out of the reasons; whether the key meant something here. */
  key(key) {
    if (!this.isOpen) return false;
    if (key === "a") this.say((offer) => this.accept(this.row, offer));
    else if (key === "d") this.choices(true, true);
    else if (key === "escape" && this.doing.classList.contains("why")) this.choices(false, true);
    else return false;
    return true;
  }

  tick() {
    if (!this.isOpen) return;
    const left = this.left(this.row);
    if (left <= 0) return this.close();
    this.seconds.textContent = fill(this.words.seconds, { n: Math.ceil(left) }) + (this.more > 0 ? ` · +${this.more}` : "");
    this.bar.style.inlineSize = `${Math.min(100, (left / this.whole) * 100)}%`;
    this.root.classList.toggle("soon", left <= 10);
    return undefined;
  }

  close() {
    if (!this.isOpen) return;
    const held = this.root.contains(document.activeElement);
    this.root.hidden = true;
    this.offer = 0;
    this.root.replaceChildren();
    this.live.textContent = "";
    if (held) document.querySelector("[data-queue]").focus();
  }
}
