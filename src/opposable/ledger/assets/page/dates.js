// Checks 41x to 6xx: the log's key and checkpoint, witnesses, the checkpoint held, and the time-stamps on both sides.

async function readRoots(kase) {
  kase.roots = [];
  const brought = kase.trust.roots;
  const has = (name) => kase.has(name);
  for (const name of kase.names(ROOT)) {
    const certificates = await kase.rec.run("token.roots", name, () => parsePem(kase.read(name) ?? new Uint8Array()));
    if (certificates && !brought) kase.roots.push(...certificates);
  }
  if (brought) kase.roots = brought;
  else if (has("checkpoint.tsr") || has(TIMESTAMP) || kase.names(TOKEN).length) kase.rec.notice("trust.tsa");
}

async function checkLog(kase) {
  const { rec, trust } = kase;
  const key = await readKey(kase);
  kase.note = kase.read("checkpoint");
  kase.checkpoint = kase.note && (await rec.run("checkpoint.form", "checkpoint", () => parseCheckpoint(kase.note)));
  const { checkpoint } = kase;
  if (!checkpoint) return;
  const known = Boolean(trust.policy?.logs.length);
  const logs = known ? trust.policy.logs : key ? [key] : [];
  if (!known) rec.notice("trust.key", "log.vkey", key?.vkey ?? "");
  const signers = [];
  await rec.run("checkpoint.signature", "checkpoint", async () => {
    for (const log of logs) if (await signedBy(log, checkpoint)) signers.push(log.name);
    if (!signers.length) throw new Refused(`signed by ${checkpoint.signatures.map((line) => line.name).join(", ")}`);
  });
  if (signers.length) rec.expect("checkpoint.origin", "checkpoint", signers.includes(checkpoint.origin), `the log is ${checkpoint.origin}, the key is that of ${signers}`);
  await checkWitnesses(kase);
  await checkHeld(kase, logs);
  Object.assign(rec.facts, { log: checkpoint.origin, size: checkpoint.size, root: hex(checkpoint.root), key: key && (await shaHex(key.raw)), trust: known });
}

// The key that the bundle states, if its two forms are one key.
async function readKey({ rec, bytes }) {
  const [pem, vkey] = ["log.pem", "log.vkey"].map((name) => bytes.get(name));
  if (!pem || !vkey) return null;
  const key = await rec.run("checkpoint.key", "log.vkey", async () => {
    const line = utf8(vkey);
    const parsed = await parseVkey(line.endsWith("\n") ? line.slice(0, -1) : "");
    if (parsed.type !== ED25519) throw new Refused("not a log key (type 0x01)");
    return parsed;
  });
  const raw = await rec.run("checkpoint.key", "log.pem", () => {
    const match = /-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----/.exec(utf8(pem));
    const spki = unbase64((match?.[1] ?? "").replace(/\s/g, ""));
    if (hex(spki.subarray(0, 12)) !== "302a300506032b6570032100" || spki.length !== 44) throw new Refused("not an Ed25519 key");
    return spki.subarray(12);
  });
  if (!key || !raw) return null;
  return rec.expect("checkpoint.key", "log.pem", same(raw, key.raw), "not the key of log.vkey") ? key : null;
}

async function checkWitnesses(kase) {
  const { rec, trust, checkpoint } = kase;
  const stated = kase.read("policy");
  const policy = trust.policy ?? (stated && (await rec.run("policy.form", "policy", () => parsePolicy(stated))));
  if (!policy) return rec.notice("witness.none");
  const cosigned = new Map();
  for (const [name, key] of policy.witnesses) {
    const lines = checkpoint.signatures.filter((line) => line.name === key.name && same(line.keyId, key.keyId));
    for (const line of lines) {
      const good = await rec.run("witness.signature", "checkpoint", async () => {
        if (!(await verifyLine(key, checkpoint.body, line.data))) throw new Refused(`the cosignature of ${name} is false`);
      });
      if (good) cosigned.set(name, cosignedAt(line.data));
    }
  }
  rec.facts.witnesses = [...cosigned.keys()];
  const names = [...cosigned.keys()].join(", ");
  if (trust.policy) rec.expect("policy.quorum", "checkpoint", isWitnessed(policy, policy.quorum, cosigned), `quorum ${policy.quorum}, cosigned by ${names || "no witness"}`);
  if (!cosigned.size || !trust.policy) rec.notice("witness.none", "", names && `cosigned by witnesses that the bundle itself names: ${names}`);
}

