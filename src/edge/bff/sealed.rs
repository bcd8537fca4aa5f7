//! What the browser keeps for us, and what the store does: sealed, each for its own place.

use super::Bff;
use crate::core::base::error::Result;
use crate::core::base::secret::Unsealed;
use crate::core::base::time::SECOND_MS;
use crate::core::bff::cookie::{Cookies, SameSite, set_cookies};
use crate::core::bff::record::{COOKIE, Cookie};
use crate::core::bff::seal::{KeyRing, Opened, purpose};
use crate::edge::sealing::{key_ring, open, seal};
use crate::ports::BffPorts;
use std::rc::Rc;

/// The cookie of a session, opened.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) cookie: Cookie,
    /// It is to be set anew.
    pub(super) is_under_older_key: bool,
}

impl<P: BffPorts> Bff<P> {
    async fn ring(&self) -> Result<Rc<KeyRing>> {
        let known = self.ring.borrow().clone();
        if let Some(ring) = known {
            return Ok(ring);
        }
        let ring = Rc::new(key_ring(&self.ports).await?);
        self.ring.replace(Some(Rc::clone(&ring)));
        Ok(ring)
    }

    /// What is sealed here is for a place here, whoever else has the keys.
    fn purpose(&self, place: &str) -> String {
        let client = &self.config.client;
        purpose(&client.issuer, &client.client_id, &self.config.origin, place)
    }

    /// Seals a text for a place, until the end of its time in milliseconds since the epoch.
    pub(super) async fn seal(&self, place: &str, text: String, ends_at_ms: u64) -> Result<String> {
        let (ring, text) = (self.ring().await?, Unsealed::new(text));
        seal(&self.ports, &ring, &self.purpose(place), text.secret(), ends_at_ms.div_ceil(SECOND_MS)).await
    }

    /// Opens what was sealed for this place.
    pub(super) async fn open(&self, place: &str, sealed: &str) -> Result<Option<Opened>> {
        let ring = self.ring().await?;
        Ok(open(&self.ports, &ring, &self.purpose(place), sealed, self.ports.now()).await)
    }

    /// What a cookie holds.
    pub(super) async fn open_cookie(&self, name: &str, cookies: &Cookies) -> Result<Option<Opened>> {
        match cookies.chunked(name) {
            Some(sealed) => self.open(name, &sealed).await,
            None => Ok(None),
        }
    }

    /// Has the browser keep a text until the end of its time.
    pub(super) async fn keep(
        &self,
        name: &str,
        text: String,
        same_site: SameSite,
        ends_at_ms: u64,
        before: &Cookies,
    ) -> Result<Vec<String>> {
        let sealed = self.seal(name, text, ends_at_ms).await?;
        let left_ms = ends_at_ms.saturating_sub(self.ports.now().wall_ms);
        set_cookies(name, &sealed, same_site, left_ms.div_ceil(SECOND_MS), before)
    }

    /// The session's cookie, where the browser sent one that is ours.
    pub(super) async fn held(&self, cookies: &Cookies) -> Result<Option<Held>> {
        let opened = self.open_cookie(COOKIE, cookies).await?;
        Ok(opened.and_then(|opened| {
            let cookie = Cookie::read(opened.text.secret(), self.ports.now())?;
            Some(Held { cookie, is_under_older_key: opened.is_under_older_key })
        }))
    }
}
