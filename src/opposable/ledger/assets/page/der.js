// DER as far as certificates and time-stamp tokens need it. Anything that is not DER is refused.

class Der {
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    if (at + 2 > end) throw new Refused("not DER: cut short");
    this.tag = bytes[at];
    let size = bytes[at + 1];
    let head = 2;
    if (size & 0x80) {
      const count = size & 0x7f;
      if (count === 0 || count > 4 || at + 2 + count > end) throw new Refused("not DER: length");
      size = 0;
      for (let n = 0; n < count; n++) size = size * 256 + bytes[at + 2 + n];
      if (size < 0x80 || (count > 1 && bytes[at + 2] === 0)) throw new Refused("not DER: length");
      head += count;
    }
    this.start = at + head;
    this.end = this.start + size;
    if (this.end > end) throw new Refused("not DER: cut short");
  }

  // A whole DER value: nothing may follow it.
  static whole(bytes) {
    const value = new Der(bytes);
    if (value.end !== bytes.length) throw new Refused("not DER: bytes follow");
    return value;
  }

  get raw() {
    return this.bytes.subarray(this.at, this.end);
  }

  get content() {
    return this.bytes.subarray(this.start, this.end);
  }

  get children() {
    const found = [];
    for (let at = this.start; at < this.end; at = found.at(-1).end) found.push(new Der(this.bytes, at, this.end));
    return found;
  }

  // The children of a SEQUENCE (or another tag), at least `count` of them.
  list(tag = 0x30, count = 0) {
    if (this.tag !== tag) throw new Refused(`not DER: tag ${this.tag} instead of ${tag}`);
    const { children } = this;
    if (children.length < count) throw new Refused("not DER: something is missing");
    return children;
  }

  get oid() {
    if (this.tag !== 6) throw new Refused("not an OID");
    const numbers = [];
    let value = 0;
    for (const byte of this.content) {
      value = value * 128 + (byte & 0x7f);
      if (!(byte & 0x80)) {
        numbers.push(value);
        value = 0;
      }
    }
    const first = Math.min(2, Math.floor(numbers[0] / 40));
    return [first, numbers[0] - 40 * first, ...numbers.slice(1)].join(".");
  }

  get integer() {
    return this.content.reduce((value, byte) => value * 256 + byte, 0);
  }

  // UTCTime or GeneralizedTime, in microseconds since 1970 (BigInt).
  get time() {
    const source = new TextDecoder("latin1").decode(this.content);
    const match = (this.tag === 0x17 ? /^(\d\d)(\d{10})()Z$/ : /^(\d{4})(\d{10})(?:\.(\d{1,6}))?Z$/).exec(source);
    if (!match || ![0x17, 0x18].includes(this.tag)) throw new Refused("not a time");
    const year = this.tag === 0x17 ? (Number(match[1]) < 50 ? `20${match[1]}` : `19${match[1]}`) : match[1];
    const [month, day, hour, minute, second] = match[2].match(/../g);
    const value = instant(`${year}-${month}-${day}T${hour}:${minute}:${second}.${(match[3] ?? "").padEnd(6, "0")}Z`);
    if (value === null) throw new Refused("no such time");
    return value;
  }
}

const HASHES = {
  "1.3.14.3.2.26": "SHA-1", "2.16.840.1.101.3.4.2.1": "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384", "2.16.840.1.101.3.4.2.3": "SHA-512",
};
const SIGNATURES = {
  "1.2.840.113549.1.1.1": ["RSASSA-PKCS1-v1_5", null], "1.2.840.113549.1.1.11": ["RSASSA-PKCS1-v1_5", "SHA-256"],
  "1.2.840.113549.1.1.12": ["RSASSA-PKCS1-v1_5", "SHA-384"], "1.2.840.113549.1.1.13": ["RSASSA-PKCS1-v1_5", "SHA-512"],
  "1.2.840.10045.4.3.2": ["ECDSA", "SHA-256"], "1.2.840.10045.4.3.3": ["ECDSA", "SHA-384"],
  "1.2.840.10045.4.3.4": ["ECDSA", "SHA-512"], "1.3.101.112": ["Ed25519", null],
};
const CURVES = { "1.2.840.10045.3.1.7": ["P-256", 32], "1.3.132.0.34": ["P-384", 48], "1.3.132.0.35": ["P-521", 66] };

