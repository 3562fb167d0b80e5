// Loads the app's wasm, shows how much of it has arrived, and says in words why the app does not start.
//
// It stands in the page itself, so that it runs where no other file arrives, and in the JavaScript of 2015, so that an
// old browser can say that it is too old. It draws nothing once the app runs, except that the app has stopped.

(function () {
  "use strict";

  // A page that hears nothing for so long says so.
  var SILENCE_MS = 8000;

  var state = "loading";
  var heard = Date.now();
  var bytes = { loaded: 0, total: 0 };
  // The last error that nobody caught: it says why a script did not run.
  var uncaught = null;

  function one(id) {
    return document.getElementById(id);
  }

  function element(tag, className, text) {
    var made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  }

  function megabytes(size) {
    return (size / 1e6).toFixed(1);
  }

  // The files whose names change with every release.
  function appFiles() {
    var links = document.querySelectorAll("link[rel=modulepreload], link[rel=preload]");
    return Array.prototype.map.call(links, function (link) {
      return link.getAttribute("href");
    });
  }

  function showProgress() {
    var meter = one("boot-meter");
    if (state !== "loading" || !meter || !bytes.loaded) return;
    if (bytes.total) {
      meter.max = bytes.total;
      meter.value = Math.min(bytes.loaded, bytes.total);
    }
    var text = bytes.total ? megabytes(bytes.loaded) + " of " + megabytes(bytes.total) + " MB" : megabytes(bytes.loaded) + " MB";
    one("boot-bytes").textContent = bytes.loaded === bytes.total ? text + ", starting" : text;
  }

  // Words beside the meter, while loading goes on.
  function showNote(title, lines) {
    var place = one("boot-note");
    if (!place) return;
    place.textContent = "";
    if (!title) return;
    place.appendChild(element("p", "strong", title));
    lines.forEach(function (line) {
      place.appendChild(element("p", "soft", line));
    });
    var button = element("button", "btn quiet", "Load again");
    button.type = "button";
    button.onclick = reload;
    place.appendChild(button);
  }

  // Asks the relay for this page, past every cache. A page is for whoever asks for HTML.
  function fetchPage() {
    return fetch(location.href, { cache: "reload", headers: { Accept: "text/html" } });
  }

  // The page may come from a cache; what is loaded next does not.
  function reload() {
    function again() {
      location.reload();
    }
    if (window.fetch) fetchPage().then(again, again);
    else again();
  }

  function fail(title, lines) {
    if (state !== "loading") return;
    state = "failed";
    var waiting = one("boot-waiting");
    if (waiting) waiting.hidden = true;
    showNote(title, lines);
  }

  function tooOld() {
    return !("noModule" in document.createElement("script")) || !window.fetch || !window.Promise;
  }

  function explainBrowser() {
    if (typeof WebAssembly !== "object") {
      fail("This browser has WebAssembly switched off", [
        "The node is WebAssembly. Found: none in this browser. Lockdown mode, a strict security setting or a policy of the school or company switches it off.",
        "Allow it for " + location.host + ", or open this page in another browser."
      ]);
      return true;
    }
    if (tooOld()) {
      fail("This browser is too old for Tabcoin", [
        "Expected: Chrome or Edge 89, Firefox 114 or Safari 15, or later. Found: " + navigator.userAgent,
        "Update it, or open this page in another browser."
      ]);
      return true;
    }
    return false;
  }

  // An answer that is not the file.
  function explainAnswer(url, status, type) {
    var found = "Expected: the file " + url + ". Found: status " + status + (type ? ", " + type.split(";")[0] : "") + ".";
    if (status === 404 || status === 410) return explainMissing(url, found);
    if (status >= 500) {
      return fail("The server could not hand out the app", [found, "Load again in a moment. If it stays so, tell whoever runs this relay."]);
    }
    fail("The app's file was refused on its way here", [
      found,
      "A filter or a proxy between this computer and the relay answers so, as a rule. Ask your teacher, or whoever looks after this network, to allow files of type application/wasm from " + location.host + "."
    ]);
  }

  // A page of an older release names files that are gone; below a prefix, files are looked for in the wrong place.
  function explainMissing(url, found) {
    var name = url.split("/").pop();
    fetchPage()
      .then(function (answer) { return answer.text(); })
      .then(function (page) {
        if (page.indexOf(name) < 0) {
          return fail("The app was updated", [found, "This page is of an older release, whose files are gone. Load the new one."]);
        }
        return relayPath().then(function (path) {
          fail("The app's file is not at its address", [
            found,
            path
              ? "The relay answers below " + path + ", where a proxy puts it, and was not told so. Whoever runs it: start it with --base-path " + path
              : "Ask whoever runs this relay. For the host: the app stands at the root of its address; where a proxy puts it below a path, start the relay with --base-path and that path."
          ]);
        });
      })
      .catch(function () { explainSilence(url, ""); });
  }

  // The part of this page's path below which the relay answers, where that is not the root.
  function relayPath() {
    var parts = location.pathname.split("/").slice(1, -1);
    return parts.reduce(function (known, _, at) {
      var path = "/" + parts.slice(0, at + 1).join("/");
      return known.then(function (found) {
        return found || fetch(path + "/healthz")
          .then(function (answer) { return answer.json(); })
          .then(function (health) { return health.rooms ? path : null; }, function () { return null; });
      });
    }, Promise.resolve(null));
  }

  function explainSilence(url, error) {
    fail("The relay does not answer", [
      "Expected: the file " + url + ". Found: no answer" + (error ? " (" + error + ")" : "") + ".",
      navigator.onLine === false
        ? "This computer is offline. Connect it, and load again."
        : "It may have stopped, or something on the way holds the file back. Load again; if it stays so, ask your teacher or whoever runs this relay."
    ]);
  }

  // Asks for a file once more, to learn what it is answered with. `what` is what went wrong with it.
  function probe(url, what) {
    return fetch(url).then(
      function (answer) {
        var type = answer.headers.get("content-type") || "";
        if (!answer.ok || type.indexOf("text/html") === 0) return explainAnswer(url, answer.status, type);
        explainError(what);
      },
      function (error) { explainSilence(url, String(error)); }
    );
  }

  function explainError(error) {
    var text = String(error);
    if (explainBrowser()) return;
    if (error instanceof RangeError || /memory/i.test(text)) {
      return fail("This device has too little free memory for the node", [
        "Found: " + text,
        "Close other tabs and programs, then load again."
      ]);
    }
    if (/content security policy|unsafe-eval|embedder/i.test(text)) {
      return fail("A security policy keeps WebAssembly from running", [
        "Found: " + text,
        "A proxy or an extension adds it: the relay's own policy allows it. Ask whoever looks after this network, or switch the extension off here."
      ]);
    }
    fail("The app could not start", [
      "Found: " + text,
      "Load again; if it stays so, try a current version of Firefox, Chrome, Edge or Safari, and tell whoever runs this relay."
    ]);
  }

  // Counts what arrives, and hands the answer on as a stream, so that it is compiled while it loads.
  function counted(answer) {
    if (!answer.body || !answer.body.pipeThrough || typeof TransformStream !== "function") return answer;
    var counting = new TransformStream({
      transform: function (chunk, stream) {
        bytes.loaded += chunk.byteLength;
        heard = Date.now();
        showProgress();
        stream.enqueue(chunk);
      }
    });
    return new Response(answer.body.pipeThrough(counting), { headers: { "content-type": "application/wasm" } });
  }

  // Starts the app: `init` is what wasm-bindgen wrote, `size` how many bytes the wasm has.
  function start(init, url, size) {
    heard = Date.now();
    bytes.total = size;
    if (explainBrowser()) return;
    return fetch(url).then(
      function (answer) {
        var type = answer.headers.get("content-type") || "";
        if (!answer.ok || type.indexOf("text/html") === 0) return explainAnswer(url, answer.status, type);
        return init({ module_or_path: counted(answer) }).then(runs, function (error) {
          // What came was not the whole file, or not the file.
          if (bytes.loaded < size) return probe(url, error);
          explainError(error);
        });
      },
      function (error) { explainSilence(url, String(error)); }
    );
  }

  function runs() {
    if (state === "loading") state = "running";
  }

  // The script's file, or one that it names, could not be had or run.
  addEventListener("error", function (event) {
    if (event.target && event.target.tagName === "SCRIPT") {
      if (explainBrowser()) return;
      var url = event.target.getAttribute("src") || appFiles()[0];
      return probe(url, uncaught || "the browser did not run " + url);
    }
    watch(event.error || event.message);
  }, true);
  addEventListener("unhandledrejection", function (event) { watch(event.reason); });
  // Trunk starts the app by a script of its own.
  addEventListener("TrunkApplicationStarted", runs);

  function watch(error) {
    uncaught = error;
    if (state === "loading") {
      if (error instanceof SyntaxError) explainError(error);
    } else if (state === "running" && error instanceof WebAssembly.RuntimeError) {
      stopped(error);
    }
  }

  // A mistake in the page ends it, and nothing on it moves any more; its node runs on in a worker.
  function stopped(error) {
    state = "stopped";
    var note = element("div", "page-stopped", "");
    note.setAttribute("role", "alert");
    note.appendChild(element("p", "strong", "This page has stopped by a mistake in the program"));
    note.appendChild(element("p", "soft", "Nothing that was saved is lost. Found: " + error));
    var button = element("button", "btn", "Load again");
    button.type = "button";
    button.onclick = reload;
    note.appendChild(button);
    document.documentElement.appendChild(note);
  }

  setInterval(function () {
    if (state !== "loading") return;
    var silent = Date.now() - heard >= SILENCE_MS;
    if (silent && !one("boot-note").firstChild && !explainBrowser()) {
      var rest = bytes.loaded
        ? "So far: " + megabytes(bytes.loaded) + (bytes.total ? " of " + megabytes(bytes.total) : "") + " MB. "
        : "";
      var all = bytes.total && bytes.loaded >= bytes.total;
      showNote(all ? "The node is here, and this device takes long to start it" : "Nothing has arrived for " + SILENCE_MS / 1000 + " seconds", [
        all
          ? "A slow device needs up to a minute. Close other tabs if it stays so."
          : rest + "The network is slow, or something on the way holds the files back. This page goes on waiting; ask your teacher or whoever looks after this network if it stays so."
      ]);
    } else if (!silent && one("boot-note").firstChild) {
      showNote("", []);
    }
  }, 1000);

  addEventListener("DOMContentLoaded", function () {
    var late = one("boot-late");
    if (late) late.hidden = true;
  });

  window.tabcoin = { start: start };
})();
