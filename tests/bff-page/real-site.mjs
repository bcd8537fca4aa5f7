// The app's origin with tokenward's own backend for front ends in it, in Node: what it answers is kept to be searched.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { packageFolder } from "../e2e/host.mjs";
import { SECRET } from "../interop/providers/clients.mjs";
import { listen, readBody } from "../provider/serve.mjs";

const { createBff } = await import(join(packageFolder, "edge.node.js"));

/**
 * @param {string} host Where the pages are.
 * @returns `origin`, `close`, `answers` of the backend, `[path, status, headers, body]`, and `start({ issuer, api })`.
 */
export async function startRealSite(host) {
  let bff;
  const answers = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await readBody(incoming);
    const headers = Object.entries(incoming.headers).filter(([name]) => name !== "connection");
    const request = (base) => new Request(base + incoming.url, {
      method: incoming.method, headers, redirect: "manual", ...(body && { body }),
    });
    const ours = await bff.handle(request(site.origin));
    const answer = ours ?? await fetch(request(host));
    const text = Buffer.from(await answer.arrayBuffer());
    const given = [...answer.headers].filter(([name]) => !["set-cookie", "content-encoding", "content-length"].includes(name));
    if (ours) answers.push([incoming.url, answer.status, given, String(text)]);
    const cookies = answer.headers.getSetCookie().map((cookie) => ["set-cookie", cookie]);
    outgoing.writeHead(answer.status, [...given, ...cookies].flat()).end(text);
  });
  const site = {
    ...await listen(server),
    answers,
    start({ issuer, api }) {
      bff = createBff({
        issuer, clientId: "bff", clientSecret: SECRET, scope: "openid offline_access", origin: site.origin,
        apis: ["notes", "silver"].map((name) => ({ path: `/api/${name}`, target: `${api}/${name}` })), keys: [randomBytes(32).toString("base64url")],
      });
    },
  };
  return site;
}
