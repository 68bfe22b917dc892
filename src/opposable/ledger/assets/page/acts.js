// Checks 3xx, 40x and 7xx: headers, proofs, parts, and the erasure acts that cover what is missing.

const HEADER_KEYS = ["actor", "after", "at", "keep", "log", "obj", "outcome", "parts", "post", "prev", "rule", "salt", "seq", "type", "v"];
const ERASE = "kernel.part.erase";
const digestOrEmpty = (value) => value === "" || isDigest(value);

function isPin(value) {
  return isObject(value, "id", "from", "book", "row") && typeof value.id === "string" && /^[A-Za-z0-9][A-Za-z0-9_.-]{0,119}$/.test(value.id)
    && isDay(value.from) && isDigest(value.book) && isDigest(value.row);
}

const FIELDS = {
  v: (value) => value === 1,
  log: (value) => typeof value === "string" && /^[!#-*,-[\]-~]{1,255}$/.test(value),
  type: (value) => typeof value === "string" && /^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+$/.test(value),
  at: (value) => instant(value) !== null,
  actor: isUid,
  obj: isUid,
  seq: isCount,
  prev: digestOrEmpty,
  post: digestOrEmpty,
  rule: (value) => value === null || isPin(value),
  outcome: (value) => value === "done" || value === "refused",
  keep: isKeep,
  after: digestOrEmpty,
  parts: (value) => isObject(value) && Object.entries(value).every(([name, digest]) => isPartName(name) && isDigest(digest)),
  salt: isDigest,
};

// Everything that is wrong with a decoded header, as one sentence; empty when it has the fixed form.
function headerDefects(value) {
  if (!isObject(value, ...HEADER_KEYS)) return "not exactly the fields of a header";
  const wrong = HEADER_KEYS.filter((name) => !FIELDS[name](value[name]));
  if (wrong.length) return wrong.map((name) => `${name}: ${JSON.stringify(value[name])}`).join("; ");
  const { seq, prev, post } = value;
  if (seq === 0) return prev || post ? "seq 0 changes nothing: prev and post must be empty" : "";
  if ((seq === 1) !== (prev === "")) return "prev is empty for seq 1, and only then";
  return post ? "" : "post is missing: seq says that the object changed";
}

// The acts of a folder, by index; an index that both folders have is reported and read once.
function findActs(kase, folder) {
  const present = new Map();
  for (const name of kase.names(ACT)) {
    const [, where, index, , part] = ACT.exec(name);
    if (where !== folder) continue;
    const parts = present.get(Number(index)) ?? new Set();
    if (part) parts.add(part);
    present.set(Number(index), parts);
  }
  const found = [];
  for (const [index, parts] of [...present].sort(([one], [two]) => one - two)) {
    const act = { folder, index, present: parts, parts: new Map(), header: null, entry: null };
    act.where = (file = "act.json") => `${folder}/${index}/${file}`;
    if (kase.rec.expect("act.twice", `${folder}/${index}`, !kase.acts.has(index), "also in the other folder")) {
      kase.acts.set(index, act);
      found.push(act);
    }
  }
  return found;
}

async function checkAct(kase, act) {
  const bytes = kase.read(act.where());
  if (bytes) {
    act.entry = await sha(bytes);
    act.header = await readHeader(kase, act, bytes);
  }
  await checkProof(kase, act);
  for (const name of [...act.present].sort()) await checkPart(kase, act, name);
}

async function readHeader({ rec, checkpoint }, act, bytes) {
  const value = await rec.run("act.canonical", act.where(), () => decodeJson(bytes));
  if (value === null) return null;
  const wrong = headerDefects(value);
  if (!rec.expect("act.fields", act.where(), !wrong, wrong)) return null;
  if (checkpoint) rec.expect("act.log", act.where(), value.log === checkpoint.origin, `${value.log} instead of ${checkpoint.origin}`);
  return value;
}

async function checkProof(kase, act) {
  const { rec, checkpoint } = kase;
  const where = act.where("act.tlog-proof");
  const bytes = kase.read(where);
  if (!rec.expect("proof.form", where, bytes !== null, "absent")) return;
  const proof = await rec.run("proof.form", where, () => parseProof(bytes));
  if (!proof) return;
  rec.expect("proof.index", where, proof.index === BigInt(act.index), `proof of act ${proof.index}`);
  if (!checkpoint) return;
  if (!rec.expect("proof.checkpoint", where, same(proof.note, kase.note), "not the checkpoint of the bundle")) return;
  if (!act.entry) {
    // The header is gone: the proof file says what it was, and the tree says whether that is true.
    if (!rec.expect("proof.form", where, proof.extra?.length === 32, "no entry for the absent header")) return;
    act.entry = proof.extra;
  }
  const leaf = await leafHash(act.entry);
  await rec.run("proof.inclusion", where, () => verifyInclusion(leaf, BigInt(act.index), checkpoint.size, proof.hashes, checkpoint.root));
}

function parsePart(bytes) {
  const value = decodeJson(bytes);
  if (!isPartValue(value)) throw new Refused("a part is an object with exactly data, keep and salt");
  return value;
}

function isPartValue(value) {
  return isObject(value, "data", "keep", "salt") && isKeep(value.keep) && isDigest(value.salt);
}

async function checkPart(kase, act, name) {
  const { rec } = kase;
  const where = act.where(`part-${name}.json`);
  const bytes = kase.read(where);
  if (!bytes) return;
  const part = await rec.run("part.form", where, () => parsePart(bytes));
  if (!act.header) {
    // Of an unreadable header nothing more can be said; of an absent one no part should be left.
    if (!kase.has(act.where())) rec.expect("part.unknown", where, false, "its act has no header");
    return;
  }
  const sealed = Object.hasOwn(act.header.parts, name) ? act.header.parts[name] : null;
  if (!rec.expect("part.unknown", where, sealed !== null, "not in the header")) return;
  const digest = await shaHex(bytes);
  if (rec.expect("part.digest", where, digest === sealed, `sha256 ${digest}, sealed as ${sealed}`) && part) act.parts.set(name, part);
}

// --- what is missing ---

async function readWithheld(kase) {
  const bytes = kase.read("withheld.json");
  const withheld = new Map();
  if (!bytes) return withheld;
  const { rec } = kase;
  const rows = await rec.run("part.withheld-form", "withheld.json", () => parseWithheld(bytes));
  for (const { index, parts } of rows ?? []) {
    const act = kase.acts.get(index);
    const good = parts.filter((name) => act?.header && Object.hasOwn(act.header.parts, name) && !act.present.has(name));
    rec.expect("part.withheld-form", "withheld.json", good.length === parts.length, `act ${index}: a part is unknown or there`);
    withheld.set(index, parts);
  }
  return withheld;
}

function parseWithheld(bytes) {
  const value = decodeJson(bytes);
  const good = isObject(value, "acts") && Array.isArray(value.acts)
    && value.acts.every((row) => isObject(row, "index", "parts") && isCount(row.index) && Array.isArray(row.parts) && row.parts.every(isPartName))
    && new Set(value.acts.map((row) => row.index)).size === value.acts.length;
  if (!good) throw new Refused("withheld.json has exactly acts: [{index, parts}]");
  return value.acts;
}

function checkAbsences(kase, act, withheld) {
  const { rec } = kase;
  const state = (file, there, erased) => erased && rec.notice(there ? "erasure.still-there" : "erasure.lawful", file);
  const gone = kase.isErased(act.index, "header");
  const there = kase.has(act.where());
  if (rec.expect("act.header-missing", act.where(), there || gone, "no lawful erasure covers it")) state(act.where(), there, gone);
  for (const [name, sealed] of Object.entries(act.header?.parts ?? {})) {
    const file = act.where(`part-${name}.json`);
    const erased = kase.isErased(act.index, name);
    const reserved = withheld.get(act.index)?.includes(name) ?? false;
    const present = act.present.has(name);
    if (!rec.expect("part.missing", file, present || erased || reserved, `sealed as ${sealed}`)) continue;
    state(file, present, erased);
    if (!present && !erased) rec.notice("part.withheld", file);
  }
}

// --- erasures: one that fails in anything covers nothing ---

async function checkErasures(kase) {
  for (const act of findActs(kase, "erasures")) {
    const before = kase.rec.findings.length;
    await checkAct(kase, act);
    const erasure = await readErasure(kase, act);
    if (!erasure) continue;
    checkLawful(kase, act, erasure);
    if (kase.rec.findings.length === before) kase.lawful.push(erasure);
  }
}

async function readErasure({ rec }, act) {
  const { header } = act;
  if (!header) return null;
  if (!rec.expect("erasure.form", act.where(), header.type === ERASE && header.outcome === "done", `${header.type}, ${header.outcome}`)) return null;
  const where = act.where("part-erasure.json");
  const part = act.parts.get("erasure");
  if (!part) {
    if (!act.present.has("erasure")) rec.expect("erasure.form", where, false, "absent");
    return null;
  }
  return rec.run("erasure.form", where, () => parseErasure(part.data));
}

function parseErasure(data) {
  const isName = (name) => name === "header" || isPartName(name);
  const good = isObject(data, "class", "covers", "earliest_on", "rule") && isKeep(data.class) && isDay(data.earliest_on)
    && (data.rule === null || isPin(data.rule)) && Array.isArray(data.covers) && data.covers.length > 0
    && data.covers.every((cover) => isObject(cover, "from", "parts", "until") && isCount(cover.from) && isCount(cover.until)
      && cover.from < cover.until && Array.isArray(cover.parts) && cover.parts.length > 0 && cover.parts.every(isName));
  if (!good) throw new Refused("not an erasure: class, covers, earliest_on and rule");
  return data;
}

function checkLawful({ rec }, act, erasure) {
  const where = act.where("part-erasure.json");
  const day = act.header.at.slice(0, 10);
  rec.expect("erasure.early", where, erasure.earliest_on <= day, `on ${day}, allowed from ${erasure.earliest_on}`);
  const last = Math.max(...erasure.covers.map((cover) => cover.until));
  rec.expect("erasure.order", where, last <= act.index, `act ${act.index} covers acts up to ${last - 1}`);
  if (!erasure.rule && !act.header.rule) rec.notice("erasure.no-rule", where);
}
