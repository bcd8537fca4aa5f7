// An app's origin: /start signs in, /callback finishes, /empty does nothing; scripts and wasm may be cached for ever.
// `site.held` makes /callback do nothing as well, so that a callback can be finished elsewhere.
import { createServer } from "node:http";
import { brotliCompressSync } from "node:zlib";
import { contentType } from "../package/loopback.mjs";

const page = (script) => `<!doctype html><meta charset="utf-8"><title>bench</title><script type="module">${script}</script>`;

/**
 * `files`: name to bytes, served below /assets; `start` and `callback`: module text of the two pages.
 * @returns {Promise<{ origin: string, held: boolean, close: () => void }>}
 */
export async function startSite({ files, start, callback }) {
  // Compressed once and served as a static host would; Chromium accepts brotli from a loopback address too.
  const assets = new Map(Object.entries(files).map(([name, bytes]) => [`/assets/${name}`, brotliCompressSync(bytes)]));
  const pages = { "/start": page(start), "/callback": page(callback), "/empty": page("") };
  const site = { held: false };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    if (pathname in pages) {
      const shown = site.held && pathname === "/callback" ? "/empty" : pathname;
      response.writeHead(200, { "content-type": contentType("x.html"), "cache-control": "no-store" }).end(pages[shown]);
    } else if (assets.has(pathname)) {
      response.writeHead(200, {
        "content-type": contentType(pathname), "content-encoding": "br", "cache-control": "public, max-age=31536000, immutable",
      }).end(assets.get(pathname));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(site, {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}
