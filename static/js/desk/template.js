// A wording while it is written: the preview and the values of its purpose follow what is typed.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const told = document.getElementById("template-values");
  const [purpose, language, body] = ["purpose", "language", "body"].map((name) => document.getElementById(`id_${name}`));
  if (!told || !purpose || !language || !body) return;
  const { names, samples } = JSON.parse(told.textContent);
  const preview = document.getElementById("wording-preview");
  const rows = document.getElementById("wording-values");

  function cell(text, tag) {
    const made = document.createElement("td");
    const inner = tag ? made.appendChild(document.createElement(tag)) : made;
    inner.textContent = text;
    return made;
  }

  function show() {
    const given = (samples[language.value] || samples.en)[purpose.value] || [];
    const said = body.value.replace(/\{\{\s*(\d+)\s*\}\}/g, (place, number) => given[number - 1] ?? place);
    preview.textContent = said.trim() || preview.dataset.empty;
    preview.lang = language.value;
    rows.replaceChildren(
      ...(names[purpose.value] || []).map((name, at) => {
        const row = document.createElement("tr");
        const sample = cell(given[at] ?? "");
        sample.className = "account-note";
        row.append(cell(`{{${at + 1}}}`, "code"), cell(name), sample);
        return row;
      }),
    );
    if (!rows.children.length) {
      const none = cell(rows.dataset.none);
      none.colSpan = 3;
      rows.insertRow().append(none);
    }
  }

  for (const field of [purpose, language, body]) field.addEventListener("input", show);
  purpose.addEventListener("change", show);
  language.addEventListener("change", show);
  show();
});
