// Starts the app's wasm in a worker. The page names the JavaScript it was loaded with (`?app=`), so that a worker is
// always of the same build as its page; the wasm lies beside it under the same name.

const app = new URL(new URL(location.href).searchParams.get("app"), location.origin);
if (app.origin !== location.origin) throw new Error(`not of this origin: ${app}`);

const { default: init, start_worker } = await import(app.href);
await init({ module_or_path: app.href.replace(/\.js$/, "_bg.wasm") });
start_worker();
