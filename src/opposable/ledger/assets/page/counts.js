// Checks 10xx: votes that a part says were counted stand, as they are told, in the table that was published.
// The commitments are points of ristretto255 (RFC 9496), computed here with plain integers: nothing secret is at stake.

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const ROOT_M1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;
const ROOT_AD_M1 = 25063068953384623474111414158702152701244531502492656460079210482610430750235n;
const INVERSE_ROOT_A_D = 54469307008909316920995813868745141605393597292927456921205312896311721017578n;
const ONE_D2 = 1159843021668779879193775521855586647937357759715417654439879720876111806838n;
const D_ONE2 = 40440834346308536858101042469323190826248399146238708352240133220865137265952n;
const NEUTRAL = [0n, 1n, 1n, 0n];

const mod = (value, by = P) => ((value % by) + by) % by;
const odd = (value) => mod(value) & 1n;
const positive = (value) => (odd(value) ? mod(-value) : mod(value));

function power(base, exponent) {
  let [result, square] = [1n, mod(base)];
  for (let left = exponent; left; left >>= 1n) {
    if (left & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

// RFC 9496, 4.2: whether u/v is a square, and its root (or that of sqrt(-1)·u/v).
function rootOfRatio(u, v) {
  const v3 = mod(v * v * v);
  let root = mod(u * v3 * power(u * v3 * v3 * v, (P - 5n) / 8n));
  const check = mod(v * root * root);
  const [plain, flipped, turned] = [mod(u), mod(-u), mod(-u * ROOT_M1)].map((value) => check === value);
  if (flipped || turned) root = mod(root * ROOT_M1);
  return [plain || flipped, positive(root)];
}

function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const [a, b] = [mod((y1 - x1) * (y2 - x2)), mod((y1 + x1) * (y2 + x2))];
  const [c, d] = [mod(2n * D * t1 * t2), mod(2n * z1 * z2)];
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function times(number, point) {
  let [sum, double] = [NEUTRAL, point];
  for (let left = mod(number, ORDER); left; left >>= 1n) {
    if (left & 1n) sum = add(sum, double);
    double = add(double, double);
  }
  return sum;
}

const littleEndian = (bytes) => BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);

function encodePoint([x0, y0, z0, t0]) {
  const [u1, u2] = [mod((z0 + y0) * (z0 - y0)), mod(x0 * y0)];
  const [, inverse] = rootOfRatio(1n, mod(u1 * u2 * u2));
  const [one, two] = [mod(inverse * u1), mod(inverse * u2)];
  const zInverse = mod(one * two * t0);
  const turn = odd(t0 * zInverse);
  const x = turn ? mod(y0 * ROOT_M1) : x0;
  let y = turn ? mod(x0 * ROOT_M1) : y0;
  if (odd(x * zInverse)) y = mod(-y);
  const s = positive((turn ? mod(one * INVERSE_ROOT_A_D) : two) * (z0 - y));
  return hex(unhex(s.toString(16).padStart(64, "0")).reverse());
}

function decodePoint(digits) {
  const s = isDigest(digits) ? littleEndian(unhex(digits)) : P;
  if (s >= P || s & 1n) throw new Refused("a commitment is not a point of the group");
  const [u1, u2] = [mod(1n - s * s), mod(1n + s * s)];
  const v = mod(-D * u1 * u1 - u2 * u2);
  const [square, inverse] = rootOfRatio(1n, mod(v * u2 * u2));
  const two = mod(inverse * u2);
  const x = positive(2n * s * two);
  const y = mod(u1 * inverse * two * v);
  if (!square || odd(x * y) || y === 0n) throw new Refused("a commitment is not a point of the group");
  return [x, y, 1n, mod(x * y)];
}

function fromField(bytes) {
  const t = mod(littleEndian(bytes) & (2n ** 255n - 1n));
  const r = mod(ROOT_M1 * t * t);
  const [u, v] = [mod((r + 1n) * ONE_D2), mod((-1n - r * D) * (r + D))];
  const [square, root] = rootOfRatio(u, v);
  const s = square ? root : mod(-positive(root * t));
  const n = mod((square ? -1n : r) * (r - 1n) * D_ONE2 - v);
  const [w0, w1, w2, w3] = [2n * s * v, n * ROOT_AD_M1, 1n - s * s, 1n + s * s].map((value) => mod(value));
  return [mod(w0 * w3), mod(w2 * w1), mod(w1 * w3), mod(w0 * w2)];
}

async function generator(label) {
  const bytes = await sha(text.encode(`opposable.table.v1\0${label}`), "SHA-512");
  return add(fromField(bytes.slice(0, 32)), fromField(bytes.slice(32)));
}

async function commitment(slots, votes, blinding) {
  let sum = times(littleEndian(unhex(blinding)), await generator("H"));
  for (const [at, count] of votes.entries()) if (count) sum = add(sum, times(BigInt(count), await generator(`G\0${slots[at]}`)));
  return encodePoint(sum);
}

// --- the checks ---

function* openingsIn(data) {
  if (data === null || typeof data !== "object") return;
  for (const value of Object.values(data)) yield* openingsIn(value);
  const one = Array.isArray(data) ? null : data.opening;
  if (isObject(one) && one.kind === "opposable.opening") yield one;
}

function parseOpening(value) {
  const good = isObject(value, "blinding", "commitment", "entry", "kind", "slots", "table", "v", "votes") && value.v === 1
    && [value.blinding, value.commitment].every(isDigest) && [value.entry, value.table].every((entry) => entry === "" || isDigest(entry))
    && Array.isArray(value.slots) && Array.isArray(value.votes) && value.slots.length === value.votes.length
    && value.slots.every((slot) => typeof slot === "string" && /^[\x00-\x7f]*$/.test(slot)) && value.votes.every(isCount);
  if (!good) throw new Refused("an opening has its slots, as many votes, a blinding, a commitment, two acts");
  return value;
}

async function checkSum(table) {
  const good = isObject(table) && table.kind === "opposable.table" && table.v === 1 && Array.isArray(table.rows) && Array.isArray(table.slots)
    && Array.isArray(table.totals) && table.totals.length === table.slots.length && table.totals.every(isCount) && isDigest(table.blinding);
  if (!good) throw new Refused("not a table of this kind and version");
  if (new Set(table.rows.map((row) => row.commitment)).size !== table.rows.length) throw new Refused("the same line twice");
  const sum = table.rows.reduce((total, row) => add(total, decodePoint(row.commitment)), NEUTRAL);
  if (encodePoint(sum) !== (await commitment(table.slots, table.totals, table.blinding))) throw new Refused("the rows do not add up to the totals");
}

async function checkCounts(kase) {
  const { rec } = kase;
  const acts = [...kase.acts.values()].sort((one, two) => one.index - two.index);
  const byEntry = (entry) => entry && acts.find((act) => act.entry && hex(act.entry) === entry);
  const summed = new Map();
  for (const act of acts) {
    for (const [name, part] of [...act.parts].sort()) {
      for (const value of openingsIn(part.data)) {
        const where = act.where(`part-${name}.json`);
        const opening = await rec.run("count.form", where, () => parseOpening(value));
        if (!opening) continue;
        const source = byEntry(opening.table);
        const table = source && source.parts.get("table");
        if (!table) {
          rec.notice("count.no-table", where);
          continue;
        }
        await checkLine(rec, where, opening, source, table.data, summed, byEntry(opening.entry));
      }
    }
  }
}

async function checkLine(rec, where, opening, source, table, summed, form) {
  const same = isObject(table) && encodeJson(table.slots ?? null) === encodeJson(opening.slots) && Array.isArray(table.rows);
  const wanted = encodeJson({ commitment: opening.commitment, entry: opening.entry });
  const line = same ? table.rows.findIndex((row) => encodeJson(row) === wanted) : -1;
  const told = rec.expect("count.line", where, line >= 0, `no such line in the table of act ${source.index}`);
  const opened = await rec.run("count.opening", where, async () => {
    if ((await commitment(opening.slots, opening.votes, opening.blinding)) !== opening.commitment) throw new Refused("these votes make another commitment");
  });
  if (!summed.has(source.index)) summed.set(source.index, await rec.run("count.sum", source.where("part-table.json"), () => checkSum(table)));
  if (!told || !opened || !summed.get(source.index)) return;
  rec.facts.counted = [...(rec.facts.counted ?? []), { slots: opening.slots, votes: opening.votes, line: line + 1, table: source.index, form: form ? form.index : null }];
}
