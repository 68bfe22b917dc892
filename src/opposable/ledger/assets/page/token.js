// RFC 3161 time-stamp tokens: CMS signature, chain to a root at the token's own instant, key usage, imprint.

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
const MAX_CHAIN = 6;

// The bare token of a granted response.
function tokenOf(response) {
  const [status, token] = Der.whole(response).list(0x30, 1);
  if (status.list(0x30, 1)[0].integer !== 0) throw new Refused("the time-stamping authority refused");
  if (!token) throw new Refused("a response without token");
  return token.raw;
}

// Everything but what the token is over. Returns { at, from, to, name, isOver }: microseconds, BigInt.
async function verifyToken(token, roots) {
  const [type, wrapped] = Der.whole(token).list(0x30, 2);
  if (type.oid !== SIGNED_DATA) throw new Refused("not a signed token");
  const fields = wrapped.list(0xa0, 1)[0].list(0x30, 4);
  const [infoType, infoWrapped] = fields[2].list(0x30, 2);
  if (infoType.oid !== TST_INFO) throw new Refused("not a time-stamp token");
  const info = infoWrapped.list(0xa0, 1)[0].content;
  const enclosed = (fields.find((field) => field.tag === 0xa0)?.children ?? []).map((one) => new Certificate(one.raw));
  const signers = fields.at(-1).list(0x31);
  if (signers.length !== 1) throw new Refused(`a token has exactly one signer, this one has ${signers.length}`);
  const facts = parseInfo(info);
  const certificate = await checkSigner(signers[0], info, enclosed);
  await checkChain(certificate, enclosed, roots, facts.at);
  return { ...facts, name: certificate.name };
}

function parseInfo(bytes) {
  const [, , imprint, , time, ...rest] = Der.whole(bytes).list(0x30, 5);
  const [algorithm, digest] = imprint.list(0x30, 2);
  const hash = HASHES[algorithm.list(0x30, 1)[0].oid];
  if (!hash || hash === "SHA-1") throw new Refused("the token uses a hash that is not accepted");
  const units = { 0x02: 1_000_000n, 0x80: 1000n, 0x81: 1n };
  const accuracy = (rest.find((one) => one.tag === 0x30)?.children ?? []).reduce((sum, part) => sum + BigInt(part.integer) * (units[part.tag] ?? 0n), 0n);
  const at = time.time;
  // Most authorities write whole seconds and drop the fraction.
  const to = at + accuracy + (at % 1_000_000n === 0n ? 1_000_000n : 0n);
  return { at, from: at - accuracy, to, isOver: async (data) => same(await sha(data, hash), digest.content) };
}

async function checkSigner(signer, info, enclosed) {
  const [, sid, digestAlgorithm, attributes, algorithm, signature] = signer.list(0x30, 6);
  const [issuer, serial] = sid.list(0x30, 2);
  const certificate = enclosed.find((one) => one.issuer === hex(issuer.raw) && one.serial === hex(serial.content));
  if (!certificate) throw new Refused("the signer's certificate is not in the token");
  if (!certificate.isTimeStamper) throw new Refused("the signer's certificate is not one for time-stamping");
  const hash = HASHES[digestAlgorithm.list(0x30, 1)[0].oid];
  if (!hash) throw new Unsupported("a digest algorithm that WebCrypto does not know");
  const values = new Map(attributes.list(0xa0).map((one) => [one.children[0].oid, one.children[1].list(0x31, 1)[0]]));
  if (values.get(CONTENT_TYPE)?.oid !== TST_INFO) throw new Refused("the signature is over another kind of content");
  const digest = values.get(MESSAGE_DIGEST)?.content;
  if (!digest || !same(digest, await sha(info, hash))) throw new Refused("the token was changed after it was signed");
  await checkSigningCertificate(values, certificate);
  // RFC 5652 5.4: what is signed is the SET, not the field that carries it.
  const message = concat(Uint8Array.of(0x31), attributes.raw.subarray(1));
  if (!(await certificate.signed(algorithm, hash, message, signature.content))) throw new Refused("the token's signature is false");
  return certificate;
}

// RFC 5035: the signature names the certificate, so that another one with the same key cannot be put in its place.
async function checkSigningCertificate(values, certificate) {
  const [attribute, v2] = [values.get(SIGNING_CERTIFICATE_V2) ?? values.get(SIGNING_CERTIFICATE), values.has(SIGNING_CERTIFICATE_V2)];
  if (!attribute) throw new Refused("the token does not name its certificate");
  const fields = attribute.list(0x30, 1)[0].list(0x30, 1)[0].list(0x30, 1);
  const hash = !v2 ? "SHA-1" : fields[0].tag === 0x30 ? HASHES[fields[0].children[0].oid] : "SHA-256";
  const digest = fields[0].tag === 0x30 ? fields[1] : fields[0];
  if (!hash || !same(await sha(certificate.bytes, hash), digest.content)) throw new Refused("the token names another certificate");
}

async function checkChain(certificate, enclosed, roots, at, depth = 0) {
  if (depth > MAX_CHAIN) throw new Refused("the chain of certificates is too long");
  if (at < certificate.since || at > certificate.until) throw new Refused(`the certificate of ${certificate.name} was not valid at that instant`);
  for (const root of roots) {
    if (same(root.bytes, certificate.bytes) && depth > 0) return;
    if (root.subject === certificate.issuer && root.isAuthority && at >= root.since && at <= root.until && (await issued(root, certificate))) return;
  }
  for (const next of enclosed) {
    if (next.subject === certificate.issuer && next.isAuthority && next !== certificate && (await issued(next, certificate))) {
      return checkChain(next, enclosed, roots, at, depth + 1);
    }
  }
  throw new Refused("the token is of an authority that is not among the roots");
}

function issued(issuer, certificate) {
  return issuer.signed(certificate.algorithm, null, certificate.tbs, certificate.signature);
}
