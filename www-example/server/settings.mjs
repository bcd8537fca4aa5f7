import { PortTaken } from "./listen.mjs";

/** Something the person who started the demo can mend; the message says how. */
export class Refusal extends Error {}

/** What both demos read from the environment. */
export function settings() {
  const ports = { min: 1, max: 65535 };
  const port = number("DEMO_PORT", 4400, ports);
  const login = process.env.DEMO_LOGIN || "form";
  if (login !== "form" && login !== "auto") {
    throw new Refusal(`DEMO_LOGIN must be "form" or "auto", not "${login}".`);
  }
  return {
    port,
    opPort: number("DEMO_OP_PORT", port + 1, ports),
    apiPort: number("DEMO_API_PORT", port + 2, ports),
    tokenSeconds: number("DEMO_TOKEN_SECONDS", 600, { min: 2, max: 86400 }),
    login,
  };
}

function number(name, fallback, { min, max }) {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Refusal(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
  }
  return value;
}

/** Does work that takes a port, and says by which variable another can be chosen where that one is taken. */
export async function withPortOf(variable, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    throw new Refusal(`Port ${error.port} is already in use: set ${variable} to a free port and try again.`);
  }
}

/** Runs a demo until it is stopped; what it cannot do without is said and ends it. */
export function run(start) {
  // Nothing of a demo outlives the process: sessions are in memory, and what is in folders goes at exit.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));
  start().catch((error) => {
    console.error(error instanceof Refusal ? `tokenward demo: ${error.message}` : error);
    process.exit(1);
  });
}
