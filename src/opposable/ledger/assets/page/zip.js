// The ZIP around a bundle, read as if an enemy had made it: what two readers could see differently is reported.

const LIMITS = { members: 500_000, member: 64 << 20, total: 1 << 30, ratio: 200, ratioFrom: 1 << 20 };
const MIMETYPE = "application/vnd.etsi.asic-e+zip";
const CRC = Uint32Array.from({ length: 256 }, (_, at) => {
  let value = at;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

class Zip {
  // Throws Refused when it is no ZIP at all; every other defect goes to problems: [check, where, detail].
  constructor(buffer) {
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.problems = [];
    this.members = new Map();
    const list = this.directory();
    this.checkNames(list);
    this.checkSizes(list);
    this.checkExtents(list);
    this.checkMimetype();
    for (const member of list) this.members.set(member.name, member);
    this.names = [...this.members.keys()];
  }

  note(check, where, detail) {
    this.problems.push([check, where, detail]);
  }

  directory() {
    const end = this.bytes.length - 22;
    if (end < 0 || this.u32(end) !== 0x06054b50 || this.u16(end + 20)) throw new Refused("bytes follow the ZIP directory, or there is none");
    const count = this.u16(end + 10);
    if (this.u32(end + 4) || this.u16(end + 8) !== count) this.note("container.zip", "", "an archive of several volumes");
    const size = this.u32(end + 12);
    this.start = this.u32(end + 16);
    if (count === 0xffff || this.start === 0xffffffff) throw new Unsupported("a ZIP of more than 65,534 members or 4 GB");
    // Whoever puts bytes in front shifts everything: the offsets are then no longer those written.
    this.shift = end - size - this.start;
    if (this.shift < 0) throw new Refused("the ZIP directory does not fit");
    this.start += this.shift;
    const list = [];
    for (let at = this.start; list.length < count; ) {
      if (at + 46 > end || this.u32(at) !== 0x02014b50) throw new Refused("the ZIP directory is damaged");
      list.push(this.entry(at));
      at += 46 + this.u16(at + 28) + this.u16(at + 30) + this.u16(at + 32);
      if (list.length === count && at !== end) throw new Refused("the ZIP directory is damaged");
    }
    return list;
  }

  entry(at) {
    const name = new TextDecoder().decode(this.bytes.subarray(at + 46, at + 46 + this.u16(at + 28)));
    return {
      name, flags: this.u16(at + 8), method: this.u16(at + 10), crc: this.u32(at + 16),
      packed: this.u32(at + 20), size: this.u32(at + 24), offset: this.u32(at + 42) + this.shift,
      volume: this.u16(at + 34), kind: this.u16(at + 40) & 0o170000,
      extra: this.bytes.subarray(at + 46 + this.u16(at + 28), at + 46 + this.u16(at + 28) + this.u16(at + 30)),
    };
  }

  checkNames(list) {
    const seen = new Set();
    for (const { name } of list) {
      if (!/^[A-Za-z0-9][A-Za-z0-9._@-]*(\/[A-Za-z0-9][A-Za-z0-9._@-]*)*$/.test(name)) this.note("container.names", JSON.stringify(name), "not a plain relative path");
      if (seen.has(name.toLowerCase())) this.note("container.names", name, "the same name twice");
      seen.add(name.toLowerCase());
    }
  }

  checkSizes(list) {
    const total = list.reduce((sum, member) => sum + member.size, 0);
    if (list.length > LIMITS.members || total > LIMITS.total) throw new Refused(`${list.length} members of ${total} bytes: more than this reader takes`);
    for (const { name, size, packed } of list) {
      if (size > LIMITS.member || (size > LIMITS.ratioFrom && size > LIMITS.ratio * packed)) this.note("container.size", name, `${size} bytes from ${packed}`);
    }
  }

  checkExtents(list) {
    let at = 0;
    for (const member of [...list].sort((one, two) => one.offset - two.offset)) {
      if (member.offset !== at) this.note("container.zip", member.name, `starts at byte ${member.offset}, expected ${at}`);
      at = this.endOf(member);
    }
    if (at !== this.start) this.note("container.zip", "", `${this.start - at} bytes between the members and the directory`);
  }

  endOf(member) {
    const at = member.offset;
    if (at + 30 > this.start) throw new Refused("a member lies outside the archive");
    const [flags, method, nameSize, extraSize] = [6, 8, 26, 28].map((field) => this.u16(at + field));
    const name = new TextDecoder().decode(this.bytes.subarray(at + 30, at + 30 + nameSize));
    const sizes = flags & 8 ? [member.crc, member.packed, member.size] : [14, 18, 22].map((field) => this.u32(at + field));
    const said = [name, method, ...sizes].join();
    if (this.u32(at) !== 0x04034b50 || said !== [member.name, member.method, member.crc, member.packed, member.size].join()) this.note("container.zip", member.name, "its local header says something else than the directory");
    member.data = at + 30 + nameSize + extraSize;
    this.checkPlain(member, flags, this.bytes.subarray(at + 30 + nameSize, member.data));
    const end = member.data + member.packed;
    if (!(flags & 8)) return end;
    return end + (end + 4 <= this.bytes.length && this.u32(end) === 0x08074b50 ? 16 : 12);
  }

  // A file on this volume, packed in a way that every reader knows, under one name.
  checkPlain(member, flags, extra) {
    if ((flags | member.flags) & ~0x080e || ![0, 8].includes(member.method) || member.volume) this.note("container.zip", member.name, "encrypted, or packed in a way that is not read here");
    const second = (bytes) => bytes.some((byte, at) => byte === 0x75 && bytes[at + 1] === 0x70);
    if (second(extra) || second(member.extra)) this.note("container.zip", member.name, "an extra field that may give it a second name");
    if (![0, 0o100000].includes(member.kind)) this.note("container.zip", member.name, "a link or a device, not a file");
  }

  checkMimetype() {
    const head = new TextDecoder("latin1").decode(this.bytes.subarray(30, 38 + MIMETYPE.length));
    if (head !== `mimetype${MIMETYPE}` || this.u32(22) !== MIMETYPE.length) this.note("container.mimetype", "mimetype", `not ${MIMETYPE} stored at byte 38`);
  }

  has(name) {
    return this.members.has(name);
  }

  // The bytes of a member; Refused when it does not unpack to what the directory says.
  async read(name) {
    const member = this.members.get(name);
    if (!member) throw new Refused(`${name} is not in the bundle`);
    if (member.size > LIMITS.member) throw new Refused(`${name} is larger than this reader takes`);
    const packed = this.bytes.subarray(member.data, member.data + member.packed);
    const bytes = member.method === 0 ? packed : await inflate(packed, member.size);
    if (bytes.length !== member.size || crc32(bytes) !== member.crc) throw new Refused(`${name} does not unpack to its CRC`);
    return bytes;
  }

  u16(at) {
    return this.view.getUint16(at, true);
  }

  u32(at) {
    return this.view.getUint32(at, true);
  }
}

// Never more than the size announced: the rest is not unpacked.
async function inflate(packed, size) {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const out = new Uint8Array(size);
  let at = 0;
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (at + value.length > size) throw new Refused("it unpacks to more than announced");
      out.set(value, at);
      at += value.length;
    }
  } catch (error) {
    if (error instanceof Refused) await reader.cancel().catch(() => {});
    throw new Refused("it does not unpack");
  }
  return out.subarray(0, at);
}
