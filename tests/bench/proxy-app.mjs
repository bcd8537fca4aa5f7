// The app of the proxy's benchmark: a BFF, or what it is measured against.

/** `options.bare` makes it a proxy that decides nothing: what a runtime itself costs. */
export function createApp(edge, { bare = false, ...options }) {
  const [{ path, target }] = options.apis;
  if (bare) {
    return (request) => {
      const url = new URL(request.url);
      return fetch(target + url.pathname.slice(path.length) + url.search, {
        method: request.method, headers: { accept: request.headers.get("accept"), authorization: "Bearer x" }, body: request.body,
      });
    };
  }
  const bff = edge.createBff(options);
  return async (request, context) => await bff.handle(request, context) ?? new Response("not found", { status: 404 });
}
