import { defineConfig } from "vite";

export default defineConfig({
  build: {
    // One baseline for the whole page: what runs WebAssembly, Web Locks and top-level await.
    target: "es2022",
    // Nothing as a data: URL, so that the page's policy can stay `default-src 'self'`.
    assetsInlineLimit: 0,
  },
  // A pre-bundled package would look for its .wasm file beside the pre-bundle.
  optimizeDeps: { exclude: ["tokenward"] },
});
