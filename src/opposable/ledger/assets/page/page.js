// The page: two languages, one file dropped, an answer in words. Nothing of a bundle is ever written as HTML.

const WORDS = {
  fr: {
    title: "Vérifier un dossier de preuve",
    lead: "Cette page recalcule tout elle-même, dans ce navigateur. Elle n’envoie rien et ne charge rien : elle marche sans réseau.",
    drop: "Déposer ici le fichier .asice",
    dropHint: "ou toucher pour le choisir",
    trust: "Ce que vous tenez d’ailleurs (facultatif, mais c’est ce qui rend la réponse indépendante)",
    trustLead: "Sans cela, la clé du journal et les certificats sont pris dans le dossier lui-même, et la réponse le dit.",
    policy: "Politique de confiance", policyHint: "clés du journal et témoins (tlog-policy)",
    roots: "Racines d’horodatage", rootsHint: "certificats de l’autorité (PEM)",
    held: "Point de contrôle ancien", heldHint: "du même journal, que vous déteniez déjà",
    footer: "Cette page est venue avec le dossier, ou d’ailleurs : qui ne fait pas confiance à l’émetteur la prend ailleurs, ou emploie VERIFY.sh ou un autre logiciel. Formats : RFC 6962, RFC 3161, C2SP, ASiC-E.",
    good: "Vérifié", goodText: (made) => `${made} contrôles, tous bons.`,
    bad: "Faux", badText: (count) => (count === 1 ? "Un contrôle a échoué. Ce dossier ne peut pas être cru tel quel." : `${count} échecs. Ce dossier ne peut pas être cru tel quel.`),
    partial: "Vérifié en partie", partialText: "Rien n’est faux, mais ce navigateur n’a pas pu tout vérifier.",
    error: "Impossible de répondre",
    facts: "Ce qui est établi", stated: "Ce que dit le dossier", failures: "Ce qui est faux", notices: "À savoir", unchecked: "Non vérifié ici", checks: "Contrôles faits", acts: "Les actes",
    log: "Journal", size: "Actes scellés", key: "Clé (SHA-256)", byPolicy: "reconnue par votre politique", byBundle: "prise dans le dossier",
    notAfter: "Pas après", bundleAt: "Dossier daté", witnesses: "Témoins", none: "aucun", root: "Racine", file: "Fichier (SHA-256)",
    counted: "Compté comme", choices: { for: "pour", against: "contre", abstain: "abstention" }, noVotes: "aucune voix",
    countedAt: ({ line, table, form }) => `${form === null ? "" : `formulaire de l’acte n° ${form}, `}ligne ${line} du tableau de l’acte n° ${table}`,
    done: "accompli", refused: "refusé", times: (count) => `${count} fois`, idle: "sans objet",
    again: "Déposer un autre fichier",
    always: "Ce navigateur ne consulte pas les listes de révocation des certificats d’horodatage.",
  },
  en: {
    title: "Verify an evidence bundle",
    lead: "This page computes everything again by itself, in this browser. It sends nothing and loads nothing: it works without network.",
    drop: "Drop the .asice file here",
    dropHint: "or tap to choose it",
    trust: "What you have from elsewhere (optional, but it is what makes the answer independent)",
    trustLead: "Without it, the log’s key and the certificates are taken from the bundle itself, and the answer says so.",
    policy: "Trust policy", policyHint: "log keys and witnesses (tlog-policy)",
    roots: "Time-stamping roots", rootsHint: "certificates of the authority (PEM)",
    held: "Older checkpoint", heldHint: "of the same log, that you already held",
    footer: "This page came with the bundle, or from elsewhere: whoever does not trust the issuer takes it from elsewhere, or uses VERIFY.sh or other software. Formats: RFC 6962, RFC 3161, C2SP, ASiC-E.",
    good: "Verified", goodText: (made) => `${made} checks, all of them good.`,
    bad: "False", badText: (count) => (count === 1 ? "One check failed. This bundle cannot be believed as it is." : `${count} failures. This bundle cannot be believed as it is.`),
    partial: "Verified in part", partialText: "Nothing is false, but this browser could not check everything.",
    error: "No answer is possible",
    facts: "What is established", stated: "What the bundle says", failures: "What is false", notices: "To be known", unchecked: "Not checked here", checks: "Checks made", acts: "The acts",
    log: "Log", size: "Sealed acts", key: "Key (SHA-256)", byPolicy: "known to your policy", byBundle: "taken from the bundle",
    notAfter: "Not after", bundleAt: "Bundle dated", witnesses: "Witnesses", none: "none", root: "Root", file: "File (SHA-256)",
    counted: "Counted as", choices: { for: "for", against: "against", abstain: "abstain" }, noVotes: "no votes",
    countedAt: ({ line, table, form }) => `${form === null ? "" : `form of act ${form}, `}line ${line} of the table of act ${table}`,
    done: "done", refused: "refused", times: (count) => `${count} times`, idle: "nothing to check",
    again: "Drop another file",
    always: "This browser does not consult revocation lists of the time-stamping certificates.",
  },
};
const SEAL = {
  good: ["M24 2a22 22 0 1 0 0 44a22 22 0 1 0 0-44z", "M14.5 24.5l6.5 6.5 12.5-14"],
  bad: ["M24 2a22 22 0 1 0 0 44a22 22 0 1 0 0-44z", "M16 16l16 16M32 16L16 32"],
  partial: ["M24 2a22 22 0 1 0 0 44a22 22 0 1 0 0-44z", "M24 12v16M24 34.5v.5"],
};
SEAL.error = SEAL.partial;
const byId = (id) => document.getElementById(id);
const state = { lang: "fr", bundle: null, answer: null };
const say = () => WORDS[state.lang];

