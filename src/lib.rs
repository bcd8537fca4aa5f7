//! OAuth 2.0 and OpenID Connect for web front ends and edge workers.
//!
//! The contract: the core decides, the web obeys.
//!
//! ```text
//! app (TypeScript) -> facade (npm package)   loads wasm lazily once, maps errors, holds the header fast path
//!                  -> js                      exports: convert, call, convert; no decisions
//!                  -> driver                  async: asks the core, performs effects through ports, tells the core
//! core decides     -> core                    pure: no clock, random, I/O or JavaScript
//! effects done by  -> ports                   small traits
//!                  <- web                     one file for each port, over the browser's own functions
//! ```
//!
//! A floor uses only the floors below it. Everything in [`core`] and [`driver`] runs natively under `cargo test`.

pub mod core;
pub mod driver;
pub mod ports;

#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod js;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod web;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
