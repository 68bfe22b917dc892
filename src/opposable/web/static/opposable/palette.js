// Ctrl/⌘ K: one field that finds records, people, articles and pages. Without JavaScript the field above is a plain search form.

const palette = document.querySelector("[data-palette]");
const input = palette?.querySelector("input");
const list = palette?.querySelector("ul");
const status = palette?.querySelector("[role=status]");
let chosen = -1;
let running = null;
let timer = 0;
let answered = null; // the words whose results are shown
let hurried = false; // Enter was pressed before they came

function options() {
  return [...list.querySelectorAll("[role=option]")];
}

function choose(index) {
  const all = options();
  chosen = all.length ? (index + all.length) % all.length : -1;
  all.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
  if (chosen < 0) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", all[chosen].id);
  all[chosen].scrollIntoView({ block: "nearest" });
}

function line(result, index) {
  const option = document.createElement("li");
  option.id = `palette-${index}`;
  option.setAttribute("role", "option");
  option.dataset.href = result.href;
  for (const [tag, text] of [["span", result.label], ["small", result.kind], ["small", result.detail]]) {
    if (!text) continue;
    const part = document.createElement(tag);
    part.textContent = text;
    option.append(part);
  }
  return option;
}

async function ask() {
  const words = input.value.trim();
  running?.abort();
  running = new AbortController();
  try {
    const address = `${palette.dataset.palette}?q=${encodeURIComponent(words)}`;
    const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: running.signal });
    const { results } = await answer.json();
    list.replaceChildren(...results.map(line));
    input.setAttribute("aria-expanded", String(results.length > 0));
    status.textContent = results.length || !words ? status.dataset.hint : status.dataset.none;
    choose(results.length ? 0 : -1);
    answered = words;
    if (hurried && words === input.value.trim()) go();
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = status.dataset.none;
  }
}

// Open what is chosen; without any result, the search page.
function go() {
  const option = options()[chosen];
  if (option) location.assign(option.dataset.href);
  else input.form.submit();
}

function open() {
  if (palette.open) return;
  input.value = "";
  answered = null;
  hurried = false;
  palette.showModal();
  input.focus();
  ask();
}

if (palette && typeof palette.showModal === "function") {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  for (const opener of document.querySelectorAll("a[data-palette-open]")) {
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      open();
    });
  }
  palette.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.href);
    else if (event.target === palette || event.target.closest("[data-palette-close]")) palette.close();
  });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter" && answered === input.value.trim()) go();
    else if (event.key === "Enter") {
      hurried = true;
      clearTimeout(timer);
      ask();
    } else return;
    event.preventDefault();
  });
}
