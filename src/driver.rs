//! The asynchronous floor: asks the core what to do, has the ports do it, tells the core what came of it.

pub mod exchange;
#[cfg_attr(not(feature = "dpop"), path = "driver/unproven.rs")]
pub mod proven;
pub mod session;
pub mod waiting;