class Certificate {
  constructor(bytes) {
    this.bytes = bytes;
    const [tbs, algorithm, signature] = Der.whole(bytes).list(0x30, 3);
    const fields = tbs.list(0x30, 6);
    if (fields[0].tag === 0xa0) fields.shift();
    const [serial, , issuer, validity, subject, spki] = fields;
    this.tbs = tbs.raw;
    this.algorithm = algorithm;
    this.signature = signature.content.subarray(1);
    this.serial = hex(serial.content);
    this.issuer = hex(issuer.raw);
    this.subject = hex(subject.raw);
    this.name = commonName(subject);
    this.spki = spki.raw;
    [this.since, this.until] = validity.list(0x30, 2).map((time) => time.time);
    this.extensions = new Map();
    for (const extension of fields.find((field) => field.tag === 0xa3)?.children[0].children ?? []) {
      const [oid, ...rest] = extension.children;
      this.extensions.set(oid.oid, { critical: rest.length === 2 && rest[0].content[0] !== 0, value: Der.whole(rest.at(-1).content) });
    }
  }

  get isAuthority() {
    const constraints = this.extensions.get("2.5.29.19")?.value.children ?? [];
    return constraints[0]?.tag === 1 && constraints[0].content[0] !== 0;
  }

  // RFC 3161 2.3: the key may be used for time-stamping only, and the extension is critical.
  get isTimeStamper() {
    const usage = this.extensions.get("2.5.29.37");
    return usage?.critical === true && usage.value.children.some((oid) => oid.oid === "1.3.6.1.5.5.7.3.8");
  }

  // Whether this certificate's key made a signature; `hash` is used where the algorithm names none.
  async signed(algorithm, hash, message, signature) {
    const [name, fixed] = SIGNATURES[algorithm.children[0].oid] ?? [];
    if (!name) throw new Unsupported(`signature algorithm ${algorithm.children[0].oid}`);
    const options = { name, hash: fixed ?? hash };
    let raw = signature;
    if (name === "ECDSA") {
      const [curve, size] = CURVES[Der.whole(this.spki).children[0].children[1]?.oid] ?? [];
      if (!curve) throw new Unsupported("an elliptic curve that WebCrypto does not know");
      options.namedCurve = curve;
      raw = concat(...Der.whole(signature).list(0x30, 2).map((number) => fixedSize(number.content, size)));
    }
    let key;
    try {
      key = await crypto.subtle.importKey("spki", this.spki, options, false, ["verify"]);
    } catch (error) {
      throw error.name === "NotSupportedError" ? new Unsupported(name) : new Refused("the key of a certificate does not fit its signatures");
    }
    return crypto.subtle.verify(options, key, raw, message);
  }
}

function fixedSize(number, size) {
  const digits = number[0] === 0 ? number.subarray(1) : number;
  if (digits.length > size) throw new Refused("a signature out of range");
  return concat(new Uint8Array(size - digits.length), digits);
}

function commonName(subject) {
  const parts = subject.children.flatMap((set) => set.children).map((pair) => pair.children);
  const common = parts.find(([oid]) => oid.oid === "2.5.4.3") ?? parts.at(-1);
  return common ? new TextDecoder().decode(common[1].content) : "";
}

// The certificates of a PEM file; Refused when there is none, or one is unreadable.
function parsePem(bytes) {
  const source = new TextDecoder("latin1").decode(bytes);
  const blocks = [...source.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)];
  if (!blocks.length) throw new Refused("no PEM certificate");
  return blocks.map((block) => new Certificate(unbase64(block[1].replace(/\s/g, ""))));
}
