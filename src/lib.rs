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
//!                  <- web                     one file for each port, over the platform's own functions
//! ```
//!
//! At a server or a worker there is no session: [`edge`] takes the place of [`driver`].
//!
//! A floor uses only the floors below it. Everything in [`core`], [`driver`] and [`edge`] runs natively under `cargo test`.

pub mod core;
pub mod driver;
#[cfg(any(feature = "edge", not(target_arch = "wasm32")))]
pub mod edge;
pub mod ports;

#[cfg(all(target_arch = "wasm32", any(feature = "page", feature = "edge")))]
pub mod js;
#[cfg(all(target_arch = "wasm32", any(feature = "page", feature = "edge")))]
pub mod web;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
