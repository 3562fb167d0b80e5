// The page around the worker: `round()` asks for one, or for a part of it, and gives the outcome.
const worker = new Worker("/worker.mjs", { type: "module" });
const failed = new Promise((resolve) => {
  worker.onerror = (event) => resolve(`failed: ${event.message}`);
});
globalThis.round = (part) => {
  const outcome = new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
  });
  worker.postMessage(part);
  return Promise.race([outcome, failed]);
};
