// The resource server: lets a live Bearer token in, unless told to refuse.

/** Answers `/api/...`; `settings.apiRefusals` requests more are refused with 401 whatever they carry. */
export function createApi({ settings, isLive }) {
  return function handle(request) {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (settings.apiRefusals > 0) {
      settings.apiRefusals -= 1;
      return unauthorized();
    }
    if (!token || !isLive(token)) return unauthorized();
    // Sends a request with its token elsewhere: the browser must not take the token along.
    if (request.query.redirect_to) return { status: 307, headers: { location: request.query.redirect_to } };
    return { body: { path: request.path, method: request.method, body: request.body } };
  };
}

const unauthorized = () => ({
  status: 401,
  headers: { "www-authenticate": 'Bearer error="invalid_token"' },
  body: { error: "invalid_token" },
});
