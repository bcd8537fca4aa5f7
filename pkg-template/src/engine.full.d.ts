// The build makes it of engine.ts, with the glue of the other wasm.
export * from "./engine.js";
