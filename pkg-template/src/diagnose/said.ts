// What an answer says that may be told: its status, and words. What else is in it may be a secret.

/** The address of a URL, without what may be secret in it. */
export const shown = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
};

export const hostOf = (url: string): string => new URL(url).host;

/** A server's own word, where it is one. What has a digit in it may be a key. */
export const word = (text: unknown): string | undefined =>
  typeof text === "string" && /^[a-z_.-]{1,40}$/i.test(text) ? text : undefined;

/** How many characters of an answer are read. */
const ENOUGH = 65_536;

export interface Said {
  status: number;
  /** The error, by the server's own word. */
  error: string | undefined;
  /** It says that something expired. */
  isOver: boolean;
  /** It is a web page. */
  isPage: boolean;
  json: Record<string, unknown>;
  /** All of it, in a sentence. */
  evidence: string;
}

const parse = (text: string): Record<string, unknown> => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};

/** Reads an answer; of one that is no error only where it is wanted, as it may be long. */
export const read = async (url: string, response: Response, isWanted: boolean): Promise<Said> => {
  const { status, headers } = response;
  const isRead = isWanted || status >= 400;
  if (!isRead) void response.body?.cancel().catch(() => {});
  const json = isRead ? parse((await response.text().catch(() => "")).slice(0, ENOUGH)) : {};
  const challenge = headers.get("www-authenticate") ?? "";
  const error = word(/\berror="([^"]*)"/.exec(challenge)?.[1]) ?? word(json["error"]);
  const isPage = status < 400 && (headers.get("content-type") ?? "").startsWith("text/html");
  return {
    status,
    error,
    isOver: /expired/i.test([challenge, json["error_description"], json["message"]].join()),
    isPage,
    json,
    evidence: `${shown(url)} answered ${status}${error ? `, ${error}` : ""}${isPage ? ", with a web page" : ""}.`,
  };
};

/** Whether there is nothing of the kind at this path. */
export const isNothing = ({ status, isPage }: Said): boolean => isPage || [404, 405, 410, 501].includes(status);
