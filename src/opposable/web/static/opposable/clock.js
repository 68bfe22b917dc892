// Legal time. The hour shown is the server's, carried on by this device; the rule is always applied by the server.

const PARIS = "Europe/Paris";
const face = document.querySelector("[data-clock]");
const lang = document.documentElement.lang || "fr";
const hours = new Intl.DateTimeFormat("fr-FR", { timeZone: PARIS, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const days = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "fr-FR", { timeZone: PARIS, weekday: "short", day: "numeric", month: "short", year: "numeric" });

// Server time minus device time, in milliseconds. The device's own clock may be wrong by hours: only its pace is used.
let offset = face ? Date.parse(face.dataset.clock) - Date.now() : 0;

async function synchronise() {
  if (!face?.dataset.sync || document.hidden) return;
  const asked = performance.now();
  try {
    const answer = await fetch(face.dataset.sync, { cache: "no-store" });
    const there = Date.parse((await answer.json()).now);
    const half = (performance.now() - asked) / 2;
    if (Number.isFinite(there)) offset = there + half - Date.now();
  } catch {
    // Without the network the last known offset stays.
  }
}

function span(milliseconds) {
  let seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const parts = [];
  for (const [name, size] of [[lang === "en" ? "d" : "j", 86400], ["h", 3600], ["min", 60], ["s", 1]]) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count || parts.length || size === 1) parts.push([count, name]);
  }
  return parts.slice(0, 2).filter(([count], i) => count || !i).map((part) => part.join("\u00a0")).join("\u00a0");
}

function countdown(node, now) {
  const left = Date.parse(node.dateTime) - now;
  const text = span(left);
  if (lang === "en") node.textContent = left >= 0 ? `in ${text}` : `${text} ago`;
  else node.textContent = left >= 0 ? `dans ${text}` : `il y a ${text}`;
  if (left < 0 && node.dataset.countdown !== "past") {
    node.dataset.countdown = "past";
    node.closest(".deadline")?.classList.add("past");
    node.dispatchEvent(new CustomEvent("deadline", { bubbles: true }));
  }
}

function tick() {
  const now = Date.now() + offset;
  const instant = new Date(now);
  if (face) {
    face.querySelector("[data-time]").textContent = hours.format(instant);
    const day = face.querySelector("[data-day]");
    if (day) day.textContent = days.format(instant).replace(",", "");
  }
  for (const node of document.querySelectorAll("time[data-countdown]")) countdown(node, now);
  setTimeout(tick, 1000 - (now % 1000) + 5);
}

tick();
document.addEventListener("visibilitychange", synchronise);
setInterval(synchronise, 5 * 60 * 1000);
