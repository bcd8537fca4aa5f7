//! Randomness from WebCrypto.

use super::{Web, plumbing};
use crate::core::base::error::Result;
use crate::ports::{Random, platform_failure};

impl Random for Web {
    fn bytes(&self, count: u32) -> Result<Vec<u8>> {
        plumbing::random(count).ok_or_else(platform_failure)
    }
}
