// The second worker: says that it is ready, then searches or verifies a share whenever it is asked to.
import { kernel } from "./bench.mjs";
import { search } from "./together.mjs";
import init, * as bench from "./bench.js";

const ready = init({ module_or_path: "/bench_bg.wasm" }).then(() => {
  postMessage("ready");
  return kernel(bench);
});
onmessage = async ({ data: { share } }) => {
  const rows = await ready;
  if (!share) return postMessage(search(rows));
  const verified = bench.VerifyingBench.verify_share(share);
  postMessage(verified, [verified.buffer]);
};
