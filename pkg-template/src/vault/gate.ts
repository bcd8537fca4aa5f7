// The way to the provider: its own endpoints and nothing else, as its metadata name them to this worker. What a page stored
// of a sign-in names endpoints too, and a page may write there what it likes.

const PATIENCE_MS = 10_000;

/** Where the core sends secrets. */
const USED = ["token_endpoint", "jwks_uri", "revocation_endpoint", "userinfo_endpoint", "pushed_authorization_request_endpoint"];

/** Without what a server may ignore. */
const placeOf = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
};

/** Where the metadata are: as src/core/oauth/discovery.rs asks for them. */
const metadataUrls = (issuer: string): string[] => {
  const base = issuer.replace(/\/$/, "");
  const [, host, path] = /^(\w+:\/\/[^/]*)(.*)$/.exec(base) ?? [];
  return [`${base}/.well-known/openid-configuration`, `${host}/.well-known/oauth-authorization-server${path}`];
};

export const createGate = (issuer: string) => {
  let endpoints = new Map<string, string>();
  const known = metadataUrls(issuer);

  const read = async (response: Response): Promise<boolean> => {
    const metadata = response.ok && (await response.json().catch(() => undefined));
    if (!metadata || metadata.issuer !== issuer) return false;
    const texts = Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    endpoints = new Map(texts.filter(([name, url]) => /_(endpoint|uri)$/.test(name) && URL.canParse(url)));
    return true;
  };

  const learn = async (): Promise<void> => {
    for (const url of known) {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(url, { redirect: "manual", cache: "no-store", credentials: "omit", signal });
      if (await read(response)) return;
    }
  };

  const isUsed = (url: string) => USED.some((name) => endpoints.get(name) === url);

  return {
    /** As `fetch`, for the core. */
    provider: async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const url = String(input);
      if (known.includes(url)) {
        const response = await fetch(url, init);
        await read(response.clone());
        return response;
      }
      if (!isUsed(url)) await learn();
      if (!isUsed(url)) throw new TypeError("Not an endpoint of the provider");
      return fetch(url, init);
    },
    /** Whether it is a place of the provider's that takes secrets, and so nothing of a page's. */
    isEndpoint: (url: string): boolean => {
      const place = placeOf(url);
      return [...endpoints].some(([name, own]) => name !== "userinfo_endpoint" && name.endsWith("_endpoint") && placeOf(own) === place);
    },
  };
};
