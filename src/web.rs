//! The ports over the platform's own functions, one file each: a browser's with its page, or a worker's or server's.

#[cfg(feature = "page")]
pub mod audience;
#[cfg(feature = "edge")]
pub mod backend;
#[cfg(feature = "page")]
pub mod browser;
pub mod clock;
pub mod crypto;
pub mod fetch;
#[cfg(feature = "page")]
pub mod keys;
#[cfg(feature = "page")]
pub mod page;
mod plumbing;
#[cfg(feature = "page")]
pub mod random;
#[cfg(feature = "page")]
pub mod records;
#[cfg(feature = "edge")]
pub mod sealing;
#[cfg(feature = "edge")]
pub mod server;
#[cfg(feature = "page")]
pub mod store;
#[cfg(feature = "page")]
pub mod tabs;
pub mod tasks;
#[cfg(feature = "page")]
pub mod timer;
#[cfg(feature = "page")]
pub mod windows;

#[cfg(feature = "edge")]
pub use backend::Backend;
#[cfg(feature = "page")]
pub use browser::Web;
#[cfg(feature = "page")]
pub use plumbing::Tab;

#[cfg(feature = "edge")]
pub use sealing::SealingKeys;
#[cfg(feature = "edge")]
pub use server::{Imported, Server};

/// A worker or a server around the calls of one module: no page, no session.
#[cfg(feature = "edge")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Worker;
