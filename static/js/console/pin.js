// The keypad under a PIN. Without this script the field and its button do the same.
const form = document.querySelector("[data-pin]");
const field = form.elements.pin;

form.querySelector("[data-keys]").hidden = false;
form.querySelector("[data-plain]").hidden = true;

function changed() {
  field.value = field.value.replace(/\D/g, "").slice(0, field.maxLength);
  if (field.value.length === field.maxLength) form.requestSubmit();
}

form.addEventListener("click", (event) => {
  const key = event.target.closest("button");
  if (!key || key.type === "submit") return;
  field.value = "erase" in key.dataset ? field.value.slice(0, -1) : field.value + key.dataset.key;
  changed();
});
field.addEventListener("input", changed);
let sent = false;
form.addEventListener("submit", (event) => (sent ? event.preventDefault() : (sent = true))); // one try for one PIN
addEventListener("pageshow", (event) => event.persisted && ((sent = false), (field.value = "")));
