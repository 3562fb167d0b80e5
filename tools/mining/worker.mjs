// The bench in a worker of a browser: a round for each message it gets, answered with a message.
import { prepare } from "./bench.mjs";
import { prepareTogether } from "./together.mjs";
import init, * as bench from "./bench.js";

async function start() {
  await init({ module_or_path: "/bench_bg.wasm" });
  const alone = await prepare(bench);
  const together = await prepareTogether(bench);
  return async (part) => [...alone(part), ...(await together(part))];
}

const ready = start();
onmessage = async ({ data: part }) => {
  try {
    postMessage(JSON.stringify(await (await ready)(part)));
  } catch (error) {
    postMessage(`failed: ${error}`);
  }
};
