//! What a worker or a server asks for: each call stands alone, and nobody is signed in.

pub mod verify;
