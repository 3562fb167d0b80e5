// Starts the app's wasm in a worker. The page names the JavaScript it was loaded with (`?app=`), so that a worker is
// always of the same build as its page; the wasm lies beside it under the same name. A start that fails is told to the
// page in words.

try {
  const app = new URL(new URL(location.href).searchParams.get("app"), location.origin);
  if (app.origin !== location.origin) throw new Error(`not of this origin: ${app}`);

  const wasm = app.href.replace(/\.js$/, "_bg.wasm");
  const load = async () => {
    const answer = await fetch(wasm);
    const type = answer.headers.get("content-type") ?? "";
    if (answer.ok && !type.startsWith("text/html")) return answer;
    throw new Error(`${new URL(wasm).pathname} was answered with status ${answer.status}, ${type.split(";")[0]}`);
  };
  const [{ default: init, start_worker }, answer] = await Promise.all([import(app.href), load()]);
  await init({ module_or_path: answer });
  start_worker();
} catch (error) {
  postMessage(String(error));
}
