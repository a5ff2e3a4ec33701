/** Signing in: a password that can be looked at before it is sent. */

const password = /** @type {HTMLInputElement} */ (document.getElementById("password"));
const reveal = /** @type {HTMLButtonElement} */ (document.getElementById("reveal"));

/** @param {boolean} shown */
function show(shown) {
  password.type = shown ? "text" : "password";
  reveal.setAttribute("aria-pressed", `${shown}`);
}

reveal.hidden = false;
reveal.addEventListener("click", () => {
  show(password.type === "password");
  password.focus();
});
password.form?.addEventListener("submit", () => show(false));
