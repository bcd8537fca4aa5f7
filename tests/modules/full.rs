//! .
modules! {}
