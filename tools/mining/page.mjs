// The page around the worker: `round()` asks for one, or for a part of it, and the outcome appears in the page.
const worker = new Worker("/worker.mjs", { type: "module" });
const outcome = document.getElementById("outcome");
worker.onmessage = ({ data }) => (outcome.textContent = data);
worker.onerror = (event) => (outcome.textContent = `failed: ${event.message}`);
globalThis.round = (part) => {
  outcome.textContent = "";
  worker.postMessage(part);
};
