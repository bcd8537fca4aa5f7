//! Keys whose private half nobody can read: `keys.js` beside this file, which comes with the first use.

use super::{Web, plumbing};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::ports::Keys;

impl Keys for Web {
    async fn make_key(&self, name: &str) -> Result<Json> {
        Json::from_js(self.ask("make", name, "").await).ok_or_else(|| Error::new(Kind::StorageFailed))
    }

    async fn sign(&self, name: &str, text: &str) -> Result<Vec<u8>> {
        let signature = self.ask("sign", name, text).await;
        // A key that cannot be looked for now may be there the next time.
        let kind = if signature.is_null() { Kind::DpopKeyLost } else { Kind::StorageFailed };
        plumbing::bytes(&signature).ok_or_else(|| Error::new(kind))
    }

    fn forget_key(&self, name: &str) {
        plumbing::tell(&self.host, "forget", name, "");
    }
}
