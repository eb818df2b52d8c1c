// The chosen test card shows its number; a button pressed once stays pressed.
"use strict";
const form = document.querySelector("[data-pay-form]");
if (form) {
  const number = form.querySelector("[data-number-field]");
  form.addEventListener("change", (event) => {
    if (event.target.name === "card") number.value = event.target.dataset.number;
  });
  form.addEventListener("submit", () => {
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    button.textContent = form.dataset.paying;
  });
}
