// The bench under Node: a round for each line it reads, answered with a line.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { prepare } from "./bench.mjs";
import * as bench from "./bench.js";

// As natively, what counts is the time that the processor gave, whatever else the machine does.
performance.now = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
bench.initSync({ module: readFileSync(new URL("bench_bg.wasm", import.meta.url)) });
const round = await prepare(bench);
createInterface({ input: process.stdin }).on("line", (part) => console.log(JSON.stringify(round(part))));