// The details are found in English, as for the verifier in Python; a French reader gets the phrase of PHRASES, the one with
// the most words of its own first. A value is looked up in its turn. What is far longer than any phrase is left as it stands.
const LONGEST = 1000;
const literally = (part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const PATTERNS = Object.entries(PHRASES)
  .sort(([one], [two]) => two.replaceAll("{}", "").length - one.replaceAll("{}", "").length || (one < two ? -1 : 1))
  .map(([english, french]) => [new RegExp(`^${english.split("{}").map(literally).join("(.*?)")}$`, "s"), french]);

function detailIn(lang, detail) {
  if (lang === "en" || !detail || detail.length > LONGEST) return detail;
  for (const [pattern, french] of PATTERNS) {
    const match = pattern.exec(detail);
    if (match) return french.split("{}").map((words, at) => (at ? detailIn(lang, match[at]) : "") + words).join("");
  }
  return detail;
}

// make("p", { class: "x" }, "text", child): text is always text.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// A digest in groups, so that two can be compared by eye.
function digestCode(digits) {
  return make("code", {}, digits.match(/.{1,8}/g).join(" "));
}

function drawing(paths) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 48 48");
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

function inParis(micros) {
  const options = { timeZone: "Europe/Paris", dateStyle: "long", timeStyle: "medium" };
  const at = new Date(Number(micros / 1000n));
  const milliseconds = String(micros / 1000n % 1000n).padStart(3, "0");
  const shown = new Intl.DateTimeFormat(state.lang === "fr" ? "fr-FR" : "en-GB", options).format(at);
  return `${shown}${state.lang === "fr" ? "," : "."}${milliseconds} (Paris)`;
}

function verdictOf({ rec, error }) {
  if (error) return "error";
  if (rec.findings.length) return "bad";
  return rec.unchecked.length ? "partial" : "good";
}

function showVerdict(answer, verdict) {
  const words = say();
  const made = answer.rec ? [...answer.rec.performed.values()].reduce((sum, count) => sum + count, 0) : 0;
  const texts = { good: words.goodText(made), bad: words.badText(answer.rec?.findings.length), partial: words.partialText, error: detailIn(state.lang, answer.error) };
  return make("div", { class: "verdict", role: "status" }, drawing(SEAL[verdict]), make("div", {}, make("h2", {}, words[verdict]), make("p", {}, texts[verdict])));
}

function showFacts({ rec: { facts, findings }, digest }) {
  const words = say();
  const dated = (info) => info && `${inParis(info.at)} · ${info.name}`;
  const rows = [
    ...(facts.counted ?? []).map((one) => [words.counted, countedAs(one)]),
    [words.log, facts.log], [words.size, facts.size?.toLocaleString(state.lang)],
    [words.key, facts.key && make("span", {}, digestCode(facts.key), ` · ${facts.trust ? words.byPolicy : words.byBundle}`)],
    [words.root, facts.root && digestCode(facts.root)], [words.notAfter, dated(facts.notAfter)], [words.bundleAt, dated(facts.bundleAt)],
    [words.witnesses, facts.witnesses?.join(", ") || words.none], [words.file, digestCode(digest)],
  ].filter(([, value]) => value);
  return card(findings.length ? words.stated : words.facts, "facts", make("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])));
}

// The votes of one line of a published table, by resolution; those that are none are not said.
function countedAs(one) {
  const words = say();
  const slot = (name) => name.replace(/^(\d+)\.(for|against|abstain)$/, (_, number, choice) => `${number} ${words.choices[choice]}`);
  const votes = one.votes.flatMap((count, at) => (count ? [`${slot(one.slots[at])} ${count.toLocaleString(state.lang)}`] : []));
  return make("span", { "data-counted": "" }, make("b", {}, votes.join(", ") || words.noVotes), ` (${words.countedAt(one)})`);
}

function card(title, kind, ...content) {
  return make("section", { class: `card ${kind}` }, make("h2", {}, title), ...content);
}

function showFailures(findings) {
  const rows = findings.slice(0, 200).map(({ check, where, detail }) => make("li", { "data-check": check }, checkTitle(check),
    make("p", {}, CATALOGUE.checks[check].means[state.lang]), make("p", { class: "where" }, make("code", {}, where)), make("p", { class: "detail" }, detailIn(state.lang, detail))));
  return card(say().failures, "failures", make("ul", {}, ...rows));
}

function checkTitle(check, ...more) {
  const entry = CATALOGUE.checks[check];
  return make("h3", {}, make("span", { class: "number" }, String(entry.number)), entry.name[state.lang], ...more);
}

function showNotices(notices) {
  const number = ([check]) => CATALOGUE.checks[check].number;
  const kinds = [...groupBy(notices)].sort((one, two) => number(one) - number(two));
  const rows = kinds.map(([check, found]) => make("li", { "data-notice": check },
    checkTitle(check, found.length > 1 ? make("span", { class: "count" }, `× ${found.length}`) : ""),
    make("p", {}, CATALOGUE.checks[check].means[state.lang]), make("p", { class: "detail" }, found.length === 1 ? [found[0].where, detailIn(state.lang, found[0].detail)].filter(Boolean).join(" · ") : "")));
  return card(say().notices, "notices", make("ul", {}, ...rows), make("p", { class: "detail" }, say().always));
}

function groupBy(notices) {
  const kinds = new Map();
  for (const one of notices) kinds.set(one.check, [...(kinds.get(one.check) ?? []), one]);
  return kinds;
}

function showUnchecked(unchecked) {
  const rows = unchecked.map(({ check, where, detail }) => make("li", { "data-unchecked": check }, checkTitle(check), make("p", { class: "detail" }, `${where} · ${detailIn(state.lang, detail)}`)));
  return card(say().unchecked, "unchecked", make("ul", {}, ...rows));
}

function showChecks({ performed, findings }) {
  const failed = new Set(findings.map((one) => one.check));
  const rows = Object.entries(CATALOGUE.categories).flatMap(([category, name]) => [
    make("h3", {}, name[state.lang]),
    ...Object.entries(CATALOGUE.checks).filter(([, check]) => check.category === category && check.level === "failure").map(([id, check]) => {
      const count = performed.get(id) ?? 0;
      const [kind, mark] = failed.has(id) ? ["failed", "✗"] : count ? ["passed", "✓"] : ["idle", "–"];
      return make("li", { class: kind }, make("span", {}, mark), make("span", {}, `${check.number} ${check.name[state.lang]}`), make("span", { class: "tally" }, count ? say().times(count) : say().idle));
    }),
  ]);
  return make("details", { class: "card" }, make("summary", {}, make("b", {}, say().checks)), make("ul", { class: "checks" }, ...rows));
}

function showActs(acts) {
  const rows = acts.slice(0, 500).map((act) => {
    const { header } = act;
    const title = header
      ? [make("span", {}, make("code", {}, header.type), " · ", make("span", { class: header.outcome }, say()[header.outcome])), make("span", {}, inParis(instant(header.at)), header.rule ? ` · ${header.rule.id}` : "")]
      : [make("span", {}, "—")];
    const content = { "act.json": header, ...Object.fromEntries([...act.parts].map(([name, part]) => [`part-${name}.json`, part])) };
    return make("li", {}, make("details", {}, make("summary", {}, make("b", {}, `n° ${act.index}`), ...title), make("pre", {}, JSON.stringify(content, null, 2))));
  });
  return card(say().acts, "acts", make("ul", {}, ...rows));
}

function show() {
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = say()[element.dataset.t];
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === state.lang));
  document.documentElement.lang = state.lang;
  document.title = say().title;
  const { answer } = state;
  if (!answer) return;
  const verdict = verdictOf(answer);
  const sections = [showVerdict(answer, verdict)];
  if (answer.rec) {
    const { rec } = answer;
    if (rec.findings.length) sections.push(showFailures(rec.findings));
    if (rec.unchecked.length) sections.push(showUnchecked(rec.unchecked));
    if (rec.facts.log) sections.push(showFacts(answer));
    if (rec.notices.length) sections.push(showNotices(rec.notices));
    sections.push(showChecks(rec));
    if (answer.acts.length) sections.push(showActs(answer.acts));
  }
  byId("drop").querySelector("span").textContent = `${state.bundle.name} — ${say().again}`;
  byId("result").replaceChildren(...sections);
  byId("result").hidden = false;
  document.body.dataset.verdict = verdict;
}

async function bytesOf(id) {
  const [file] = byId(id).files;
  return file ? new Uint8Array(await file.arrayBuffer()) : null;
}

// Lets the page draw between two pieces of long work.
async function progress(part) {
  byId("progress").value = part;
  await new Promise((resolve) => setTimeout(resolve));
}

async function run() {
  if (!state.bundle) return;
  delete document.body.dataset.verdict;
  byId("result").hidden = true;
  byId("progress").hidden = false;
  try {
    const trust = await readTrust({ policy: await bytesOf("policy"), roots: await bytesOf("roots"), held: await bytesOf("held") });
    const buffer = await state.bundle.arrayBuffer();
    state.answer = { ...(await verifyBundle(buffer, trust, progress)), digest: await shaHex(new Uint8Array(buffer)) };
  } catch (error) {
    state.answer = { error: error.message };
  }
  byId("progress").hidden = true;
  show();
}

function choose(file) {
  if (!file) return;
  state.bundle = file;
  run();
}

byId("bundle").addEventListener("change", (event) => choose(event.target.files[0]));
for (const id of ["policy", "roots", "held"]) byId(id).addEventListener("change", run);
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    byId("drop").classList.toggle("over", name === "dragover");
    if (name === "drop") choose(event.dataTransfer.files[0]);
  });
}
for (const button of document.querySelectorAll("[data-lang]")) {
  button.addEventListener("click", () => {
    state.lang = button.dataset.lang;
    show();
  });
}
if (!navigator.language.startsWith("fr") && navigator.language.startsWith("en")) state.lang = "en";
show();
