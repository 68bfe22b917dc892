// C2SP signed notes, checkpoints, cosignatures, proofs and policies.

const ED25519 = 1;
const COSIGNATURE = 4;

async function parseVkey(vkey) {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  if (!match) throw new Refused("a verifier key has three parts: name+ID+key");
  const [, name, id, encoded] = match;
  const material = unbase64(encoded);
  const type = material[0];
  if (material.length !== 33 || ![ED25519, COSIGNATURE].includes(type)) throw new Refused("not an Ed25519 key");
  const keyId = (await sha(concat(text.encode(`${name}\n`), material))).subarray(0, 4);
  if (hex(keyId) !== id) throw new Refused(`the key ID ${id} of ${name} is not that of its key`);
  return { name, type, keyId, raw: material.subarray(1), vkey };
}

async function ed25519(raw, message, signature) {
  let key;
  try {
    key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  } catch (error) {
    if (error.name === "NotSupportedError") throw new Unsupported("Ed25519 is not in this browser's WebCrypto");
    throw new Refused("not an Ed25519 key");
  }
  return crypto.subtle.verify("Ed25519", key, signature, message);
}

function splitNote(bytes) {
  const note = utf8(bytes);
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || /[\x00-\x09\x0b-\x1f]/.test(note) || !note.endsWith("\n")) throw new Refused("not a signed note");
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > 100) throw new Refused("more than 100 signatures");
  return { body: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line) {
  const match = /^— ([^+\s]+) ([A-Za-z0-9+/=]+)$/.exec(line);
  const data = match && unbase64(match[2]);
  if (!data || data.length < 5) throw new Refused("a signature line is not «— name signature»");
  return { name: match[1], keyId: data.subarray(0, 4), data: data.subarray(4) };
}

function parseDecimal(digits) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(digits) || BigInt(digits) >= 1n << 63n) throw new Refused(`not a decimal number: ${digits.slice(0, 40)}`);
  return BigInt(digits);
}

function parseCheckpoint(bytes) {
  const { body, signatures } = splitNote(bytes);
  const [origin, size, root, ...more] = body.slice(0, -1).split("\n");
  if (!origin || root === undefined || more.includes("")) throw new Refused("a checkpoint has at least three lines");
  const hash = unbase64(root);
  if (hash.length !== 32) throw new Refused("the root is not 32 bytes");
  return { origin, size: parseDecimal(size), root: hash, body, signatures };
}

// Whether a key signs a checkpoint: null when it has no line there, false when one of its lines is false.
async function signedBy(key, { body, signatures }) {
  const mine = signatures.filter((line) => line.name === key.name && same(line.keyId, key.keyId));
  if (!mine.length) return null;
  for (const line of mine) if (!(await verifyLine(key, body, line.data))) return false;
  return true;
}

async function verifyLine(key, body, data) {
  if (key.type === ED25519) return data.length === 64 && ed25519(key.raw, text.encode(body), data);
  if (data.length !== 72) return false;
  return ed25519(key.raw, text.encode(`cosignature/v1\ntime ${cosignedAt(data)}\n${body}`), data.subarray(8));
}

function cosignedAt(data) {
  return new DataView(data.buffer, data.byteOffset, 8).getBigUint64(0);
}

function parseProof(bytes) {
  const proof = utf8(bytes);
  const end = proof.indexOf("\n\n");
  if (end < 0) throw new Refused("not a proof: no empty line before the checkpoint");
  const lines = proof.slice(0, end).split("\n");
  if (lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Refused("not a proof");
  const extra = lines[0]?.startsWith("extra ") ? unbase64(lines.shift().slice(6)) : null;
  if (!lines[0]?.startsWith("index ")) throw new Refused("not a proof: no index");
  const index = parseDecimal(lines.shift().slice(6));
  const hashes = lines.map(unbase64);
  if (hashes.length > 63 || hashes.some((hash) => hash.length !== 32)) throw new Refused("a proof hash is not 32 bytes");
  const note = text.encode(proof.slice(end + 2));
  if (index >= parseCheckpoint(note).size) throw new Refused("the index is not in the checkpoint");
  return { index, hashes, extra, note };
}

// --- tlog-policy ---

async function parsePolicy(bytes) {
  const source = new TextDecoder("latin1").decode(bytes);
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(source) || (source && !source.endsWith("\n"))) throw new Refused("not a policy: control characters, or cut short");
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: null, members: new Set() };
  for (const line of source.split("\n")) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (words.length && !words[0].startsWith("#")) await policyLine(policy, words);
  }
  if (policy.quorum === null) throw new Refused("the policy has no quorum line");
  return policy;
}

async function policyLine(policy, [kind, ...words]) {
  const defined = (name) => policy.witnesses.has(name) || policy.groups.has(name);
  const free = (name) => name && name !== "none" && !defined(name);
  if (kind === "log" && [1, 2].includes(words.length)) {
    const key = await parseVkey(words[0]);
    if (policy.logs.some((other) => same(other.raw, key.raw))) throw new Refused("a log key is listed twice");
    policy.logs.push(key);
  } else if (kind === "witness" && [2, 3].includes(words.length) && free(words[0])) {
    const key = await parseVkey(words[1]);
    if (key.type !== COSIGNATURE || [...policy.witnesses.values()].some((other) => same(other.raw, key.raw))) throw new Refused("not a witness key, or listed twice");
    policy.witnesses.set(words[0], key);
  } else if (kind === "group" && words.length >= 3 && free(words[0])) {
    const [name, threshold, ...members] = words;
    for (const member of members) {
      if (!defined(member) || policy.members.has(member)) throw new Refused(`${member} is not defined above, or is a member already`);
      policy.members.add(member);
    }
    const needed = threshold === "all" ? members.length : threshold === "any" ? 1 : /^[1-9][0-9]{0,8}$/.test(threshold) ? Number(threshold) : 0;
    if (needed < 1 || needed > members.length) throw new Refused(`${threshold} of ${members.length} members`);
    policy.groups.set(name, { needed, members });
  } else if (kind === "quorum" && words.length === 1 && policy.quorum === null && (words[0] === "none" || defined(words[0]))) {
    policy.quorum = words[0];
  } else {
    throw new Refused(`not a policy line: ${[kind, ...words].join(" ").slice(0, 60)}`);
  }
}

function isWitnessed(policy, name, cosigned) {
  if (name === "none" || cosigned.has(name)) return true;
  const group = policy.groups.get(name);
  return group ? group.members.filter((member) => isWitnessed(policy, member, cosigned)).length >= group.needed : false;
}
