// Measures a round of the miner's workloads in any JavaScript engine. All count attempts: headers of 116 bytes tried.
//
// The kernels start from a midstate, so an attempt is one compression. The libraries are measured in two ways. First as
// they are meant to be called, with the whole header, which takes two compressions: hash-wasm with one hasher that is
// kept and a binary digest, @noble/hashes by its one-call function. Then from a midstate, as far as their API goes:
// hash-wasm loads a saved state, @noble/hashes clones a hash object. That saves a compression and costs a copy of the
// state, more than it saves in the one and less in the other.
import { createSHA256 } from "./hash-wasm.mjs";
import { sha256 } from "./noble/sha2.js";

// As in bench/src/mining.rs, which says why.
const SLICE_MS = 8;
const SLICES = 12;
/// A header, and what follows its first block.
const HEADER_BYTES = 116;
const REST_BYTES = 52;

function fastest(work) {
  let amount = 16;
  let best = 0;
  for (let slices = 0; slices < SLICES; ) {
    const began = performance.now();
    const done = work(amount);
    const took = Math.max(performance.now() - began, 0.001);
    if (took < SLICE_MS / 2) {
      amount *= 2;
    } else {
      slices += 1;
      best = Math.max(best, (done / took) * 1000);
    }
  }
  return best;
}

/// The kernel as a tab's miner has it: what was done of so many rows.
export function kernel({ MiningBench }) {
  const mining = new MiningBench();
  const bytes = mining.module();
  if (!WebAssembly.validate(bytes)) throw new Error("this engine has no SIMD");
  const { memory, input, first_row } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  const words = mining.words();
  new Uint32Array(memory.buffer, input() >>> 0, words.length).set(words);
  const lanes = (words.length - 16) / 8;
  return (rows) => {
    first_row(lanes, 0, 0, rows);
    return rows * lanes;
  };
}

/// Whether a round has this part: it has all, unless one is named.
export function has(part, name) {
  return !part || part === name;
}

/// Makes something when it is first asked for.
export function lazily(make) {
  let made;
  return () => (made ??= make());
}

/// Takes what wasm-bindgen made of the bench crate; gives the function that measures a round.
export async function prepare(bench) {
  const mining = new bench.MiningBench();
  const chain = lazily(() => new bench.ChainBench());
  const header = new Uint8Array(HEADER_BYTES);
  const rest = header.subarray(HEADER_BYTES - REST_BYTES);
  const view = new DataView(header.buffer);
  const hasher = await createSHA256();
  const saved = hasher.init().update(header.subarray(0, HEADER_BYTES - REST_BYTES)).save();
  const midstate = sha256.create().update(header.subarray(0, HEADER_BYTES - REST_BYTES));
  const each = (hash) => (amount) => {
    for (let number = 0; number < amount; number += 1) {
      view.setUint32(HEADER_BYTES - 4, number);
      hash();
    }
    return amount;
  };
  const sample = (name, work) => ({ name, unit: "attempts", per_second: fastest(work) });
  const rows = kernel(bench);
  const kernels = () => [
    sample("simd128", rows),
    JSON.parse(mining.scalar()),
    JSON.parse(mining.cloned_hasher()),
    sample("hash-wasm", each(() => hasher.init().update(header).digest("binary"))),
    sample("hash-wasm, midstate", each(() => hasher.load(saved).update(rest).digest("binary"))),
    sample("@noble/hashes", each(() => sha256(header))),
    sample("@noble/hashes, midstate", each(() => midstate.clone().update(rest).digest())),
  ];
  return (part) => [
    ...(has(part, "kernels") ? kernels() : []),
    ...(has(part, "rules") ? JSON.parse(chain().round()) : []),
  ];
}
