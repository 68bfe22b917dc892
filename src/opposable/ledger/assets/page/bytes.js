// Bytes, digests, canonical JSON, and the Merkle tree of RFC 6962. WebCrypto does the hashing.

class Refused extends Error {} // something in the bundle does not hold
class Unsupported extends Error {} // this browser cannot check it: said, never passed over

const text = new TextEncoder();

function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("not UTF-8");
  }
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unhex(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function base64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

function unbase64(encoded) {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  } catch {
    throw new Refused("not base64");
  }
  // Spare bits or blanks would let one value be written in several ways.
  if (base64(bytes) !== encoded) throw new Refused("not canonical base64");
  return bytes;
}

function same(one, two) {
  return one.length === two.length && one.every((byte, at) => byte === two[at]);
}

function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

async function sha(bytes, algorithm = "SHA-256") {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
}

async function shaHex(bytes) {
  return hex(await sha(bytes));
}

// --- canonical JSON: RFC 8785 on the profile of the ledger ---

function decodeJson(bytes) {
  const source = utf8(bytes);
  let value;
  try {
    value = JSON.parse(source);
  } catch {
    throw new Refused("not JSON");
  }
  if (encodeJson(value) !== source) throw new Refused("JSON, but not canonical");
  return value;
}

function encodeJson(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new Refused("a number that is no integer below 2^53");
    return String(value);
  }
  if (typeof value === "string") {
    if (/\p{Surrogate}/u.test(value)) throw new Refused("a lone surrogate");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(",")}]`;
  const keys = Object.keys(value).sort();
  if (keys.some((key) => /[^\x00-\x7f]/.test(key))) throw new Refused("a key that is not ASCII");
  return `{${keys.map((key) => `${JSON.stringify(key)}:${encodeJson(value[key])}`).join(",")}}`;
}

function isObject(value, ...keys) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  return keys.length === 0 || Object.keys(value).sort().join() === [...keys].sort().join();
}

const isDigest = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const isUid = (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
const isCount = (value) => Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
const isKeep = (value) => typeof value === "string" && /^[a-z][a-z0-9_.-]{0,99}$/.test(value);
const isPartName = (value) => typeof value === "string" && value !== "header" && /^[a-z][a-z0-9_-]{0,63}$/.test(value);

function isDay(value) {
  return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !value.startsWith("0000") && isDate(value);
}

function isDate(day) {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === day;
}

// An instant in microseconds since 1970 (BigInt), or null when it is not RFC 3339 UTC with six decimals.
function instant(value) {
  const match = typeof value === "string" && /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)\.(\d{6})Z$/.exec(value);
  if (!match || !isDay(match[1])) return null;
  return BigInt(Date.parse(`${value.slice(0, 19)}Z`)) * 1000n + BigInt(match[5]);
}

// --- RFC 6962 ---

const leafHash = (entry) => sha(concat(Uint8Array.of(0), entry));
const nodeHash = (left, right) => sha(concat(Uint8Array.of(1), left, right));

// RFC 9162 2.1.3.2; indexes and sizes are BigInt.
async function verifyInclusion(leaf, index, size, path, root) {
  if (index >= size) throw new Refused(`leaf ${index} is not in a tree of ${size}`);
  let [at, last, hash] = [index, size - 1n, leaf];
  for (const sibling of path) {
    if (last === 0n) throw new Refused("the path is too long");
    if (at & 1n || at === last) {
      hash = await nodeHash(sibling, hash);
      while (!(at & 1n) && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  if (last !== 0n) throw new Refused("the path is too short");
  if (!same(hash, root)) throw new Refused("the path leads to another root");
}

// RFC 9162 2.1.4.2.
async function verifyConsistency(oldSize, newSize, path, oldRoot, newRoot) {
  if (oldSize > newSize) throw new Refused(`the checkpoint held has ${oldSize} acts, the bundle's only ${newSize}`);
  if (oldSize === newSize) {
    if (path.length || !same(oldRoot, newRoot)) throw new Refused("equal sizes with different roots");
    return;
  }
  const whole = (oldSize & (oldSize - 1n)) === 0n;
  const hashes = whole ? [oldRoot, ...path] : [...path];
  if (!hashes.length || hashes.some((hash) => hash.length !== 32)) throw new Refused("the proof is too short");
  let [at, last] = [oldSize - 1n, newSize - 1n];
  while (at & 1n) [at, last] = [at >> 1n, last >> 1n];
  let [before, now] = [hashes[0], hashes[0]];
  for (const sibling of hashes.slice(1)) {
    if (last === 0n) throw new Refused("the proof is too long");
    if (at & 1n || at === last) {
      before = await nodeHash(sibling, before);
      now = await nodeHash(sibling, now);
      while (!(at & 1n) && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      now = await nodeHash(now, sibling);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  if (last !== 0n || !same(before, oldRoot) || !same(now, newRoot)) throw new Refused("the log does not extend it");
}
