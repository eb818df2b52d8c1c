// Files beside an answer: chosen, taken, pasted or dropped, several at once; each person has their own until they are sent.
import { fill, h, icon, uuid } from "../shared/dom.js";
import { sizeOf } from "../shared/files.js";
import { plain } from "../shared/links.js";

const PICTURE = /^image\/(jpeg|png|webp|gif)$/;
const WAIT = 180000;
const MOST = 10;

export class Files {
  /** `channel()` is the kind of the thread that is answered; `changed()` is told whenever what waits here changes. */
  constructor({ words, most, limits, csrf, channel, changed }) {
    Object.assign(this, { words, most, limits, csrf, channel, changed });
    this.trays = new Map(); // whom it is for → [{id, file, url, why, isFinal, share}]
    this.key = "";
    this.isSending = false;
    this.list = document.querySelector("[data-tray]");
    this.inputs = [...document.querySelectorAll("[data-attach-file]")];
    for (const input of this.inputs) input.addEventListener("change", () => (this.take([...input.files]), (input.value = "")));
    for (const button of document.querySelectorAll("[data-attach]")) button.addEventListener("click", () => document.getElementById(button.dataset.attach).click());
    this.receive(document.querySelector("[data-field]"), document.querySelector("[data-thread-pane]"));
  }

  /** Pasted into the field, or dropped anywhere on the thread. */
  receive(field, pane) {
    field.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (files.length) (event.preventDefault(), this.take(files));
    });
    pane.addEventListener("dragover", (event) => {
      if (!this.key || ![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      pane.classList.add("dropping");
    });
    pane.addEventListener("dragleave", (event) => pane.contains(event.relatedTarget) || pane.classList.remove("dropping"));
    pane.addEventListener("drop", (event) => {
      pane.classList.remove("dropping");
      if (!this.key || !event.dataTransfer.files.length) return;
      event.preventDefault();
      this.take([...event.dataTransfer.files]);
    });
  }

  turnTo(key) {
    if (key === this.key) return;
    this.key = key;
    this.paint();
  }

  get items() {
    return this.trays.get(this.key) || [];
  }

  get ready() {
    return this.items.filter((item) => !item.isFinal);
  }

  take(files) {
    if (!this.key) return;
    const room = Math.max(0, MOST - this.items.length);
    const taken = files.slice(0, room).map((file) => {
      const why = this.objection(file);
      return { id: uuid(), file, url: PICTURE.test(file.type) ? URL.createObjectURL(file) : "", why, isFinal: Boolean(why), share: null };
    });
    this.trays.set(this.key, [...this.items, ...taken]);
    this.paint();
    this.changed(files.length > room ? fill(this.words.fileMost, { n: MOST }) : "");
  }

  /** Why it cannot be sent, "" where nothing speaks against it. Of what the system gives no type the shop decides. */
  objection(file) {
    if (file.size > this.most) return fill(this.words.fileTooLarge, { size: sizeOf(this.most) });
    const kinds = this.inputs[0].accept.split(",").map((kind) => kind.replace("*", ""));
    return file.type && !kinds.some((kind) => file.type.startsWith(kind)) ? this.words.fileUnwanted : "";
  }

  /** Whether the channel takes it as itself; pictures are drawn anew as JPEG or PNG before they go. */
  isLink(file) {
    const takes = this.limits[this.channel()];
    if (!takes) return true;
    const type = PICTURE.test(file.type) ? "image/jpeg" : file.type.split(";")[0];
    return file.size > (takes["*"] || takes[type] || takes[`${type.split("/")[0]}/*`] || 0);
  }

  remove(key, id) {
    const items = this.trays.get(key) || [];
    for (const item of items) if (item.id === id && item.url) URL.revokeObjectURL(item.url);
    this.trays.set(key, items.filter((item) => item.id !== id));
    this.paint();
    this.changed("");
  }

  /** One after the other, in their order, the words with the first; stops at one that is refused. `said()` hears that the
   * words are there. */
  async send({ thread, text, quote, holder, said }) {
    const key = this.key;
    this.isSending = true;
    let first = true;
    for (const item of this.ready) {
      Object.assign(item, { why: "", share: 0 });
      this.paint();
      const refused = await this.transfer(item, { thread, text: first ? text : "", quote: first ? quote : null, holder });
      item.share = null;
      if (refused) {
        Object.assign(item, refused);
        break;
      }
      if (first) said();
      first = false;
      this.remove(key, item.id);
    }
    this.isSending = false;
    this.paint();
    this.changed("");
  }

  transfer(item, { thread, text, quote, holder }) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ client_id: item.id, thread, text, quote, holder: holder || "bot" })) if (value) form.append(name, value);
    form.append("file", item.file, item.file.name);
    return new Promise((done) => {
      const call = new XMLHttpRequest();
      call.open("POST", "/console/files/");
      call.setRequestHeader("X-CSRFToken", this.csrf);
      call.responseType = "json";
      call.timeout = WAIT;
      call.upload.addEventListener("progress", (event) => event.lengthComputable && this.progress(item, event.loaded / event.total));
      call.addEventListener("load", () => done(this.answer(call, item)));
      for (const failed of ["error", "timeout", "abort"]) call.addEventListener(failed, () => done({ why: this.words.fileNotSent, isFinal: false }));
      call.send(form);
    });
  }

  /** What is wrong and whether it would be so again; null for nothing. A proxy in front says no more than its status. */
  answer(call, item) {
    if (call.status === 200 && call.response && call.response.seq) return null;
    if (call.response && call.response.detail) return { why: call.response.detail, isFinal: call.status === 400 && !/_is_full$/.test(call.response.code) };
    if (call.status === 413) return { why: fill(this.words.fileTooLarge, { size: sizeOf(item.file.size) }), isFinal: true };
    return { why: call.status === 403 || call.status === 200 ? this.words.reloadPage : this.words.fileNotSent, isFinal: false };
  }

  progress(item, share) {
    item.share = share;
    const bar = this.list.querySelector(`[data-file="${item.id}"] progress`);
    if (bar) bar.value = share;
  }

  paint() {
    this.list.hidden = !this.items.length;
    this.list.replaceChildren(...this.items.map((item) => this.row(item)));
  }

  sign() {
    return h("span", { class: "tray-sign" }, icon("file"));
  }

  row(item) {
    const name = plain(item.file.name);
    const about = item.why || (this.isLink(item.file) ? `${sizeOf(item.file.size)} · ${this.words.goesAsLink}` : sizeOf(item.file.size));
    return h("li", { class: item.why ? "tray-file refused" : "tray-file", "data-file": item.id },
      item.url ? h("img", { src: item.url, alt: "", onerror: (event) => event.target.replaceWith(this.sign()) }) : this.sign(),
      h("span", { class: "tray-name" }, h("b", { dir: "auto", text: name }), h("span", { class: "small", role: item.why ? "alert" : null, text: about }),
        item.share !== null && h("progress", { max: 1, value: item.share, "aria-label": this.words.state_sending })),
      item.share === null && h("button", { type: "button", class: "icon-button", "aria-label": fill(this.words.takeAway, { what: name }), onclick: () => this.remove(this.key, item.id) }, icon("close")));
  }
}
