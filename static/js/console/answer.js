// The answer line: an answer or a note, drafts per person, saved answers by "/".
import { h } from "../shared/dom.js";

export class Answer {
  constructor({ words, snippets, send, typing, files, sendFiles, unquote }) {
    Object.assign(this, { words, snippets, sendText: send, typing, files, sendFiles, unquote });
    this.form = document.querySelector("[data-answer]");
    this.field = document.querySelector("[data-field]");
    this.button = document.querySelector("[data-send]");
    this.list = document.querySelector("[data-snippets]");
    this.key = "";
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.form.addEventListener("change", () => this.paint());
    this.field.addEventListener("input", () => {
      this.keep();
      this.suggest();
      this.paint();
      if (this.mode === "answer" && this.field.value.trim()) typing();
    });
    this.field.addEventListener("keydown", (event) => this.onKey(event));
  }

  get mode() {
    return new FormData(this.form).get("mode") || "answer";
  }

  onKey(event) {
    const options = [...this.list.children];
    if (!this.list.hidden && options.length && ["ArrowDown", "ArrowUp", "Enter", "Escape"].includes(event.key)) {
      event.preventDefault();
      const at = options.findIndex((o) => o.getAttribute("aria-selected") === "true");
      if (event.key === "Escape") this.list.hidden = true;
      else if (event.key === "Enter") options[Math.max(0, at)].click();
      else options.forEach((o, i) => o.setAttribute("aria-selected", String(i === (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length)));
      return;
    }
    if (event.key === "Escape" && !this.unquote()) this.field.blur();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  suggest() {
    const asked = this.mode === "answer" && this.field.value.match(/^\/(.*)$/);
    const found = asked ? this.snippets.filter((s) => `${s.title} ${s.text}`.toLowerCase().includes(asked[1].toLowerCase())).slice(0, 6) : [];
    this.list.hidden = !found.length;
    this.list.replaceChildren(...found.map((s, i) => h("li", { role: "option", "aria-selected": String(i === 0), onclick: () => this.insert(s.text) }, h("b", { text: s.title }), h("span", { class: "small muted", text: ` ${s.text}` }))));
  }

  insert(text) {
    this.field.value = text;
    this.list.hidden = true;
    this.keep();
    this.paint();
    this.field.focus();
  }

  /** Another person is shown: their own draft, their own hints. */
  turnTo(key, { hint, closed }) {
    if (key !== this.key) {
      this.key = key;
      this.field.value = sessionStorage.getItem(`console.draft.${key}`) || "";
      this.list.hidden = true;
    }
    this.hint = hint;
    this.closed = closed;
    this.paint();
  }

  keep() {
    if (this.field.value) sessionStorage.setItem(`console.draft.${this.key}`, this.field.value);
    else sessionStorage.removeItem(`console.draft.${this.key}`);
  }

  paint() {
    const note = this.mode === "note";
    this.form.classList.toggle("is-note", note);
    this.field.placeholder = note ? this.words.writeNote : this.hint || this.words.write;
    const hasFiles = !note && this.files.ready.length > 0;
    this.button.disabled = (!this.field.value.trim() && !hasFiles) || (this.closed && !note) || (!note && this.files.isSending);
  }

  /** The words went with a file: they are a draft no more, unless somebody wrote on meanwhile. */
  said(key, text) {
    const draft = `console.draft.${key}`;
    if ((sessionStorage.getItem(draft) || "").trim() === text) sessionStorage.removeItem(draft);
    if (key === this.key && this.field.value.trim() === text) this.field.value = "";
    this.paint();
  }

  submit() {
    const text = this.field.value.trim();
    if (this.button.disabled) return;
    if (this.mode === "answer" && this.files.ready.length) return void this.sendFiles(text); // the words stay until the first is there
    if (!text) return;
    this.field.value = "";
    this.keep();
    this.sendText(this.mode, text);
    if (this.mode === "note") this.form.querySelector("input[value=answer]").checked = true;
    this.paint();
    this.field.focus();
  }
}
