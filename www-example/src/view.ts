import type { RedactedSnapshot, Session } from "tokenward";
import type { DemoConfig } from "./config.js";
import { inWords, secondsUntil } from "./duration.js";
import type { StorageMode } from "./storage.js";
import type { Moment } from "./timeline.js";
import { TITLES, WHY_OUT, clock, tell, type Problem } from "./words.js";

/** What a person can ask the page to do. A promise that is pending keeps its button busy. */
export interface Actions {
  signIn(): Promise<void>;
  signInWithPopup(): Promise<void>;
  signOut(): Promise<void>;
  refresh(): Promise<void>;
  callApi(): Promise<void>;
  sendEcho(text: string): Promise<void>;
  chooseStorage(mode: StorageMode): void;
}

export interface ApiAnswer {
  /** Such as `GET /me`. */
  readonly request: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly body: string;
}

/** The token's time, as of `now`; all in milliseconds since the epoch. */
export interface Life {
  readonly now: number;
  readonly receivedAt: number;
  readonly expiresAt: number | null;
  readonly refreshAt: number | null;
  readonly refreshing: boolean;
}

export interface View {
  session(session: Session, snapshot: RedactedSnapshot): void;
  /** There will be no session: the page itself could not start. */
  halted(): void;
  life(life: Life): void;
  answer(answer: ApiAnswer | null): void;
  problem(problem: Problem | null): void;
  timeline(moments: readonly Moment[]): void;
  storage(mode: StorageMode): void;
  /** Says where everything is, and shows what fits: a page that holds tokens, or one with a backend that does. */
  places(config: DemoConfig): void;
}

const STATUS = { loading: "loading", signedIn: "signed-in", signedOut: "signed-out" } as const;
const STATUS_WORDS = { loading: "Loading…", signedIn: "Signed in", signedOut: "Signed out" } as const;
const STORAGE_WORDS = {
  session: "sessionStorage of this tab",
  memory: "memory of this page",
  worker: "a worker",
  bff: "the backend",
  own: "a place of the app's own",
} as const;
const STORAGE_NOTES = {
  session: "In sessionStorage: a reload keeps you signed in, even where no other tab can help.",
  memory: "Only in this page: nothing is stored, and a reload gets the session from another tab or from the provider.",
} as const;

const NOTES = {
  page: "The mark on the line is where the next refresh happens by itself.",
  backend: "The backend renews it by itself when a call needs it. The mark on the line is where this page looks again.",
} as const;

/** Below this a busy sign would only flicker. */
const BUSY_AFTER_MS = 150;

/** Finds the page's elements once and writes into them: text only, never HTML. */
export function createView(actions: Actions): View {
  const status = marked("status");
  const headline = known("headline");
  const life = { expires: marked("expires-in"), refresh: marked("next-refresh"), note: known("life-note") };
  const track = find<HTMLElement>(".track");
  const signedInParts = [marked("user"), marked("sign-out"), known("token"), known("api"), known("seal")];
  const signedOutParts = [marked("sign-in"), marked("sign-in-popup"), known("storage"), known("ideas")];

  /** A hidden element cannot hold the keyboard's focus: it moves to what says why. */
  function show(element: Element, visible: boolean): void {
    const held = !visible && element.contains(document.activeElement);
    element.toggleAttribute("hidden", !visible);
    if (held) headline.focus();
  }

  function write(id: string, text: string | undefined, row?: string): void {
    known(id).textContent = text ?? "";
    show(known(row ?? id), Boolean(text));
  }

  onPress(marked("sign-in"), "Opening the provider…", actions.signIn);
  onPress(marked("sign-in-popup"), "Waiting for the popup…", actions.signInWithPopup);
  onPress(marked("sign-out"), "Signing out…", actions.signOut);
  onPress(marked("refresh-now"), "Refreshing…", actions.refresh);
  onPress(marked("call-api"), "Asking…", actions.callApi);
  const echoText = known("echo-text") as HTMLInputElement;
  // On the form, so that the Enter key in the field sends too.
  onPress(marked("echo-api"), "Sending…", () => actions.sendEcho(echoText.value), known("echo"));

  const radios = [...document.querySelectorAll<HTMLInputElement>('input[name="storage"]')];
  for (const radio of radios) {
    radio.addEventListener("change", () => actions.chooseStorage(radio.value as StorageMode));
  }

  return {
    session(session, snapshot) {
      status.dataset["status"] = STATUS[session.status];
      // A backend that could not be asked may well have a session.
      const isUnknown = snapshot.storage === "bff" && session.status === "signedOut" && session.error !== undefined;
      const words = isUnknown ? "Not known yet" : STATUS_WORDS[session.status];
      // A live region: writing the same words again would announce them again.
      if (status.textContent !== words) status.textContent = words;
      document.title = `${words} · tokenward demo`;

      // After the first load the page stays as it is for as long as this takes.
      if (session.status === "loading") return;
      for (const part of signedInParts) show(part, session.status === "signedIn");
      for (const part of signedOutParts) show(part, session.status === "signedOut");
      document.body.classList.add("settled");

      if (session.status === "signedOut") {
        if (isUnknown) {
          headline.textContent = "Are you signed in?";
          write("lead", "Only the backend knows, and it could not say. It is asked again by itself.");
          return;
        }
        headline.textContent = "Nobody is signed in";
        write("lead", session.reason === "none"
          ? "Sign in at the demo provider. You come back with a session that renews its own token, "
            + "shows it to one API only, and ends here and at the provider when you sign out."
          : `${WHY_OUT[session.reason]} Sign in again to go on.`);
        return;
      }
      const { user } = session;
      headline.textContent = "You are signed in";
      known("seal").textContent = (user.name ?? user.sub).charAt(0);
      write("lead", "");
      write("user-name", user.name, "user-name-row");
      write("user-email", user.email, "user-email-row");
      write("user-sub", user.sub, "user-sub-row");
      life.note.textContent = session.stale
        ? "The last refresh failed. You are still signed in, and it is tried again by itself."
        : NOTES[snapshot.storage === "bff" ? "backend" : "page"];
      known("snapshot").replaceChildren(...facts(snapshot));
    },

    halted() {
      document.body.classList.add("settled");
      headline.textContent = "Not running";
      status.dataset["status"] = STATUS.signedOut;
      status.textContent = "Not running";
      write("lead", "");
    },

    life({ now, receivedAt, expiresAt, refreshAt, refreshing }) {
      const figure = (element: HTMLElement, at: number | null, none: string, past: string) => {
        if (at === null) {
          delete element.dataset["seconds"];
          element.textContent = none;
          return;
        }
        const seconds = secondsUntil(at, now);
        element.dataset["seconds"] = String(seconds);
        element.textContent = seconds === 0 ? past : inWords(seconds);
      };
      figure(life.expires, expiresAt, "not stated", "expired");
      if (refreshing) figure(life.refresh, null, "under way…", "");
      else figure(life.refresh, refreshAt, "none planned", "due now");

      show(track, expiresAt !== null);
      if (expiresAt === null) return;
      const share = (at: number) => Math.min(1, Math.max(0, (expiresAt - at) / Math.max(1, expiresAt - receivedAt)));
      track.style.setProperty("--left", String(share(now)));
      track.style.setProperty("--refresh", String(refreshAt === null ? 0 : share(refreshAt)));
    },

    answer(answer) {
      show(marked("api-result"), answer !== null);
      known("api-caption").textContent = answer
        ? `${answer.request} answered ${answer.status} in ${answer.milliseconds} ms`
        : "";
      known("api-body").textContent = answer?.body ?? "";
    },

    problem(problem) {
      // Filled before it is shown, so that it is announced as a whole.
      write("error-title", problem?.title);
      write("error-message", problem?.message);
      write("error-suggestion", problem?.suggestion);
      write("error-code", problem?.code, "error-code-row");
      write("error-provider", problem?.provider, "error-provider-row");
      show(marked("error"), problem !== null);
    },

    timeline(moments) {
      show(known("timeline-empty"), moments.length === 0);
      marked("timeline").replaceChildren(...moments.map(momentItem).reverse());
    },

    storage(mode) {
      for (const radio of radios) radio.checked = radio.value === mode;
      known("storage-note").textContent = STORAGE_NOTES[mode];
    },

    places({ issuer, api, backend = false }) {
      document.body.classList.toggle("with-backend", backend);
      known("places").textContent = `Provider: ${issuer}. API: ${api}.`;
    },
  };
}

