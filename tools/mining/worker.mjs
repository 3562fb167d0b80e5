// The bench in a worker of a browser: a round for each message it gets, answered with a message.
import { prepare } from "./bench.mjs";
import init, * as bench from "./bench.js";

const ready = init({ module_or_path: "/bench_bg.wasm" }).then(() => prepare(bench));
onmessage = async () => {
  try {
    postMessage(JSON.stringify((await ready)()));
  } catch (error) {
    postMessage(`failed: ${error}`);
  }
};
