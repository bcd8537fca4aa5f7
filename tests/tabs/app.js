// The app in each tab. Its number is in its address, and goes to every server as the referrer.
document.head.append(Object.assign(document.createElement("meta"), { name: "referrer", content: "unsafe-url" }));

const EVERY_MS = 700;

const tab = () => new URL(location.href).searchParams.get("tab");
const tell = (what) => fetch("/_told", {
  method: "POST", body: JSON.stringify({ tab: tab(), at: Date.now(), ...what }), keepalive: true,
}).catch(() => {});

const pending = new Map();
let calls = 0;
let timer;

async function call(api) {
  const id = `${tab()}-${performance.timeOrigin}-${calls += 1}`;
  const startedAt = Date.now();
  pending.set(id, startedAt);
  const { value, error } = await harness.outcome(() => harness.auth.fetch(`${api}/notes?call=${id}`));
  pending.delete(id);
  await tell({ call: id, startedAt, hidden: document.hidden, status: value?.status, error });
}

function loop(api) {
  void call(api);
  timer = setTimeout(() => loop(api), EVERY_MS * (0.5 + Math.random()));
}

globalThis.app = {
  /** Calls the API all the time, and tells the host how each call ended and when the session did. */
  run(api) {
    void tell({ opened: harness.session().status });
    harness.auth.on("signedOut", (detail) => tell({ signedOut: detail }));
    if (harness.session().status === "signedIn") loop(api);
  },
  /** No call starts any more. */
  stop: () => clearTimeout(timer),
  /** How many calls have no answer yet, and for how many milliseconds the oldest. */
  pending: () => ({ count: pending.size, longestMs: Math.max(0, ...[...pending.values()].map((at) => Date.now() - at)) }),
  /** Stops everything in this tab until the host answers. */
  freeze(url) {
    setTimeout(() => {
      const request = new XMLHttpRequest();
      request.open("GET", url, false);
      request.send();
    });
  },
};
