"use strict";
// The account menus close on Escape and on a click elsewhere, as people expect of menus.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (!open) return;
  open.removeAttribute("open");
  open.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});
// What was confirmed or saved may take a moment: a second press must not send it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  // A download leaves the page as it is, and may be wanted again.
  setTimeout(() => delete form.dataset.sent, 5000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
document.addEventListener("htmx:sendError", () => {
  const line = document.createElement("p");
  line.className = "notice bad";
  line.setAttribute("role", "alert");
  line.textContent = "连不上服务器，请检查网络后再试。";
  document.getElementById("notices").replaceChildren(line);
});
// A button with data-copy puts the text of that element on the clipboard and says so.
const offerCopies = () => {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
};
offerCopies();
document.addEventListener("htmx:load", offerCopies);
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const words = button.dataset.words ?? button.textContent;
  button.dataset.words = words;
  let copied = false;
  try {
    await navigator.clipboard.writeText(source.textContent);
    copied = true;
  } catch {
    // Without https there is no such clipboard: copy what is selected, as in older browsers.
    getSelection().selectAllChildren(source);
    copied = document.execCommand("copy");
  }
  button.textContent = copied ? "复制好了" : "没复制上，请长按文字自己复制";
  setTimeout(() => { button.textContent = words; }, 3000);
});
