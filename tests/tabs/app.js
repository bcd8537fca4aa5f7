// The app in each tab: calls the API all the time, and tells the host how each call ended and what became of the session.
// The tab's number is in its address, and goes to every server as the referrer.
document.head.append(Object.assign(document.createElement("meta"), { name: "referrer", content: "unsafe-url" }));

const EVERY_MS = 700;

const tabNumber = () => new URL(location.href).searchParams.get("tab");

const tell = (what) => fetch("/_told", {
  method: "POST", body: JSON.stringify({ tab: tabNumber(), at: Date.now(), ...what }), keepalive: true,
}).catch(() => {});

const pending = new Map();
let calls = 0;
let timer;

async function call(api) {
  const id = `${tabNumber()}-${performance.timeOrigin}-${calls += 1}`;
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
  /** Makes the Auth, watches its session and starts calling once somebody is signed in. Returns the session. */
  async start({ options, api }) {
    const session = await harness.start(options);
    void tell({ opened: session.status });
    harness.auth.on("signedOut", (detail) => tell({ signedOut: detail }));
    if (session.status === "signedIn") loop(api);
    return session;
  },
  /** No call starts any more. */
  stop: () => clearTimeout(timer),
  /** How many calls have no answer yet, and for how many milliseconds the oldest. */
  pending: () => ({ count: pending.size, longestMs: Math.max(0, ...[...pending.values()].map((at) => Date.now() - at)) }),
};
