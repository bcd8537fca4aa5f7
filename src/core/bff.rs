//! A back end for a front end: the tokens stay at a worker or a server, and the page has a cookie that no script reads.

pub mod answer;
pub mod config;
pub mod cookie;
pub mod framing;
pub mod gate;
pub mod headers;
pub mod login;
pub mod page;
pub mod path;
pub mod places;
pub mod proxy;
pub mod record;
pub mod route;
pub mod seal;
pub mod session;
