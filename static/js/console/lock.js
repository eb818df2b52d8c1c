// A shared tablet locks itself when nobody touches it. The server does so too, by its own clock; this shows it.
import { fill, h } from "../shared/dom.js";

const TELLS = 20000; // how often the server hears that somebody is still here, at most
const WARNS = 20; // seconds before

export class Lock {
  /** `minutes` without a touch; `touch()` tells the server. */
  constructor({ minutes, words, touch }) {
    Object.assign(this, { words, touch });
    this.most = minutes * 60;
    this.last = Date.now();
    this.told = 0;
    for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, () => this.touched(), { passive: true, capture: true });
    document.addEventListener("visibilitychange", () => this.look());
    setInterval(() => this.look(), 1000);
  }

  touched() {
    this.last = Date.now();
    if (this.last - this.told < TELLS) return;
    if (this.touch()) this.told = this.last;
  }

  look() {
    const left = this.most - Math.floor((Date.now() - this.last) / 1000);
    if (left <= 0) return this.now();
    if (left > WARNS) return this.calm();
    this.warning ||= this.warn();
    this.warning.firstChild.textContent = fill(this.words.locksIn, { n: left });
    return undefined;
  }

  warn() {
    const box = h("div", { class: "toast" }, h("span", {}), h("button", { type: "button", class: "button small", text: this.words.stay }));
    document.querySelector("[data-toasts]").append(box);
    return box;
  }

  calm() {
    if (this.warning) this.warning.remove();
    this.warning = null;
  }

  now() {
    if (this.gone) return;
    this.gone = true; // asked again, a slow way there would begin anew each second
    document.querySelector("[data-console]").hidden = true; // nothing may be read while the way there takes its time
    document.querySelector("[data-lock]").requestSubmit();
  }
}
