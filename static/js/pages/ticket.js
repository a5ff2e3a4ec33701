/** The ticket page's small things: copying the link, and a reload that makes no second link. */

const COPIED_MS = 4_000;

/** @param {HTMLElement} button */
async function copy(button) {
  const field = /** @type {HTMLInputElement} */ (document.querySelector(button.dataset.copy ?? ""));
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    if (!document.execCommand("copy")) return;
  }
  say(button, button.dataset.done ?? "");
}

/** @param {HTMLElement} button @param {string} word */
function say(button, word) {
  const label = /** @type {HTMLElement} */ (button.querySelector("span"));
  const before = label.textContent;
  const status = button.closest("section")?.querySelector("[data-said]");
  label.textContent = word;
  button.setAttribute("disabled", "");
  if (status) status.textContent = word;
  setTimeout(() => {
    label.textContent = before;
    button.removeAttribute("disabled");
  }, COPIED_MS);
}

for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-copy]"))) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

const page = location.pathname.match(/^\/tickets\/[^/]+/)?.[0];
if (page && page !== location.pathname) history.replaceState(null, "", page);
