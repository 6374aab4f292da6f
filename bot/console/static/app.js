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
// Long forms: what was typed and not saved is not lost by a wrong click.
const typed = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.dataset.unsaved !== undefined) typed.add(form);
});
document.addEventListener("submit", (event) => typed.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  if (typed.size) event.preventDefault();
});
// A fault leads to its line in the text, and the text says in which line one is.
const lineAt = (area) => area.value.slice(0, area.selectionStart).split("\n").length;
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  const area = link && document.querySelector(link.getAttribute("href"));
  if (!area) return;
  event.preventDefault();
  const lines = area.value.split("\n");
  const line = Math.min(Number(link.dataset.line), lines.length);
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  // The line as the last one of the text: so far down does it stand, wrapped lines and all.
  const whole = area.value;
  area.value = lines.slice(0, line).join("\n");
  const height = area.style.height;
  area.style.height = "0";
  const foot = area.scrollHeight;
  area.style.height = height;
  area.value = whole;
  area.focus({ preventScroll: true });
  area.setSelectionRange(start, start + lines[line - 1].length);
  area.scrollTop = foot - area.clientHeight / 2;
  area.scrollIntoView({ block: "center" });
});
document.addEventListener("selectionchange", () => {
  const area = document.activeElement;
  const told = area?.id && document.querySelector(`[data-line-of="${area.id}"]`);
  if (told) told.textContent = `现在在第 ${lineAt(area)} 行。`;
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
