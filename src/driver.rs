//! The asynchronous floor: asks the core what to do, has the ports do it, tells the core what came of it.

pub mod exchange;
pub mod proven;
pub mod session;
pub mod waiting;
