// An app as one writes it, the same in every runtime: what belongs to the BFF goes to the BFF, the rest is its own.

/**
 * @param {object} edge The entry "tokenward/edge".
 * @param {object} options What `createBff` takes.
 * @returns `(request, context) => Promise<Response>`
 */
export function createApp(edge, options) {
  const bff = edge.createBff({ ...options, log: (entry) => console.log(JSON.stringify(entry)) });
  return async (request, context) => await bff.handle(request, context) ?? own(bff, request);
}

/** `/whoami` shows what the app's own code learns of a session. */
async function own(bff, request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/whoami") return Response.json(await bff.session(request));
  if (pathname === "/") return new Response("<!doctype html><title>app</title>", { headers: { "content-type": "text/html" } });
  return new Response("the app has no such page", { status: 404 });
}
