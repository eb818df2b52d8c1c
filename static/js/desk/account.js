// The page of an account: the platform is asked without leaving it, the address is copied and follows the name.
"use strict";

(() => {
  const panel = () => document.getElementById("account-health");

  async function check(form) {
    const button = form.querySelector("button");
    const said = panel().querySelector(".account-said");
    button.disabled = true;
    said.textContent = form.dataset.checking;
    panel().setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch" },
        signal: AbortSignal.timeout(60_000),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector(".account-card");
      const shown = panel().querySelector(".account-card");
      if (!fresh || !shown) throw new Error("no answer");
      shown.replaceWith(fresh);
      fresh.querySelector("[data-check] button").focus({ preventScroll: true });
    } catch {
      said.textContent = form.dataset.failed;
      button.disabled = false;
    }
    panel().removeAttribute("aria-busy");
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-check]")) return;
    event.preventDefault();
    check(event.target);
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copies);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = button.dataset.done;
  });

  document.addEventListener("DOMContentLoaded", () => {
    const address = document.querySelector("#webhook-address[data-follows]");
    const name = address && document.getElementById(address.dataset.follows);
    if (name) {
      name.addEventListener("input", () => {
        address.value = address.dataset.before + name.value + address.dataset.after;
      });
    }
    const form = panel() && "checkNow" in panel().dataset && panel().querySelector("form[data-check]");
    if (form) {
      history.replaceState(null, "", location.pathname);
      check(form);
    }
  });
})();
