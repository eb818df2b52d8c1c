// A file beside the words: chosen, pasted or dropped; shown before it is sent, sent with a bar that says how far it is.
import { fill, h, icon } from "../shared/dom.js";
import { sizeOf } from "../shared/files.js";
import { plain } from "../shared/links.js";

const PICTURE = /^image\/(jpeg|png|webp|gif)$/;

/** What kind of bubble a file makes while it is on its way. */
export function kindOf(file) {
  if (PICTURE.test(file.type)) return "image";
  return ["audio", "video"].find((kind) => file.type.startsWith(`${kind}/`)) || "file";
}

export class Attach {
  /** `changed()` is told whenever there is a file or none. */
  constructor({ form, field, page, words, most, changed }) {
    Object.assign(this, { form, words, most, changed, file: null });
    this.tray = form.querySelector("[data-tray]");
    this.input = form.querySelector("[data-attach-file]");
    form.querySelector("[data-attach]").addEventListener("click", () => this.input.click());
    this.input.addEventListener("change", () => this.take(this.input.files[0]));
    field.addEventListener("paste", (event) => {
      const [file] = event.clipboardData.files;
      if (file) (event.preventDefault(), this.take(file));
    });
    page.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      page.classList.add("dropping");
    });
    page.addEventListener("dragleave", (event) => {
      if (!page.contains(event.relatedTarget)) page.classList.remove("dropping");
    });
    page.addEventListener("drop", (event) => {
      page.classList.remove("dropping");
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.take(event.dataTransfer.files[0]);
    });
    this.field = field;
  }

  /** Why this one cannot be sent, "" where nothing speaks against it. Of what the system gives no type the shop decides. */
  objection(file) {
    if (file.size > this.most) return fill(this.words.fileTooLarge, { size: sizeOf(this.most) });
    const kinds = this.input.accept.split(",").map((kind) => kind.replace("*", ""));
    return file.type && !kinds.some((kind) => file.type.startsWith(kind)) ? this.words.fileUnwanted : "";
  }

  /** Shows it above the writing line; one that cannot be sent is said to be so and not taken. */
  take(file) {
    this.input.value = "";
    if (!file) return;
    const objection = this.objection(file);
    if (objection) {
      this.file = null;
      this.tray.replaceChildren(h("p", { class: "small over", role: "alert", text: objection }));
    } else {
      this.file = file;
      this.url = URL.createObjectURL(file);
      const isPicture = kindOf(file) === "image";
      this.tray.replaceChildren(
        isPicture ? h("img", { src: this.url, alt: "" }) : icon("file"),
        h("span", { class: "tray-name" }, h("b", { dir: "auto", text: plain(file.name) }), h("span", { class: "small muted", text: sizeOf(file.size) })),
        h("button", { type: "button", class: "icon-button", "aria-label": fill(this.words.takeAway, { what: plain(file.name) }), onclick: () => URL.revokeObjectURL(this.drop().url) }, icon("close")));
    }
    this.tray.hidden = false;
    this.changed();
    this.field.focus();
  }

  /** The file leaves the tray, to be sent or not. */
  drop() {
    const { file, url } = this;
    Object.assign(this, { file: null, url: "" });
    this.tray.hidden = true;
    this.tray.replaceChildren();
    this.changed();
    this.field.focus();
    return { file, url };
  }
}

const PASSING = [403, 408, 429]; // what is wrong now and may be well in a minute, or after a reload

/** Sends it; `progress` hears a share of one. Resolves with `{ why, isFinal }`: what is wrong, as a sentence, "" for nothing,
    and whether it would be so again. */
export function transfer(waiting, { merchant, session, language, words, progress }) {
  const form = new FormData();
  form.append("client_id", waiting.client_id);
  form.append("text", waiting.content.text || "");
  form.append("file", waiting.file);
  return new Promise((done) => {
    const call = new XMLHttpRequest();
    call.open("POST", `/chat/${merchant}/upload/`);
    call.setRequestHeader("X-Chat-Session", session);
    call.setRequestHeader("Accept-Language", language);
    call.responseType = "json";
    call.timeout = 120000;
    call.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    // A proxy in front that takes less than the shop says no more than its status.
    const unexplained = () => (call.status === 413 ? fill(words.fileTooLarge, { size: sizeOf(waiting.file.size) }) : words.fileNotSent);
    const isFinal = () => call.status >= 400 && call.status < 500 && !PASSING.includes(call.status);
    call.addEventListener("load", () => done(call.status === 202 ? { why: "" } : { why: (call.response && call.response.detail) || unexplained(), isFinal: isFinal() }));
    for (const failed of ["error", "timeout", "abort"]) call.addEventListener(failed, () => done({ why: words.fileNotSent, isFinal: false }));
    call.send(form);
  });
}

/** A file of this thread as an address that only this page can read: the session goes along in a head. */
export async function ownFile(url, session) {
  const answer = await fetch(url, { headers: { "X-Chat-Session": session } });
  if (!answer.ok) throw new Error(String(answer.status));
  return URL.createObjectURL(await answer.blob());
}
