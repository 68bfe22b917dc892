// The whole verification, in the order in which one thing rests on another.

async function verifyBundle(buffer, trust, progress) {
  let zip;
  try {
    zip = new Zip(buffer);
  } catch (error) {
    if (error instanceof Unsupported) throw error;
    const rec = new Recorder();
    await rec.run("container.zip", "", () => { throw error; });
    return { rec, acts: [] };
  }
  const kase = new Case(zip, trust);
  await checkContainer(kase, progress);
  await readRoots(kase);
  await checkManifest(kase);
  await checkLog(kase);
  const cited = findActs(kase, "acts");
  await checkErasures(kase);
  for (const [at, act] of cited.entries()) {
    await checkAct(kase, act);
    if (at % 20 === 0) await progress(at / cited.length);
  }
  const withheld = await readWithheld(kase);
  for (const act of [...kase.acts.values()].sort((one, two) => one.index - two.index)) checkAbsences(kase, act, withheld);
  await checkDates(kase);
  await checkObjects(kase);
  await checkRules(kase);
  await checkCounts(kase);
  kase.rec.facts.erasures = kase.acts.size - cited.length;
  return { rec: kase.rec, acts: cited };
}

// What the verifier brings along: policy, roots, an older checkpoint. Malformed ones are the verifier's own error.
async function readTrust({ policy, roots, held }) {
  const trust = { policy: null, roots: null, held: null };
  if (policy) trust.policy = await parsePolicy(policy);
  if (roots) trust.roots = parsePem(roots);
  if (held) {
    parseCheckpoint(held);
    trust.held = held;
  }
  return trust;
}
