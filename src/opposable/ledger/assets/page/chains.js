// Checks 8xx and 9xx: the history of each object from its first act on, and the rules that the acts cite.

async function checkObjects(kase) {
  const { rec } = kase;
  const chained = new Map();
  for (const name of kase.names(OBJECT)) {
    const obj = OBJECT.exec(name)[1];
    chained.set(obj, await checkObject(kase, name, obj));
  }
  let alone = 0;
  for (const act of sortedActs(kase)) {
    const { seq, obj } = act.header;
    if (seq === 0) continue;
    if (!chained.has(obj)) alone += 1;
    else if (chained.get(obj)) rec.expect("object.unchained", act.where(), chained.get(obj).has(act.index), `not in objects/${obj}.json`);
  }
  if (alone) rec.notice("object.no-chain", "", `${alone} / ${sortedActs(kase).length}`);
}

// The indexes of its chain; null when the file cannot be read.
async function checkObject(kase, where, obj) {
  const { rec } = kase;
  const file = await rec.run("object.form", where, () => parseObject(kase.read(where) ?? new Uint8Array(), obj));
  if (!file) return null;
  const { chain, state } = file;
  const late = beginsLate(kase, chain);
  const start = late ? chain[0].seq : 1;
  const counted = chain.length > 0 && chain.every((link, at) => link.seq === start + at && (at === 0 || chain[at - 1].index < link.index));
  rec.expect("object.sequence", where, counted, `numbers ${chain.map((link) => link.seq).slice(0, 20)}`);
  if (late) rec.notice("object.begun-earlier", where, `from number ${start} on`);
  let previous = late ? null : "";
  for (const link of chain) previous = await checkLink(kase, where, obj, link, previous);
  if (state !== null && chain.length) {
    const digest = await shaHex(text.encode(encodeJson(state)));
    rec.expect("object.state", where, digest === chain.at(-1).post, `sha256 ${digest}, sealed as ${chain.at(-1).post}`);
  }
  return new Set(chain.map((link) => link.index));
}

// Whether the history begins with an act that was lawfully erased whole: nothing says any more what came before it.
function beginsLate(kase, chain) {
  if (chain.length < 2 || chain[0].seq <= 1 || chain[0].member) return false;
  const act = kase.acts.get(chain[0].index);
  return Boolean(act) && !kase.has(act.where()) && kase.isErased(act.index, "header");
}

// Check one link; the entry (hex) of its act, null when nothing says what it was.
async function checkLink(kase, where, obj, link, previous) {
  const { rec } = kase;
  if (previous !== null) rec.expect("object.prev", where, link.prev === previous, `number ${link.seq}: prev ${link.prev || "empty"}`);
  const act = kase.acts.get(link.index);
  if (!rec.expect("object.act-missing", where, Boolean(act), `act ${link.index}`)) return null;
  if (link.member) {
    const part = act.parts.get("objects");
    if (part || !kase.isErased(act.index, "objects")) await rec.run("object.member", where, () => verifyMember(obj, link, part?.data));
  } else if (act.header) {
    const { header } = act;
    const agrees = header.obj === obj && header.seq === link.seq && header.prev === link.prev && header.post === link.post;
    rec.expect("object.header", where, agrees, `number ${link.seq} differs from act ${link.index}`);
  }
  return act.entry && hex(act.entry);
}

async function verifyMember(obj, { index, seq, prev, post, member }, data) {
  if (!isObject(data, "root", "size") || !isDigest(data.root)) throw new Refused(`act ${index} has no part “objects” to look in`);
  if (data.size !== member.size) throw new Refused(`act ${index} changed ${data.size} objects, not ${member.size}`);
  const leaf = await leafHash(text.encode(encodeJson({ obj, post, prev, seq })));
  await verifyInclusion(leaf, BigInt(member.position), BigInt(member.size), member.hashes.map(unhex), unhex(data.root));
}

function parseObject(bytes, obj) {
  const value = decodeJson(bytes);
  const good = isObject(value, "chain", "kind", "obj", "state") && value.obj === obj && typeof value.kind === "string"
    && Array.isArray(value.chain) && (value.state === null || isPartValue(value.state)) && value.chain.every(isLink);
  if (!good) throw new Refused("not the chain, kind, obj (its file's name) and state of an object");
  return value;
}

function isLink(link) {
  return isObject(link, "index", "member", "post", "prev", "seq") && isCount(link.index) && isCount(link.seq)
    && digestOrEmpty(link.post) && digestOrEmpty(link.prev) && (link.member === null || isMember(link.member));
}

function isMember(member) {
  return isObject(member, "hashes", "position", "size") && isCount(member.position) && isCount(member.size)
    && Array.isArray(member.hashes) && member.hashes.every(isDigest);
}

// --- rules ---

async function checkRules(kase) {
  const rows = new Map();
  for (const name of kase.names(RULE)) {
    const id = RULE.exec(name)[1];
    const bytes = kase.read(name) ?? new Uint8Array();
    rows.set(id, (rows.get(id) ?? new Map()).set(await shaHex(bytes), bytes));
  }
  for (const act of sortedActs(kase)) {
    if (act.header.rule) await checkRule(kase, act.where(), act, act.header.rule, rows);
    const pin = act.folder === "erasures" ? act.parts.get("erasure")?.data?.rule : null;
    if (isPin(pin ?? null)) await checkRule(kase, act.where("part-erasure.json"), act, pin, rows);
  }
}

async function checkRule({ rec }, where, act, pin, rows) {
  const known = rows.get(pin.id);
  if (!rec.expect("rule.missing", where, Boolean(known), `rules/${pin.id}.json`)) return;
  if (!rec.expect("rule.digest", where, known.has(pin.row), `cited ${pin.row}, enclosed ${[...known.keys()]}`)) return;
  const row = await rec.run("rule.form", `rules/${pin.id}.json`, () => {
    const value = decodeJson(known.get(pin.row));
    if (!isObject(value) || value.id !== pin.id || value.from !== pin.from) throw new Refused(`not the wording of ${pin.id} from ${pin.from}`);
    if (!(value.until === null || isDay(value.until))) throw new Refused("a rule has until: a day, or null");
    return value;
  });
  if (!row) return;
  const good = daysOf(act, pin).some((day) => row.from <= day && (row.until === null || day < row.until));
  rec.expect("rule.dates", where, good, `${row.id} from ${row.from} until ${row.until ?? "now"}, applied to ${daysOf(act, pin)[0]}`);
}

// The day a rule is applied to: the one that the part «why» states for it, else that of the act, in UTC or in Paris.
function daysOf(act, pin) {
  const why = act.parts.get("why")?.data;
  for (const item of Array.isArray(why) ? why : []) {
    if (isObject(item) && isObject(item.rule ?? null) && encodeJson(item.rule) === encodeJson(pin) && isDay(item.on)) return [item.on];
  }
  const at = Number(instant(act.header.at) / 1000n);
  return [0, 7_200_000].map((ahead) => new Date(at + ahead).toISOString().slice(0, 10));
}
