//! OpenID Connect on top of OAuth: who the user is, and ending the session at the provider.

pub mod hybrid;
pub mod id_token;
pub mod logout;
pub mod logout_token;
pub mod userinfo;
