// Calls of fetch to compare: each is run in the page, once as native fetch and once as auth.fetch, and must come to the
// same. `at(path)` is a URL of the API. A row returns what fetch is called with and, where it needs more:
//   meanwhile(promise)   what the caller does right after the call
//   read(response)       how the answer is read, in place of its text
//   isOnce               that its body is gone after one try, so that a 401 stays
//   isFirst              that only a first try can succeed: the 401 breaks what it demands
//   isCut                that it is cut short: whether the request arrives before that is chance

export const rows = {
  "bodies": {
    "none": (at) => ({ input: at("echo"), init: { method: "POST" } }),
    "null": (at) => ({ input: at("echo"), init: { method: "POST", body: null } }),
    "text": (at) => ({ input: at("echo"), init: { method: "POST", body: "häßlich \u{1F600} \uD800" } }),
    "empty text": (at) => ({ input: at("echo"), init: { method: "POST", body: "" } }),
    "a number": (at) => ({ input: at("echo"), init: { method: "POST", body: 12 } }),
    "an object with a text": (at) => ({ input: at("echo"), init: { method: "POST", body: { toString: () => "text of it" } } }),
    "a Blob": (at) => ({ input: at("echo"), init: { method: "POST", body: new Blob(["blob"]) } }),
    "a Blob with a type": (at) => ({ input: at("echo"), init: { method: "PUT", body: new Blob(["{}"], { type: "application/json" }) } }),
    "an empty Blob": (at) => ({ input: at("echo"), init: { method: "PUT", body: new Blob([]) } }),
    "a File": (at) => ({ input: at("echo"), init: { method: "PUT", body: new File(["file"], "a.csv", { type: "text/csv" }) } }),
    "an ArrayBuffer": (at) => ({ input: at("echo"), init: { method: "POST", body: new Uint8Array([0, 255, 13, 10]).buffer } }),
    "an empty ArrayBuffer": (at) => ({ input: at("echo"), init: { method: "POST", body: new ArrayBuffer(0) } }),
    "bytes": (at) => ({ input: at("echo"), init: { method: "POST", body: new Uint8Array([0, 255, 128]) } }),
    "a part of other bytes": (at) => ({ input: at("echo"), init: { method: "POST", body: new Uint16Array([1, 2, 3, 4]).subarray(1, 3) } }),
    "a DataView": (at) => ({ input: at("echo"), init: { method: "POST", body: new DataView(new ArrayBuffer(8), 2, 3) } }),
    "a form": (at) => ({ input: at("echo"), init: { method: "POST", body: new URLSearchParams({ a: "1 &", ü: "ß" }) } }),
    "a form with files": (at) => {
      const form = new FormData();
      form.append("a", "1");
      form.append("a", "2");
      form.append("file", new File(["inside"], "näme.txt", { type: "text/plain" }));
      form.append("blob", new Blob(["x"]));
      return { input: at("echo"), init: { method: "POST", body: form } };
    },
    "an empty form": (at) => ({ input: at("echo"), init: { method: "POST", body: new FormData() } }),
    // Over HTTP/1.1, where no browser sends one: what is compared is how it fails.
    "a stream": (at) => ({ input: at("echo"), init: { method: "POST", body: new Blob(["stream"]).stream(), duplex: "half" } }),
    "a stream without duplex": (at) => ({ input: at("echo"), init: { method: "POST", body: new Blob(["stream"]).stream() } }),
    "a stream that was read": (at) => {
      const body = new Blob(["stream"]).stream();
      body.getReader();
      return { input: at("echo"), init: { method: "POST", body, duplex: "half" } };
    },
    "with GET": (at) => ({ input: at("echo"), init: { body: "text" } }),
    "with the caller's content-type": (at) => ({
      input: at("echo"), init: { method: "POST", body: new URLSearchParams("a=b"), headers: { "Content-Type": "text/x-mine" } },
    }),
  },

  "methods": Object.fromEntries(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "patch", "PropFind", "TRACE", "BAD METHOD", "", "null"].map(
      (method) => [JSON.stringify(method), `(at) => ({ input: at("echo"), init: { method: ${JSON.stringify(method)} } })`],
    ),
  ),

  "headers": {
    "an object": (at) => ({ input: at("echo"), init: { headers: { "X-Mine": " 1 ", accept: "text/x" } } }),
    "Headers": (at) => ({ input: at("echo"), init: { headers: new Headers([["x-mine", "1"], ["x-mine", "2"]]) } }),
    "pairs": (at) => ({ input: at("echo"), init: { headers: [["x-mine", "1"], ["x-mine", "2"]] } }),
    "pairs that can be read once": (at) => ({ input: at("echo"), init: { headers: new Map([["x-mine", "1"]]).entries() } }),
    "none in it": (at) => ({ input: at("echo"), init: { headers: {} } }),
    "undefined": (at) => ({ input: at("echo"), init: { headers: undefined } }),
    "null": (at) => ({ input: at("echo"), init: { headers: null } }),
    "a bad name": (at) => ({ input: at("echo"), init: { headers: { "bad name": "1" } } }),
    "a bad value": (at) => ({ input: at("echo"), init: { headers: { "x-mine": "a\nb" } } }),
    "a forbidden name": (at) => ({ input: at("echo"), init: { headers: { cookie: "a=b", "x-mine": "1" } } }),
  },

  "options": {
    "null": (at) => ({ input: at("echo"), init: null }),
    "inherited": (at) => ({ input: at("echo"), init: Object.create({ method: "PUT", body: "x" }) }),
    "a Request": (at) => ({ input: at("echo"), init: new Request(at("status"), { method: "DELETE", headers: { "x-mine": "1" } }) }),
    "a Request with a body": (at) => ({ input: at("echo"), init: new Request(at("status"), { method: "PUT", body: "text" }) }),
    "an unknown mode": (at) => ({ input: at("echo"), init: { mode: "other" } }),
    "mode same-origin": (at) => ({ input: at("echo"), init: { mode: "same-origin" } }),
    "mode no-cors": (at) => ({ input: at("echo"), init: { mode: "no-cors" } }),
    "mode no-cors with DELETE": (at) => ({ input: at("echo"), init: { mode: "no-cors", method: "DELETE" } }),
    "credentials": async (at) => {
      await fetch(at("cookie"), { credentials: "include" });
      return { input: at("echo"), init: { credentials: "include" } };
    },
    "no credentials": (at) => ({ input: at("echo"), init: { credentials: "omit" } }),
    "cache no-store": (at) => ({ input: at("echo"), init: { cache: "no-store" } }),
    "cache no-cache": (at) => ({ input: at("echo"), init: { cache: "no-cache" } }),
    "cache only-if-cached": (at) => ({ input: at("echo"), init: { cache: "only-if-cached" } }),
    "a referrer": (at) => ({ input: at("echo"), init: { referrer: "/other/page", referrerPolicy: "unsafe-url" } }),
    "no referrer": (at) => ({ input: at("echo"), init: { referrer: "" } }),
    "a referrer policy": (at) => ({ input: at("echo"), init: { referrerPolicy: "no-referrer" } }),
    "an integrity that holds": (at) => ({
      input: at("echo"), init: { integrity: "sha256-FOMM0WPHMpEuBIxMg34VxOkMBi67eVq5R9V3BuLRDdg=" }, isFirst: true,
    }),
    "an integrity that does not": (at) => ({
      input: at("echo"), init: { integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }, isFirst: true,
    }),
    "priority": (at) => ({ input: at("echo"), init: { priority: "low" } }),
    "an unknown priority": (at) => ({ input: at("echo"), init: { priority: "other" } }),
    "keepalive": (at) => ({ input: at("echo"), init: { method: "POST", keepalive: true, body: "kept" } }),
    "keepalive with a form": (at) => ({
      input: at("echo"), init: { method: "POST", keepalive: true, body: new URLSearchParams("a=b") },
    }),
    // The browser's limit is one for all that is on the way, and a first try may count a little longer than it lasts.
    "keepalive with 64 KiB": (at) => ({
      input: at("echo"), init: { method: "POST", keepalive: true, body: new Uint8Array(64 * 1024) }, isFirst: true,
    }),
    "keepalive with more": (at) => ({
      input: at("echo"), init: { method: "POST", keepalive: true, body: new Uint8Array(64 * 1024 + 1) },
    }),
    "keepalive with more text": (at) => ({
      input: at("echo"), init: { method: "POST", keepalive: true, body: "x".repeat(64 * 1024 + 1) },
    }),
    "a window": (at) => ({ input: at("echo"), init: { window: {} } }),
  },

  "addresses": {
    "a URL object": (at) => ({ input: new URL(at("echo?a=b#c")) }),
    "a fragment": (at) => ({ input: at("echo?a=b#c") }),
    "with spaces around": (at) => ({ input: `  ${at("echo")}\n` }),
    "credentials": (at) => ({ input: at("echo").replace("://", "://user:secret@") }),
    "none": () => ({ input: "http://" }),
    "an object with a text": (at) => ({ input: { toString: () => at("echo") } }),
    "a symbol": () => ({ input: Symbol("x") }),
    "an object without a text": () => ({ input: Object.create(null) }),
  },

  "Requests": {
    "plain": (at) => ({ input: new Request(at("echo")) }),
    "with everything": (at) => ({
      input: new Request(at("echo"), {
        method: "PATCH", body: "text", headers: { "x-mine": "1" }, cache: "no-store", credentials: "omit",
        referrer: "/other/page", referrerPolicy: "unsafe-url", redirect: "error", keepalive: true, priority: "high",
      }),
      isOnce: true,
    }),
    "that hides where it comes from": (at) => ({ input: new Request(at("echo"), { referrerPolicy: "no-referrer" }) }),
    "that hides it, with options": (at) => ({
      input: new Request(at("echo"), { referrerPolicy: "no-referrer" }), init: { headers: { "x-mine": "2" } },
    }),
    "with a form": (at) => ({ input: new Request(at("echo"), { method: "POST", body: new URLSearchParams("a=b") }), isOnce: true }),
    "with options that replace its own": (at) => ({
      input: new Request(at("echo"), { method: "POST", body: "text", headers: { "x-mine": "1", "x-other": "1" } }),
      init: { method: "PUT", body: "other", headers: { "x-mine": "2" } },
    }),
    "with an empty text that replaces its own": (at) => ({
      input: new Request(at("echo"), { method: "POST", body: "text" }), init: { body: "" },
    }),
    "with options that do not": (at) => ({
      input: new Request(at("echo"), { method: "POST", body: "text", headers: { "x-mine": "1" } }), init: { body: undefined, cache: "no-store" }, isOnce: true,
    }),
    "with a body, as GET": (at) => ({ input: new Request(at("echo"), { method: "POST", body: "text" }), init: { method: "GET" } }),
    "whose body was read": async (at) => {
      const input = new Request(at("echo"), { method: "POST", body: "text" });
      await input.text();
      return { input };
    },
    "whose body was read, with another": async (at) => {
      const input = new Request(at("echo"), { method: "POST", body: "text" });
      await input.text();
      return { input, init: { body: "other" } };
    },
    "that is a copy": (at) => ({ input: new Request(at("echo"), { method: "POST", body: "text" }).clone(), isOnce: true }),
    "of a class of one's own": (at) => {
      class Own extends Request {
        get method() { return "DELETE"; }
        get headers() { return new Headers({ "x-false": "1" }); }
      }
      return { input: new Own(at("echo"), { method: "PUT", body: "text", headers: { "x-true": "1" } }), isOnce: true };
    },
    "of another window": (at) => {
      const frame = document.body.appendChild(document.createElement("iframe"));
      return { input: new frame.contentWindow.Request(at("echo"), { method: "PUT", body: "text" }), isOnce: true };
    },
    "with a bad option": (at) => ({ input: new Request(at("echo"), { method: "POST", body: "text" }), init: { mode: "other" } }),
  },

  "redirects": {
    "followed": (at) => ({ input: at(`redirect?status=302&to=${at("echo")}`) }),
    "followed with the body": (at) => ({
      input: at(`redirect?status=307&to=${at("echo")}`), init: { method: "POST", body: new URLSearchParams("a=b") },
    }),
    "of a Request with a body": (at) => ({
      input: new Request(at(`redirect?status=308&to=${at("echo")}`), { method: "PUT", body: "text" }), isOnce: true,
    }),
    "that change the method": (at) => ({ input: at(`redirect?status=303&to=${at("echo")}`), init: { method: "POST", body: "text" } }),
    "to another origin": (at) => ({ input: at(`redirect?status=302&to=${at("open").replace("127.0.0.1", "localhost")}`) }),
    "that are errors": (at) => ({ input: at(`redirect?status=302&to=${at("echo")}`), init: { redirect: "error" } }),
    "that are errors for a Request": (at) => ({ input: new Request(at(`redirect?status=302&to=${at("echo")}`), { redirect: "error" }) }),
    "that are the caller's": (at) => ({ input: at(`redirect?status=302&to=${at("echo")}`), init: { redirect: "manual" } }),
    "without end": (at) => ({ input: at("redirect?status=302") }),
  },

  "answers": {
    "204": (at) => ({ input: at("status?is=204") }),
    "205": (at) => ({ input: at("status?is=205") }),
    "404": (at) => ({ input: at("status?is=404") }),
    "403": (at) => ({ input: at("status?is=403") }),
    "500": (at) => ({ input: at("status?is=500") }),
    "HEAD": (at) => ({ input: at("echo"), init: { method: "HEAD" } }),
    "in parts": (at) => ({
      input: at("held"),
      read: async (response) => {
        const parts = [];
        // The server goes on only when the first part has been read here: nothing may hold it back.
        for (let reader = response.body.getReader(), part; !(part = await reader.read()).done;) {
          parts.push(new TextDecoder().decode(part.value));
          await fetch(at("release"));
        }
        return parts;
      },
    }),
    "read twice": (at) => ({
      input: at("echo"),
      read: async (response) => [await response.clone().text(), (await response.blob()).size, response.bodyUsed],
    }),
  },

  "signals": {
    "null": (at) => ({ input: at("echo"), init: { signal: null } }),
    "what is none": (at) => ({ input: at("echo"), init: { signal: {} } }),
    "quiet": (at) => ({ input: at("echo"), init: { signal: new AbortController().signal } }),
    "aborted before": (at) => ({ input: at("echo"), init: { signal: AbortSignal.abort() } }),
    "aborted before for a reason": (at) => ({ input: at("echo"), init: { signal: AbortSignal.abort("mine") } }),
    "aborted before, with a form": (at) => ({
      input: at("echo"), init: { method: "POST", body: new FormData(), signal: AbortSignal.abort(new RangeError("mine")) },
    }),
    "of a Request, aborted before": (at) => ({ input: new Request(at("echo"), { signal: AbortSignal.abort("mine") }) }),
    "of a Request, replaced": (at) => ({ input: new Request(at("echo"), { signal: AbortSignal.abort("mine") }), init: { signal: null } }),
    "aborted at once": (at) => {
      const controller = new AbortController();
      return { input: at("echo"), init: { signal: controller.signal }, isCut: true, meanwhile: () => controller.abort() };
    },
    "of a Request, aborted at once": (at) => {
      const controller = new AbortController();
      const input = new Request(at("echo"), { method: "POST", body: "text", signal: controller.signal });
      return { input, isCut: true, meanwhile: () => controller.abort("mine") };
    },
    "timed out": (at) => ({ input: at("silent"), init: { signal: AbortSignal.timeout(50) }, isCut: true }),
    "of a Request, timed out": (at) => ({ input: new Request(at("silent"), { signal: AbortSignal.timeout(50) }), isCut: true }),
    "aborted while reading": (at) => {
      const controller = new AbortController();
      return {
        input: at("held"),
        init: { signal: controller.signal },
        read: async (response) => {
          const reader = response.body.getReader();
          await reader.read();
          controller.abort("mine");
          return reader.read();
        },
      };
    },
    "of a Request, aborted while reading": (at) => {
      const controller = new AbortController();
      return {
        input: new Request(at("held"), { signal: controller.signal }),
        read: async (response) => {
          const reader = response.body.getReader();
          await reader.read();
          controller.abort();
          return reader.read();
        },
      };
    },
  },
};
