// The build makes it of engine.ts, with the glue of the wasm for own logins.
export * from "./engine.js";
