// «Vérifier ici»: the proof of an act checked in this page, with the browser's own cryptography (WebCrypto).
// RFC 6962 hashes, RFC 9162 2.1.3.2 inclusion, C2SP signed notes and cosignatures. No library.

const english = document.documentElement.lang === "en";
const say = (fr, en) => (english ? en : fr);
const utf8 = new TextEncoder();

const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const base64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// c2sp.org/tlog-proof@v1: index, hashes, empty line, signed checkpoint.
export function parseProof(text) {
  const cut = text.indexOf("\n\n");
  const lines = text.slice(0, cut).split("\n");
  const note = text.slice(cut + 2);
  if (cut < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Error("tlog-proof");
  if (lines[0].startsWith("extra ")) lines.shift();
  const index = Number(/^index (0|[1-9]\d*)$/.exec(lines.shift())[1]);
  const end = note.lastIndexOf("\n\n");
  const body = note.slice(0, end + 1);
  const [origin, size, root] = body.split("\n");
  const signatures = note.slice(end + 2).split("\n").filter(Boolean).map((line) => {
    const [, name, data] = /^— (\S+) (\S+)$/.exec(line);
    const bytes = base64(data);
    return { name, id: hex(bytes.slice(0, 4)), data: bytes.slice(4) };
  });
  return { index, hashes: lines.map(base64), body, origin, size: Number(size), root: base64(root), signatures };
}

// The root that a leaf and its hashes lead to; null when their number does not fit the tree.
export async function foldPath(leaf, index, size, hashes) {
  if (index >= size) return null;
  let here = index;
  let last = size - 1;
  let node = leaf;
  for (const hash of hashes) {
    if (last === 0) return null;
    if (here % 2 === 1 || here === last) {
      node = await sha256([1], hash, node);
      while (here % 2 === 0 && here !== 0) {
        here /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      node = await sha256([1], node, hash);
    }
    here = Math.floor(here / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : null;
}

// name+id+base64(type ‖ key); the id must be that of the key.
export async function parseKey(vkey) {
  const [, name, id, data] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey.trim());
  const material = base64(data);
  const expected = (await sha256(utf8.encode(`${name}\n`), material)).slice(0, 4);
  if (hex(expected) !== id) throw new Error(`key ${name}`);
  return { name, id, type: material[0], key: material.slice(1) };
}

export async function verifySignature(key, signature, body) {
  const imported = await crypto.subtle.importKey("raw", key.key, { name: "Ed25519" }, false, ["verify"]);
  if (key.type === 1) return crypto.subtle.verify("Ed25519", imported, signature.data, utf8.encode(body));
  const seconds = new DataView(signature.data.buffer, signature.data.byteOffset, 8).getBigUint64(0);
  const message = utf8.encode(`cosignature/v1\ntime ${seconds}\n${body}`);
  const good = await crypto.subtle.verify("Ed25519", imported, signature.data.slice(8), message);
  return good && new Date(Number(seconds) * 1000);
}

async function fetchBytes(address) {
  const answer = await fetch(address, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

const fetchText = async (address) => new TextDecoder().decode(await fetchBytes(address));

async function* inspect(place, tamper) {
  const header = await fetchBytes(place.dataset.header);
  if (tamper) header[Math.floor(header.length / 2)] ^= 1;
  const proof = parseProof(await fetchText(place.dataset.proof));
  const entry = await sha256(header);
  yield ["ok", say("L’acte a été lu, son empreinte calculée ici", "The act was read, its digest computed here"), hex(entry)];

  const root = await foldPath(await sha256([0], entry), proof.index, proof.size, proof.hashes);
  const reached = root !== null && equal(root, proof.root);
  yield [
    reached ? "ok" : "bad",
    reached
      ? say(`Son chemin mène à la racine (${proof.hashes.length} empreintes)`, `Its path leads to the root (${proof.hashes.length} hashes)`)
      : say("Son chemin ne mène pas à la racine signée", "Its path does not lead to the signed root"),
    root ? hex(root) : "",
  ];

  const logs = await keysOf(await fetchText(place.dataset.vkeys), /^(\S+)$/);
  yield* signatures(proof, logs, (key) => say(`Racine signée par le journal, clé ${key.id}`, `Root signed by the log, key ${key.id}`), true);
  const witnesses = await keysOf(await fetchText(place.dataset.policy), /^witness \S+ (\S+)/);
  yield* signatures(proof, witnesses, (key, at) => say(`Vue par le témoin ${key.name}`, `Seen by the witness ${key.name}`) + ` · ${paris(at)}`, false);
  yield [
    "open",
    say("Les jetons d’horodatage ne se vérifient pas ici", "The time-stamp tokens are not checked here"),
    say("ils le sont par openssl, avec le dossier de preuve", "openssl does, with the evidence bundle"),
  ];
}

async function keysOf(text, line) {
  const found = text.split("\n").map((item) => line.exec(item)).filter(Boolean);
  return Promise.all(found.map((match) => parseKey(match[1])));
}

async function* signatures(proof, keys, words, needed) {
  let seen = false;
  for (const key of keys) {
    const signature = proof.signatures.find((item) => item.name === key.name && item.id === key.id);
    if (!signature) continue;
    const good = await verifySignature(key, signature, proof.body);
    seen = true;
    if (good) yield ["ok", words(key, good), ""];
    else yield ["bad", say(`Signature fausse : ${key.name}`, `False signature: ${key.name}`), ""];
  }
  if (needed && !seen) yield ["bad", say("Aucune signature du journal", "No signature of the log"), ""];
}

function paris(at) {
  const style = { timeZone: "Europe/Paris", dateStyle: "medium", timeStyle: "medium" };
  return `${new Intl.DateTimeFormat(english ? "en-GB" : "fr-FR", style).format(at)} Paris`;
}

function line(list, [tone, words, detail]) {
  const sprite = document.querySelector("svg.icon use").getAttribute("href").split("#")[0];
  const item = document.createElement("li");
  item.className = tone;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#${{ ok: "check", bad: "cross", open: "due" }[tone]}`);
  svg.append(use);
  const text = document.createElement("b");
  text.textContent = words;
  item.append(svg, text);
  if (detail) {
    const small = document.createElement("small");
    small.textContent = detail;
    item.append(small);
  }
  list.append(item);
}

async function run(place, tamper = false) {
  const list = place.querySelector(".checks");
  list.replaceChildren();
  if (!globalThis.crypto?.subtle) {
    line(list, ["open", say("Ce navigateur ne vérifie qu’en HTTPS : emportez la preuve", "This browser verifies over HTTPS only: take the proof away"), ""]);
    return;
  }
  let good = true;
  try {
    for await (const check of inspect(place, tamper)) {
      good &&= check[0] !== "bad";
      line(list, check);
    }
    line(list, good
      ? ["ok", say("Tout concorde.", "Everything agrees."), ""]
      : ["bad", say("Cela ne concorde pas : n’acceptez pas cette preuve.", "This does not agree: do not accept this proof."), tamper ? say("Un octet avait été changé dans cette page, pour l’essai.", "One byte had been changed in this page, as a trial.") : ""]);
  } catch (error) {
    line(list, ["open", say("Vérification impossible ici", "Cannot be verified here"), String(error.message ?? error)]);
  }
  place.dataset.result = good ? "good" : "bad";
  place.closest("section")?.classList.toggle("verified", good);
  place.closest("section")?.classList.toggle("falsified", !good);
  place.querySelector("[data-verify-more]").hidden = false;
}

for (const place of document.querySelectorAll("[data-verify]")) {
  place.querySelector("[data-verify-run]").addEventListener("click", () => run(place));
  place.querySelector("[data-verify-tamper]").addEventListener("click", () => run(place, true));
}
