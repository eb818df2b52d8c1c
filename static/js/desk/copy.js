// What is beside a "copy" button goes to the clipboard; without a clipboard the button stays away and the words can be marked.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = button.closest("dd").querySelector("textarea");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value).catch(() => field.select());
    const said = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = said), 2000);
  });
}
