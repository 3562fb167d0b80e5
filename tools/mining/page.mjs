// The page around the worker: `round()` asks for one, and the outcome appears in the page.
const worker = new Worker("/worker.mjs", { type: "module" });
const outcome = document.getElementById("outcome");
worker.onmessage = ({ data }) => (outcome.textContent = data);
worker.onerror = (event) => (outcome.textContent = `failed: ${event.message}`);
globalThis.round = () => {
  outcome.textContent = "";
  worker.postMessage(null);
};
