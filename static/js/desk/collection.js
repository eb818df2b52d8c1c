// The preview follows what is typed. Without a script its button opens the same in a page of its own.
const WAIT = 600; // milliseconds after the last key

function follow(form) {
  let timer = 0;
  let running = null;

  async function look() {
    const shown = form.querySelector("[data-collection-preview]");
    const button = form.querySelector("[data-collection-look]");
    if (!shown || !button) return;
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(button.formAction, {
        method: "POST",
        body: textOf(form),
        headers: { "X-Requested-With": "fetch" },
        signal: running.signal,
      });
      if (!answer.ok || answer.redirected) return; // signed out meanwhile: saving will say so
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-collection-preview]");
      if (fresh) shown.replaceWith(document.adoptNode(fresh));
    } catch (error) {
      if (error.name !== "AbortError") console.warn(error);
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  }

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  // Rows that are taken away, and products chosen by the search field, tell no input event.
  window.django?.jQuery?.(form).on("change", "select", soon);
  document.addEventListener("formset:added", soon);
  document.addEventListener("formset:removed", soon);
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-collection-look]")) return;
    event.preventDefault();
    look();
  });
}

function textOf(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
}

function begin() {
  const form = document.querySelector("#collection_form");
  if (form) follow(form);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
