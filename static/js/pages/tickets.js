/** Finding a ticket while one types, and a new ticket's text that survives a reload. */

import { forget, recall, remember } from "../model/memory.js";

const filter = /** @type {HTMLFormElement | null} */ (document.getElementById("filter"));
const draft = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-draft]"));

/** @param {HTMLFormElement} form */
function filterRows(form) {
  const wanted = new FormData(form);
  const words = plain(String(wanted.get("words") ?? "")).split(/\s+/).filter(Boolean);
  const state = String(wanted.get("state") ?? "");
  const rows = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("tr[data-state]"))];
  let shown = 0;
  for (const row of rows) {
    const text = plain(row.textContent ?? "");
    row.hidden = (state !== "" && row.dataset.state !== state) || !words.every((word) => text.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  /** @type {HTMLElement} */ (document.getElementById("none")).hidden = shown > 0;
  /** @type {HTMLElement} */ (document.getElementById("found")).textContent = `${shown} / ${rows.length}`;
}

/** @param {string} text */
function plain(text) {
  return text.normalize("NFKC").toLocaleLowerCase();
}

/** @param {HTMLFormElement} form */
function keepDraft(form) {
  const name = form.dataset.draft ?? "draft";
  /** @type {Record<string, string>} */
  const kept = JSON.parse(recall(name) ?? "{}");
  for (const field of fieldsOf(form)) {
    if (!field.value && kept[field.name]) field.value = kept[field.name] ?? "";
  }
  form.addEventListener("input", () => {
    const now = Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));
    remember(name, JSON.stringify(now));
  });
  form.addEventListener("submit", () => forget(name));
}

/** @param {HTMLFormElement} form */
function fieldsOf(form) {
  const named = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[name]"));
  return [...named];
}

if (filter) {
  filter.hidden = false;
  filter.addEventListener("input", () => filterRows(filter));
  filter.addEventListener("submit", (event) => event.preventDefault());
  filterRows(filter);
}
if (draft) keepDraft(draft);
