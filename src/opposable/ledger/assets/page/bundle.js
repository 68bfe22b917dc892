// The recorder of findings, and checks 1xx and 2xx: container, layout, ASiC manifest and its time-stamp.

class Recorder {
  constructor() {
    this.findings = [];
    this.notices = [];
    this.unchecked = [];
    this.performed = new Map();
    this.facts = {};
  }

  // Note one check made, and its failure when not good. Returns good.
  expect(check, where, good, detail = "") {
    this.performed.set(check, (this.performed.get(check) ?? 0) + 1);
    if (!good) this.findings.push({ check, where, detail });
    return good;
  }

  // The result of a step, or null with a failure noted. What this browser cannot do is said, not failed.
  async run(check, where, step) {
    try {
      const result = await step();
      this.expect(check, where, true);
      return result ?? true;
    } catch (error) {
      if (error instanceof Unsupported) this.unchecked.push({ check, where, detail: error.message });
      else this.expect(check, where, false, error instanceof Refused ? error.message : `unreadable (${error.message})`);
      return null;
    }
  }

  notice(check, where = "", detail = "") {
    this.notices.push({ check, where, detail });
  }
}

const INDEX = "(0|[1-9][0-9]{0,15})";
const ACT = new RegExp(`^(acts|erasures)/${INDEX}/(act\\.json|act\\.tlog-proof|part-([a-z][a-z0-9_-]{0,63})\\.json)$`);
const OBJECT = /^objects\/([0-9a-f]{32})\.json$/;
const RULE = /^rules\/([A-Za-z0-9][A-Za-z0-9_.-]{0,119})(@[0-9a-f]{16})?\.json$/;
const TOKEN = /^tsa\/([0-9a-f]{64})\.tsr$/;
const ROOT = /^tsa\/[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.pem$/;
const CONSISTENCY = new RegExp(`^consistency/${INDEX}-${INDEX}\\.json$`);
const MANIFEST = "META-INF/ASiCManifest.xml";
const TIMESTAMP = "META-INF/timestamp.tst";
const REQUIRED = ["mimetype", "checkpoint", "log.pem", "log.vkey", MANIFEST];
const PLAIN = new Set([...REQUIRED, "README.txt", "VERIFY.sh", "verify.html", "summary.html", "summary.pdf", "checkpoint.tsr", "policy", "withheld.json", TIMESTAMP]);
const inManifest = (name) => name !== "mimetype" && !name.startsWith("META-INF/");
const isKnown = (name) => PLAIN.has(name) || [ACT, OBJECT, RULE, TOKEN, ROOT, CONSISTENCY].some((family) => family.test(name));

// A bundle under verification: the ZIP, what was unpacked of it, what the verifier brought along.
class Case {
  constructor(zip, trust) {
    this.zip = zip;
    this.trust = trust;
    this.rec = new Recorder();
    this.bytes = new Map();
    this.acts = new Map();
    this.lawful = [];
    this.checkpoint = null;
    this.note = null;
  }

  has(name) {
    return this.zip.has(name);
  }

  // The bytes of a member; null when it is absent or does not unpack.
  read(name) {
    return this.bytes.get(name) ?? null;
  }

  names(family) {
    return this.zip.names.filter((name) => family.test(name));
  }

  isErased(index, name) {
    return this.lawful.some((erasure) => erasure.covers.some((cover) => cover.from <= index && index < cover.until && cover.parts.includes(name)));
  }
}

async function checkContainer({ zip, rec, bytes }, progress) {
  for (const check of ["container.zip", "container.names", "container.size", "container.mimetype"]) rec.expect(check, "", true);
  for (const [check, where, detail] of zip.problems) rec.expect(check, where, false, detail);
  for (const [at, name] of zip.names.entries()) {
    if (!name.startsWith("META-INF/")) rec.expect("container.layout", name, isKnown(name), "not a member of the layout");
    else if (![MANIFEST, TIMESTAMP].includes(name)) rec.notice("container.meta", name);
    const read = await rec.run("container.zip", name, () => zip.read(name));
    if (read) bytes.set(name, read);
    if (at % 50 === 0) await progress(at / zip.names.length);
  }
  for (const name of REQUIRED) rec.expect("container.missing", name, zip.has(name), "absent");
  rec.expect("container.missing", "acts/", zip.names.some((name) => name.startsWith("acts/")), "no act");
}

// --- the manifest: read only in the very form in which it is written ---

const MEDIA = {
  json: "application/json", txt: "text/plain", html: "text/html", pdf: "application/pdf", sh: "application/x-sh",
  pem: "application/x-pem-file", tsr: "application/timestamp-reply",
};
const HEAD = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
  `<asic:SigReference URI="${TIMESTAMP}" MimeType="application/vnd.etsi.timestamp-token"/>`,
];
const LINE = /^<asic:DataObjectReference URI="([A-Za-z0-9._@/-]+)" .*<ds:DigestValue>([A-Za-z0-9+/=]{44})<\/ds:DigestValue>.*$/;

function referenceLine(name, digest) {
  const media = MEDIA[name.slice(name.lastIndexOf(".") + 1)] ?? "text/plain";
  return `<asic:DataObjectReference URI="${name}" MimeType="${media}"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>${digest}</ds:DigestValue></asic:DataObjectReference>`;
}

function parseManifest(bytes) {
  const source = utf8(bytes);
  const digests = new Map();
  for (const line of source.split("\n").slice(3, -2)) {
    const match = LINE.exec(line);
    if (!match) throw new Refused(`a line that is no reference: ${line.slice(0, 80)}`);
    digests.set(match[1], match[2]);
  }
  const lines = [...digests.keys()].sort().map((name) => referenceLine(name, digests.get(name)));
  if ([...HEAD, ...lines, "</asic:ASiCManifest>", ""].join("\n") !== source) throw new Refused("not in its fixed form: one line a member, sorted, each member once");
  return digests;
}

async function checkManifest(kase) {
  const { rec } = kase;
  const bytes = kase.read(MANIFEST);
  if (!bytes) return;
  const digests = await rec.run("manifest.form", MANIFEST, () => parseManifest(bytes));
  await checkTimestamp(kase, bytes);
  if (!digests) return;
  for (const [name, digest] of digests) {
    rec.expect("manifest.missing", name, kase.has(name), "listed, not there");
    const member = kase.read(name);
    if (member) rec.expect("manifest.digest", name, base64(await sha(member)) === digest, "its SHA-256 is another one");
  }
  for (const name of kase.zip.names.filter(inManifest)) rec.expect("manifest.unlisted", name, digests.has(name), "there, not listed");
}

async function checkTimestamp(kase, manifest) {
  const token = kase.read(TIMESTAMP);
  if (!token) return kase.rec.notice("manifest.undated");
  const info = await kase.rec.run("manifest.token", TIMESTAMP, async () => {
    const found = await verifyToken(token, kase.roots);
    if (!(await found.isOver(manifest))) throw new Refused("it is not over this manifest");
    return found;
  });
  if (info) kase.rec.facts.bundleAt = info;
}
