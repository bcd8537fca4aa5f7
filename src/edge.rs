//! What a worker or a server asks for: nobody is signed in, and each call stands alone or is made by a client for itself.

pub mod machine;
pub mod verify;
