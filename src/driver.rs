//! The asynchronous floor: asks the core what to do, has the ports do it, tells the core what came of it.

mod cookies;
pub mod exchange;
pub mod login;
mod openid;
mod perform;
#[cfg_attr(not(feature = "dpop"), path = "driver/unproven.rs")]
pub mod proven;
pub mod session;
mod sign_in;
pub mod waiting;
pub mod way;
