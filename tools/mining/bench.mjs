// Measures a round of the miner's workloads in any JavaScript engine. All count attempts: headers tried. With a midstate
// that is one compression; a library that is handed a message and knows none hashes all 116 bytes of the header.
import { createSHA256 } from "./hash-wasm.mjs";
import { sha256 } from "./noble/sha2.js";

// As in bench/src/mining.rs, which says why.
const SLICE_MS = 8;
const SLICES = 12;

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

/// Takes what wasm-bindgen made of the bench crate; gives the function that measures a round.
export async function prepare({ ChainBench, MiningBench }) {
  const mining = new MiningBench();
  const chain = new ChainBench();
  const bytes = mining.module();
  if (!WebAssembly.validate(bytes)) throw new Error("this engine has no SIMD");
  const { memory, input, first_row } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  const words = mining.words();
  new Uint32Array(memory.buffer, input() >>> 0, words.length).set(words);
  const lanes = (words.length - 16) / 8;
  const message = new Uint8Array(116);
  const view = new DataView(message.buffer);
  const hasher = await createSHA256();
  const each = (hash) => (amount) => {
    for (let number = 0; number < amount; number += 1) {
      view.setUint32(112, number);
      hash();
    }
    return amount;
  };
  const sample = (name, work) => ({ name, unit: "attempts", per_second: fastest(work) });
  return () => [
    sample("simd128", (rows) => {
      first_row(lanes, 0, 0, rows);
      return rows * lanes;
    }),
    JSON.parse(mining.scalar()),
    sample("hash-wasm", each(() => hasher.init().update(message).digest("binary"))),
    sample("@noble/hashes", each(() => sha256(message))),
    ...JSON.parse(chain.round()),
  ];
}
