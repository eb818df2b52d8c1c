// The writing line: keeps drafts, grows to four lines, Enter sends, Shift+Enter breaks.
const ASKS = {
  name: ["name", "text"], email: ["email", "email"], phone: ["tel", "tel"], address: ["street-address", "text"], otp: ["one-time-code", "numeric"],
};

export class Composer {
  constructor({ form, field, store, limit, send, typing, resized, attach }) {
    Object.assign(this, { form, field, store, limit, sendText: send });
    this.button = form.querySelector("button[type=submit]");
    this.attach = attach({ form, field, changed: () => (this.fit(), resized()) });
    this.left = form.querySelector("[data-left]");
    field.value = store.get("draft", "");
    field.addEventListener("input", () => {
      store.set("draft", field.value);
      this.fit();
      resized();
      if (field.value.trim()) typing();
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return; // an input method is still choosing
      event.preventDefault();
      this.submit();
    });
    form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.fit();
  }

  submit() {
    const text = this.field.value.trim();
    const { file } = this.attach;
    if ((!text && !file) || text.length > this.limit) return;
    this.field.value = "";
    this.store.set("draft", null);
    this.fit();
    this.sendText(text, file && this.attach.drop());
    this.field.focus();
  }

  fit() {
    const { field } = this;
    field.style.blockSize = "auto";
    const line = parseFloat(getComputedStyle(field).lineHeight) || 22;
    field.style.blockSize = `${Math.min(field.scrollHeight + 2, line * 4 + 26)}px`;
    const rest = this.limit - field.value.length;
    this.left.hidden = rest > 200;
    this.left.textContent = rest > 200 ? "" : String(rest);
    this.left.classList.toggle("over", rest < 0);
    this.button.disabled = (!field.value.trim() && !this.attach.file) || rest < 0;
  }

  /** The shop asked for something the browser may know: let it help. */
  expect(what) {
    const [complete, mode] = ASKS[what] || ["off", "text"];
    this.field.setAttribute("autocomplete", complete);
    this.field.setAttribute("inputmode", mode);
  }
}
