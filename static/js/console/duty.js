// The switch in the header: whether chats come to me, how many I have, and what colleagues read while I am away.
import { fill, h } from "../shared/dom.js";

const $ = (name) => document.querySelector(`[data-${name}]`);

export class Duty {
  /** `set(state, note)` tells the server; what it answers is painted. */
  constructor({ words, user, set }) {
    Object.assign(this, { words, user, set });
    this.people = [];
    $("switch").addEventListener("click", () => this.set(this.isOn ? "off" : "available", ""));
    $("away").addEventListener("click", () => this.ask());
    $("away-form").addEventListener("submit", (event) => event.submitter && event.submitter.value === "yes" && this.leave(event.target));
  }

  get me() {
    return this.people.find((person) => person.id === this.user.id);
  }

  get isOn() {
    return Boolean(this.me) && this.me.state === "available";
  }

  name(id) {
    return this.people.find((person) => person.id === id)?.name || "";
  }

  ask() {
    const { state, note } = this.me;
    const form = $("away-form");
    form.elements.state.value = state === "on_shift" ? "on_shift" : "away";
    form.elements.note.value = note;
    $("away-ask").showModal();
  }

  leave(form) {
    const said = new FormData(form);
    this.set(said.get("state"), said.get("note").trim());
  }

  paint(people) {
    this.people = people;
    const { me, words } = this;
    $("duty").hidden = !me;
    if (!me) return;
    $("switch").setAttribute("aria-checked", String(this.isOn));
    $("switch-says").textContent = this.isOn ? words.on : words.off;
    $("duty-says").textContent = this.isOn ? (me.held >= me.most ? words.full : "") : me.state === "off" ? "" : this.state(me);
    $("pips").replaceChildren(...pips(me), h("span", { "aria-hidden": "true", text: `${me.held}/${me.most}` }), h("span", { class: "visually-hidden", text: fill(words.chats, { n: me.held, most: me.most }) }));
  }

  /** Colleagues whose console is open and who take chats, the freest first. */
  takers() {
    const here = this.people.filter((person) => person.id !== this.user.id && person.here && ["available", "on_shift"].includes(person.state));
    return here.sort((a, b) => b.most - b.held - (a.most - a.held) || a.name.localeCompare(b.name));
  }

  /** "away · back at two" */
  state(person) {
    const said = person.here || person.state === "away" ? this.words[`duty_${person.state}`] : this.words.duty_off;
    return [said, person.note].filter(Boolean).join(" · ");
  }

  /** Colleagues whose console is open or who said when they are back. */
  roster() {
    const others = this.people.filter((person) => person.id !== this.user.id && (person.here ? person.state !== "off" : person.note));
    return others.length ? h("ul", { class: "roster small", "aria-label": this.words.colleagues }, others.map((person) =>
      h("li", {}, h("b", { dir: "auto", text: person.name }), h("span", { class: "muted", dir: "auto", text: this.state(person) }), h("span", { class: "pips", title: fill(this.words.chats, { n: person.held, most: person.most }) }, pips(person), `${person.held}/${person.most}`)))) : null;
  }
}

/** So many of so many chats, as dots. */
export function pips({ held, most }) {
  return Array.from({ length: Math.min(most, 8) }, (_, at) => h("i", { class: at < held ? "pip full" : "pip", "aria-hidden": "true" }));
}