async function checkHeld({ rec, trust, checkpoint, bytes }, logs) {
  if (!trust.held) return rec.notice("history.alone");
  const held = await rec.run("history.held", "", async () => {
    const found = parseCheckpoint(trust.held);
    if (found.origin !== checkpoint.origin) throw new Refused(`it is of the log ${found.origin}`);
    for (const log of logs) if (await signedBy(log, found)) return found;
    throw new Refused("it is not signed by the key of this log");
  });
  if (!held || held.size === 0n) return;
  const name = `consistency/${held.size}-${checkpoint.size}.json`;
  await rec.run("history.proof", name, async () => {
    const path = held.size < checkpoint.size ? consistencyPath(bytes.get(name), held.size, checkpoint.size) : [];
    await verifyConsistency(held.size, checkpoint.size, path, held.root, checkpoint.root);
  });
}

function consistencyPath(proof, oldSize, newSize) {
  if (!proof) throw new Refused("the bundle has no consistency proof from there");
  const value = decodeJson(proof);
  if (!isObject(value, "hashes", "new", "old") || BigInt(value.old) !== oldSize || BigInt(value.new) !== newSize) throw new Refused("not a proof between these sizes");
  if (!Array.isArray(value.hashes) || !value.hashes.every(isDigest)) throw new Refused("the hashes are 64 hex digits");
  return value.hashes.map(unhex);
}

// --- every act lies between two time-stamps ---

async function checkDates(kase) {
  const { rec } = kase;
  const over = await checkCheckpointToken(kase);
  const tokens = await readEarlierTokens(kase);
  let without = 0;
  for (const act of sortedActs(kase)) {
    const at = instant(act.header.at);
    if (over) rec.expect("time.not-after", act.where(), at < over.to, `at ${act.header.at}, token of ${isoOf(over.at)}`);
    if (!act.header.after) without += 1;
    else if (rec.expect("after.missing", act.where(), tokens.has(act.header.after), `tsa/${act.header.after}.tsr is not there`)) {
      const token = tokens.get(act.header.after);
      if (token) rec.expect("time.not-before", act.where(), token.from <= at, `at ${act.header.at}, token of ${isoOf(token.at)}`);
    }
  }
  if (without) rec.notice("time.no-after", "", `${without} / ${sortedActs(kase).length}`);
}

function sortedActs(kase) {
  return [...kase.acts.values()].filter((act) => act.header).sort((one, two) => one.index - two.index);
}

function isoOf(micros) {
  return new Date(Number(micros / 1000n)).toISOString();
}

async function checkCheckpointToken(kase) {
  const { rec, checkpoint, note } = kase;
  const response = kase.read("checkpoint.tsr");
  if (!response) {
    rec.notice("time.undated");
    return null;
  }
  const info = await rec.run("token.checkpoint", "checkpoint.tsr", () => verifyToken(tokenOf(response), kase.roots));
  if (!info || !checkpoint) return null;
  // Cosignatures are added at the end: a token over any beginning that holds the whole text dates the root.
  let covered = false;
  for (let end = text.encode(checkpoint.body).length; end <= note.length && !covered; end++) {
    if (note[end - 1] === 10) covered = await info.isOver(note.subarray(0, end));
  }
  if (!rec.expect("token.imprint", "checkpoint.tsr", covered, "it is over something else")) return null;
  rec.facts.notAfter = info;
  return info;
}

async function readEarlierTokens(kase) {
  const tokens = new Map();
  for (const name of kase.names(TOKEN)) {
    const response = kase.read(name) ?? new Uint8Array();
    const digest = await shaHex(response);
    if (kase.rec.expect("token.name", name, name === `tsa/${digest}.tsr`, `sha256 ${digest}`)) {
      tokens.set(digest, await kase.rec.run("token.after", name, () => verifyToken(tokenOf(response), kase.roots)));
    }
  }
  return tokens;
}
