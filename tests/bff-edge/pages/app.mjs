// The app of the browsers' tests: what is not the BFF's comes from the host of the test pages.

/** @param {object} options What `createBff` takes, and `pages`, the origin of that host. */
export function createApp(edge, { pages, ...options }) {
  const bff = edge.createBff({ ...options, log: (entry) => console.log(JSON.stringify(entry)) });
  return async (request, context) => await bff.handle(request, context) ?? fromHost(pages, request);
}

async function fromHost(pages, request) {
  const { pathname } = new URL(request.url);
  const { status, headers, body } = await fetch(pages + pathname, {
    method: request.method, ...(request.method === "POST" && { body: await request.text() }),
  });
  const kept = ["content-type", "content-security-policy"].filter((name) => headers.has(name));
  return new Response(status === 204 ? null : body, { status, headers: kept.map((name) => [name, headers.get(name)]) });
}
