import { createAuth, type Auth, type Session, type SignedOutReason } from "tokenward";
import { callApi } from "./api.js";
import { loadConfig, type DemoConfig } from "./config.js";
import { everySecond } from "./countdown.js";
import { chosenStorage, rememberStorage, type StorageMode } from "./storage.js";
import { createTimeline } from "./timeline.js";
import { createView } from "./view.js";
import { explain } from "./words.js";

/** How long the browser may take from the end of signOut() until it has left for the provider. */
const LEAVING_MS = 1500;
const TITLE_OF_ERROR: Partial<Record<SignedOutReason, string>> = {
  signInFailed: "Sign-in failed", notRestored: "The session could not be restored",
};
const LOADING: Session = { status: "loading" };

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const timeline = createTimeline(() => {
  view.timeline(timeline.moments);
  showLife(Date.now());
});
let auth: Auth;
let stop: () => void;
let config: DemoConfig;
let render: () => void;
/** Signing out at the provider: the session is over here, and the browser about to leave. */
let leaving = false;
/** Stands in for the token's arrival where this tab did not see it. */
const opened = Date.now();
/** What the page says is wrong is wrong with the session: it goes when that is well again. */
let ailing = false;
/** With a backend the page is not told of new tokens: it sees another end. */
let seen: { expiresAt: number | null; at: number } = { expiresAt: null, at: opened };

/** Does what was asked, and shows what went wrong with it. */
async function attempt(failure: string, work: () => Promise<void>): Promise<void> {
  view.problem(null);
  ailing = false;
  const before = auth.session.status;
  try {
    await work();
  } catch (error) {
    // Where it cost the session, the page already says so, and why.
    const { session } = auth;
    if (before === "signedIn" && session.status === "signedOut" && session.error) return;
    view.problem(explain(failure, error));
  }
}

const askApi = (method: "GET" | "POST", path: string, body?: string) => attempt("The demo API could not be asked", async () => {
  try {
    view.answer(await callApi(auth, config.api, method, path, body));
  } catch (error) {
    // The answer to an earlier question would look like one to this.
    view.answer(null);
    throw error;
  }
});

const view = createView({
  signIn: () => attempt("Sign-in failed", async () => void (await auth.signIn())),
  signInWithPopup: () => attempt("Sign-in failed", async () => void (await auth.signIn({ mode: "popup" }))),
  signOut: () => attempt("Sign-out was not complete", async () => {
    leaving = true;
    try {
      await auth.signOut();
      await pause(LEAVING_MS);
    } finally {
      leaving = false;
      render();
    }
  }),
  refresh: () => attempt("Refresh failed", async () => {
    await auth.getAccessToken({ force: true });
  }),
  callApi: () => askApi("GET", "/me"),
  sendEcho: (text) => askApi("POST", "/echo", text),
  chooseStorage(mode) {
    rememberStorage(mode);
    // The address would otherwise win over the choice at the next load.
    const address = new URL(location.href);
    address.searchParams.set("storage", mode);
    history.replaceState(history.state, "", address);
    stop();
    stop = start(mode);
  },
});

/** One session from here on, and everything on the page that follows it; returns the way to end both. */
function start(storage: StorageMode): () => void {
  view.storage(storage);
  auth = config.backend ? createAuth({ storage: "bff", apis: [config.api] }) : createAuth({
    issuer: config.issuer,
    clientId: config.clientId,
    scope: "openid profile email offline_access",
    apis: [config.api],
    storage,
  });

  const ail = (title: string, error: unknown) => {
    ailing = true;
    view.problem(explain(title, error));
  };
  render = () => {
    // Otherwise the signed-out page would flash up on the way to the provider, and again on the way back.
    const session = leaving ? LOADING : auth.session;
    view.session(session, auth.inspect());
    showLife(Date.now());
    if (session.status === "signedOut") {
      view.answer(null);
      if (session.error) ail(TITLE_OF_ERROR[session.reason] ?? "The session ended", session.error);
    }
    const isWell = session.status === "signedIn" ? !session.stale : session.status === "signedOut" && !session.error;
    if (ailing && isWell) {
      ailing = false;
      view.problem(null);
    }
  };
  const stops = [
    timeline.record(auth),
    auth.subscribe(render),
    auth.on("signedIn", () => view.problem(null)),
    auth.on("tokenRefreshed", () => view.problem(null)),
    auth.on("refreshFailed", ({ error }) => {
      if (auth.session.status === "signedIn") ail("Refresh failed", error);
    }),
    everySecond(showLife),
  ];
  render();
  return () => {
    for (const each of stops) each();
    auth.dispose();
  };
}

/** Shows the token's remaining time, where there is one. */
function showLife(now: number): void {
  const { status, expiresAt, refreshAt, refreshing } = auth.inspect();
  if (status !== "signedIn") return;
  if (expiresAt !== seen.expiresAt) seen = { expiresAt, at: now };
  view.life({ now, receivedAt: config.backend ? seen.at : timeline.receivedAt() ?? opened, expiresAt, refreshAt, refreshing });
}

view.timeline(timeline.moments);
try {
  config = await loadConfig();
  view.places(config);
  stop = start(chosenStorage());
} catch (error) {
  view.halted();
  view.problem(explain("The demo could not start", error));
}