/**
 * Runs `work` at a press of `button`, or when its `form` is sent; once at a time. `aria-disabled` rather than `disabled`,
 * which would drop the keyboard's focus.
 */
function onPress(button: HTMLElement, busyWords: string, work: () => Promise<void>, form?: HTMLElement): void {
  const words = button.textContent;
  let running = false;
  const idle = () => {
    button.textContent = words;
    button.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
  };
  const press = async (event: Event) => {
    event.preventDefault();
    if (running) return;
    running = true;
    const timer = setTimeout(() => {
      button.textContent = busyWords;
      button.setAttribute("aria-busy", "true");
      button.setAttribute("aria-disabled", "true");
    }, BUSY_AFTER_MS);
    try {
      await work();
    } finally {
      running = false;
      clearTimeout(timer);
      idle();
    }
  };
  if (form) form.addEventListener("submit", press);
  else button.addEventListener("click", press);
  // Back from the provider by the Back button: the page returns as it was left, still busy.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    running = false;
    idle();
  });
}

function momentItem(moment: Moment): HTMLLIElement {
  const item = document.createElement("li");
  item.dataset["kind"] = moment.kind;
  const time = document.createElement("time");
  time.dateTime = new Date(moment.at).toISOString();
  time.textContent = clock(moment.at);
  const title = document.createElement("strong");
  title.textContent = TITLES[moment.kind];
  const detail = document.createElement("span");
  detail.textContent = tell(moment);
  item.append(time, title, detail);
  if (moment.code !== undefined) {
    const code = document.createElement("code");
    code.textContent = moment.code;
    item.append(code);
  }
  return item;
}

function facts(snapshot: RedactedSnapshot): HTMLElement[] {
  const place = ["Tokens live in", STORAGE_WORDS[snapshot.storage]];
  const own = [
    ["Issuer", snapshot.issuer],
    ["Client", snapshot.clientId],
    place,
    ["Scopes", snapshot.scope ?? "none"],
    ["Refresh token", snapshot.hasRefreshToken ? "held" : "none"],
    ["Token sets so far", String(snapshot.generation)],
  ];
  // Of the rest, with a backend, the page knows nothing.
  const told = snapshot.storage === "bff" ? [["Backend", snapshot.issuer], place] : own;
  return [...told, ["tokenward", snapshot.version]].map(([term, value]) => {
    const row = document.createElement("div");
    row.append(Object.assign(document.createElement("dt"), { textContent: term }));
    row.append(Object.assign(document.createElement("dd"), { textContent: value }));
    return row;
  });
}

function marked(testId: string): HTMLElement {
  return find(`[data-testid="${testId}"]`);
}

function known(id: string): HTMLElement {
  return find(`#${id}`);
}

function find<E extends HTMLElement>(selector: string): E {
  const element = document.querySelector<E>(selector);
  if (element === null) throw new Error(`index.html has no ${selector}`);
  return element;
}
