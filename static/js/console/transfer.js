// Passing a chat on: to whom, with what note, and what became of it in words.
import { fill, h } from "../shared/dom.js";
import { plain } from "../shared/links.js";
import { pips } from "./duty.js";

const $ = (name) => document.querySelector(`[data-${name}]`);
const LEADS = new Set(["lead", "manager", "admin"]);

export class Transfer {
  /** `send(row, wish)` passes on, `stop(row)` calls that off; `duty` knows who takes chats. */
  constructor({ words, user, duty, send, stop }) {
    Object.assign(this, { words, user, duty, sendOn: send, stop });
    this.dialog = $("transfer-ask");
    this.form = $("transfer-form");
    this.button = $("transfer");
    this.button.addEventListener("click", () => (this.isPassed(this.row) ? this.stop(this.row) : this.open()));
    this.form.addEventListener("submit", (event) => event.submitter && event.submitter.value === "yes" && this.submit());
  }

  /** Somebody is being asked to take it from whoever has it. */
  isPassed(row) {
    return Boolean(row.offer && row.offer.by) && row.owner !== "bot";
  }

  paint(row) {
    this.row = row;
    const mine = row.owner !== "bot" && row.owner_user === this.user.id;
    this.button.hidden = !mine && !LEADS.has(this.user.role);
    this.button.textContent = this.isPassed(row) ? this.words.callOff : this.words.transfer;
    if (this.isPassed(row)) this.button.removeAttribute("aria-haspopup");
    else this.button.setAttribute("aria-haspopup", "dialog");
  }

  open() {
    this.asked = this.row; // the list may move on behind the dialog
    this.form.reset();
    $("transfer-whom").replaceChildren(...this.choices());
    $("transfer-waits").hidden = this.row.owner === "bot"; // it waits there anyhow
    this.form.elements.waits.checked = !this.takers().length;
    this.dialog.showModal();
    const first = this.form.querySelector("input[type=radio]:not(:disabled)");
    if (first) first.focus();
  }

  submit() {
    const said = new FormData(this.form);
    this.sendOn(this.asked, { to: said.get("to"), note: said.get("note").trim(), waits: said.get("waits") === "yes" });
  }

  takers() {
    return this.duty.takers().filter((person) => person.id !== this.asked.owner_user);
  }

  choices() {
    const { words } = this;
    const here = this.takers();
    const stores = new Map(here.filter((person) => person.store).map((person) => [person.store.id, person.store.name]));
    const skills = new Set(here.flatMap((person) => person.skills));
    const free = (members) => fill(words.freeOf, { n: members.filter((m) => m.held < m.most).length, all: members.length });
    const group = (value, label, members) => this.choice(value, label, null, members.length ? free(members) : words.noTakers);
    return [
      group("", words.wholeTeam, here),
      ...[...stores].map(([id, name]) => group(`store:${id}`, fill(words.storeTeam, { name: plain(name) }), here.filter((person) => person.store && person.store.id === id))),
      ...[...skills].sort().map((skill) => group(`skill:${skill}`, fill(words.skilled, { name: plain(skill) }), here.filter((person) => person.skills.includes(skill)))),
      here.some((person) => person.expert) && group("role:expert", words.anExpert, here.filter((person) => person.expert)),
      ...here.map((person) => this.person(person)),
    ].filter(Boolean);
  }

  person(person) {
    const { words } = this;
    const isFull = person.held >= person.most;
    const counted = fill(words.chats, { n: person.held, most: person.most });
    const facts = [person.expert && words.expert, person.store && plain(person.store.name), person.state === "on_shift" && words.duty_on_shift, isFull && words.full].filter(Boolean).join(" · ");
    return this.choice(`person:${person.id}`, plain(person.name), h("span", { class: "pick-facts" },
      person.languages.map((code) => h("span", { class: "badge", title: words.language, text: code.replace("zh-hans", "zh").toUpperCase() })),
      h("span", { class: "pips", title: counted }, pips(person), h("span", { "aria-hidden": "true", text: `${person.held}/${person.most}` }), h("span", { class: "visually-hidden", text: counted }))), facts, isFull);
  }

  choice(value, label, beside, small, disabled) {
    return h("label", { class: disabled ? "pick disabled" : "pick" }, h("input", { type: "radio", name: "to", value, required: true, disabled: Boolean(disabled) }),
      h("span", { class: "pick-main" }, h("b", { dir: "auto", text: label }), small && h("span", { class: "small muted", dir: "auto", text: small })), beside);
  }

  /** What whoever gave it away is told of a packet; "" for nothing. */
  news(packet) {
    const { event } = packet;
    if (!event || event.kind !== "transfer" || event.data.by !== this.user.id) return "";
    return passed(event, this.words);
  }
}

/** "Mara declined: Not my topic. The chat stays where it is." */
export function passed(event, words) {
  const { outcome, reason, next, waits } = event.data;
  const said = fill(words[`passed_${outcome}`] || "", { name: plain(event.actor), why: words[`decline_${reason}`] || "" });
  const then = next ? fill(words.passedNext, { name: plain(next) }) : waits ? words.passedWaits : words.passedStays;
  return outcome === "called_off" ? said : `${said} ${then}`;
}
