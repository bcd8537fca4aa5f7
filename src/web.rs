//! The ports over the platform's own functions, one file each: a browser's with its page, or a worker's or server's.

#[cfg(feature = "browser")]
pub mod audience;
#[cfg(feature = "browser")]
pub mod browser;
#[cfg(feature = "browser")]
pub mod clock;
pub mod crypto;
#[cfg(feature = "browser")]
pub mod fetch;
#[cfg(feature = "browser")]
pub mod keys;
#[cfg(feature = "browser")]
pub mod page;
mod plumbing;
#[cfg(feature = "browser")]
pub mod random;
#[cfg(feature = "browser")]
pub mod store;
#[cfg(feature = "browser")]
pub mod timer;

#[cfg(feature = "browser")]
pub use browser::Web;

/// A worker or a server around the calls of one module: no page, no session.
#[cfg(feature = "edge")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Worker;
