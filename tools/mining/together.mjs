// What two workers of a browser do in the time of one, as a tab's workers would: searching, and verifying a chain. Time
// is by the clock, so another program at work on the machine counts against them.
import { has, kernel, lazily } from "./bench.mjs";

/// How long workers are watched while they search, as in bench/src/native.rs.
const WATCHED_MS = 300;
/// Rows in a turn of a worker.
const ROWS = 4_000;
/// Shares that the helper has at a time, so that it has the next one when it answers.
const SHARES_OUT = 2;

/// Searches for as long as workers are watched; gives attempts a second.
export function search(rows) {
  const began = performance.now();
  let attempts = 0;
  let now = began;
  while (now - began < WATCHED_MS) {
    attempts += rows(ROWS);
    now = performance.now();
  }
  return (attempts / (now - began)) * 1000;
}

/// Starts the helper; gives the function that measures a round, with and without it.
export async function prepareTogether(bench) {
  const rows = kernel(bench);
  const verifying = lazily(() => new bench.VerifyingBench());
  const helper = new Worker("/helper.mjs", { type: "module" });
  const heard = [];
  let wake = () => {};
  helper.onmessage = ({ data }) => {
    heard.push(data);
    wake();
  };
  const answered = new Promise((_, reject) => (helper.onerror = (event) => reject(new Error(event.message))));
  const answer = async () => {
    while (heard.length === 0) await Promise.race([new Promise((resolve) => (wake = resolve)), answered]);
    return heard.shift();
  };
  // A turn of the event loop, in which the helper's answers arrive.
  const turns = new MessageChannel();
  const turn = () =>
    new Promise((resolve) => {
      turns.port1.onmessage = resolve;
      turns.port2.postMessage(null);
    });

  async function searchTogether() {
    helper.postMessage({ search: true });
    const here = search(rows);
    return here + (await answer());
  }

  async function verifyTogether() {
    const chain = verifying().begin();
    let out = 0;
    // Frames come one after the other, and are looked at as they come.
    while (chain.look() || !chain.is_done()) {
      while (out < SHARES_OUT) {
        const share = chain.give();
        if (!share) break;
        helper.postMessage({ share }, [share.buffer]);
        out += 1;
      }
      if (!chain.advance()) heard.unshift(await answer());
      await turn();
      while (heard.length > 0) {
        chain.take(heard.shift());
        out -= 1;
      }
    }
    chain.finish();
  }

  const timed = async (work) => {
    const began = performance.now();
    await work();
    return (verifying().payments() / (performance.now() - began)) * 1000;
  };
  await answer();
  const sample = (what, workers, unit, per_second) => ({ name: `${what}, ${workers} at work`, unit, per_second });
  return async (part) => {
    const samples = [];
    if (has(part, "kernels")) {
      samples.push(sample("workers", 1, "attempts", search(rows)));
      samples.push(sample("workers", 2, "attempts", await searchTogether()));
    }
    if (has(part, "catch-up")) {
      const what = "payment-heavy chain verified";
      verifying();
      samples.push(sample(what, 1, "payments", await timed(() => verifying().alone())));
      samples.push(sample(what, 2, "payments", await timed(verifyTogether)));
    }
    return samples;
  };
}
