// Small comforts. Every page works without this file.

const THEME = "opposable_theme";

// Theme at once, without leaving the page; the link behind it does the same on the server.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-theme-set]");
  if (!link) return;
  event.preventDefault();
  const theme = link.dataset.themeSet;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${THEME}=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const other of document.querySelectorAll(".menu-sheet [data-theme-set]")) {
    if (other === link) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  }
});

// Menus close when one clicks elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A form that came back: the reader is taken to what must be corrected.
document.querySelector("[data-focus]")?.focus();

// A legal act is sent once. The server refuses a second one anyway; this spares the doubt.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => {
    delete form.dataset.sent;
    event.submitter?.removeAttribute("aria-busy");
  }, 8000);
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// Toasts: closed by hand; those that came with an answer to htmx are made here.
const toasts = document.querySelector("[data-toasts]");
toasts?.addEventListener("click", (event) => event.target.closest("[data-close]")?.closest(".toast").remove());
document.body.addEventListener("toast", (event) => {
  if (!toasts) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("span");
  words.textContent = event.detail.value ?? event.detail.text ?? "";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-btn";
  close.dataset.close = "";
  close.textContent = "×";
  close.setAttribute("aria-label", toasts.dataset.close);
  toast.append(words, close);
  toasts.append(toast);
});

// Lists with acts in number: how many rows are chosen, and a box for the whole page.
const bulk = document.querySelector("[data-bulk]");
if (bulk) {
  const boxes = [...document.querySelectorAll('input[name="row"][form="bulk"]')];
  const said = bulk.querySelector("[data-bulk-count]");
  const all = bulk.querySelector("[data-bulk-all]");
  const head = document.querySelector("[data-bulk-page]");
  const page = document.createElement("input");
  page.type = "checkbox";
  page.setAttribute("aria-label", head.dataset.bulkPage);
  const label = document.createElement("label");
  label.append(page);
  head.replaceChildren(label);
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    page.checked = chosen === boxes.length;
    page.indeterminate = chosen > 0 && !page.checked;
    for (const box of [...boxes, page]) box.disabled = all.checked;
    for (const button of bulk.querySelectorAll("button")) button.disabled = !chosen && !all.checked;
    said.textContent = all.checked || !chosen ? "" : said.dataset.bulkCount.replace("#", chosen);
  };
  page.addEventListener("change", () => {
    for (const box of boxes) box.checked = page.checked;
    count();
  });
  for (const box of [...boxes, all]) box.addEventListener("change", count);
  window.addEventListener("pageshow", count);
  count();
}

// On a narrow screen the section where one is may lie beyond the edge of the tabs.
const section = document.querySelector(".tabs [aria-current]");
if (section) section.parentElement.scrollLeft = section.offsetLeft - (section.parentElement.clientWidth - section.offsetWidth) / 2;
