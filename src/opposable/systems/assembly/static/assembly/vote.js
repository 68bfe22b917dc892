// The voting site's comforts: one resolution after the other, sums of a split, the holder's own time. All of it can be done without.

const english = document.documentElement.lang === "en";
const say = (fr, en) => (english ? en : fr);
const number = new Intl.NumberFormat(english ? "en" : "fr");

// The limit in the time of this device, when it is not that of Paris.
for (const place of document.querySelectorAll("[data-deadline]")) {
  const limit = new Date(place.dataset.deadline);
  const lang = english ? "en-GB" : "fr-FR";
  const day = { weekday: "short", day: "numeric", month: "short" };
  const hour = { hour: "2-digit", minute: "2-digit" };
  const write = (style) => new Intl.DateTimeFormat(lang, style).format(limit);
  const paris = { timeZone: "Europe/Paris" };
  if (write({ ...day, ...hour }) === write({ ...day, ...hour, ...paris })) continue;
  const here = write(write(day) === write({ ...day, ...paris }) ? hour : { ...day, ...hour });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone.split("/").pop().replaceAll("_", " ");
  const own = place.querySelector("[data-own-time]");
  own.querySelector("b").textContent = `${here} (${zone})`;
  own.hidden = false;
}

// A split: what is left, told as one types. The server counts again, exactly.
function sum(box) {
  const held = BigInt(box.dataset.votes);
  const said = box.querySelector("[data-left]");
  let given = 0n;
  let plain = true;
  for (const input of box.querySelectorAll("input")) {
    const text = input.value.replaceAll(/[\s\u00a0\u202f]/g, "");
    if (text === "") continue;
    if (/^\d{1,16}$/.test(text)) given += BigInt(text);
    else plain = false;
  }
  const left = held - given;
  said.classList.toggle("over", !plain || left < 0n);
  if (!plain) said.textContent = say("Des chiffres seulement.", "Digits only.");
  else if (left < 0n) said.textContent = say(`${number.format(-left)} voix de trop.`, `${number.format(-left)} votes too many.`);
  else if (left > 0n) said.textContent = say(`Reste ${number.format(left)} voix, en abstention.`, `${number.format(left)} votes left, as abstentions.`);
  else said.textContent = say("Toutes vos voix sont réparties.", "All your votes are shared out.");
}

for (const box of document.querySelectorAll(".split")) {
  box.addEventListener("input", (event) => {
    // «1 500» pasted from elsewhere: spaces are no digits.
    const plain = event.target.value.replaceAll(/[\s\u00a0\u202f]/g, "");
    if (plain !== event.target.value) event.target.value = plain;
    sum(box);
  });
  if ([...box.querySelectorAll("input")].some((input) => input.value)) sum(box);
}

const ballot = document.querySelector("[data-ballot]");
if (ballot) start(ballot);

function start(form) {
  const chosen = (name) => form.querySelector(`input[name="${name}"]:checked`)?.value ?? "";
  const steps = [...form.querySelectorAll("[data-step]")];
  const note = form.querySelector(".step-note");
  const [back, next, check] = ["[data-back]", "[data-next]", "[data-check]"].map((at) => form.querySelector(at));
  const progress = form.querySelector("[data-progress]");
  let at = 0;
  let single = matchMedia("(max-width: 40rem)").matches;

  const mine = () => steps.filter((step) => "always" in step.dataset || chosen("mode") === "vote");

  // Answers of another way of voting are not sent: an answer left in a split would be two answers.
  for (const votes of form.querySelectorAll(".votes")) {
    votes.addEventListener("change", (event) => {
      if (event.target.type !== "radio" || event.target.value === "split") return;
      for (const input of votes.querySelectorAll(".split input")) input.value = "";
      const said = votes.querySelector("[data-left]");
      if (said) said.textContent = "";
    });
  }

  for (const button of form.querySelectorAll('button[name="fill"]')) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      fill(button.value);
    });
  }

  function fill(word) {
    let done = 0;
    const left = [];
    for (const step of steps) {
      const none = step.querySelector('.votes input[value=""]:checked');
      if (!none) continue;
      const nth = none.name.slice(1);
      if (word === "for" && !("backed" in step.dataset)) {
        left.push(nth);
        continue;
      }
      step.querySelector(`.votes input[value="${word}"]`).checked = true;
      done += 1;
    }
    const rest = left.length ? say(` Restent sans marque : n° ${left.join(", ")}.`, ` Still without a mark: no. ${left.join(", ")}.`) : "";
    form.querySelector("[data-filled]").textContent = say(`${done} résolutions marquées. Rien n’est envoyé.`, `${done} resolutions marked. Nothing is sent.`) + rest;
    draw();
  }

  function draw(focus = false) {
    const shown = mine();
    at = Math.min(Math.max(at, 0), shown.length - 1);
    form.classList.toggle("one-by-one", single);
    for (const step of steps) step.classList.toggle("here", single && step === shown[at]);
    const last = at === shown.length - 1;
    note.classList.toggle("here", single && last);
    back.hidden = !single || at === 0;
    next.hidden = !single || last;
    check.hidden = single && !last;
    progress.hidden = !single;
    progress.querySelector("[data-where]").textContent = say(`étape ${at + 1} sur ${shown.length}`, `step ${at + 1} of ${shown.length}`);
    Object.assign(progress.querySelector("progress"), { max: shown.length, value: at + 1 });
    view.textContent = single ? say("Tout voir à la fois", "See all at once") : say("Une étape après l’autre", "One step after the other");
    if (focus && single) {
      scrollTo({ top: form.getBoundingClientRect().top + scrollY - 84 });
      shown[at].querySelector("h2").focus({ preventScroll: true });
    }
  }

  // A link to a field, from the list of errors, opens the step that holds it.
  function open(target) {
    const step = target?.closest("[data-step]");
    if (!step || !mine().includes(step)) return;
    at = mine().indexOf(step);
    draw();
    (target.matches("fieldset") ? target.querySelector("input") : target).focus();
  }

  const view = document.createElement("button");
  view.type = "button";
  view.addEventListener("click", () => {
    single = !single;
    draw(true);
  });
  const line = document.createElement("div");
  line.className = "view";
  line.append(view);
  form.before(line);

  back.addEventListener("click", () => {
    at -= 1;
    draw(true);
  });
  next.addEventListener("click", () => {
    at += 1;
    draw(true);
  });
  form.addEventListener("change", (event) => event.target.name === "mode" && draw());
  // Enter in a field of an early step goes on to the next one; it does not skip the others.
  form.addEventListener("submit", (event) => {
    if (single && !next.hidden && event.submitter === check) {
      event.preventDefault();
      event.stopImmediatePropagation();
      next.click();
    }
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    const target = link && document.getElementById(link.hash.slice(1));
    if (target && form.contains(target)) {
      event.preventDefault();
      open(target);
    }
  });
  draw();
  const wrong = form.querySelector(".step .errors, .step [aria-invalid='true']");
  if (wrong) {
    at = Math.max(0, mine().indexOf(wrong.closest("[data-step]")));
    draw();
  }
}
