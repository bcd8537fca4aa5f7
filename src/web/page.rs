//! The address bar.

use super::{Web, plumbing};
use crate::core::base::error::{Error, Kind, Result};
use crate::ports::Page;

impl Page for Web {
    fn url(&self) -> String {
        plumbing::page_url()
    }

    fn replace_url(&self, url: &str) {
        plumbing::replace_url(url);
    }

    fn navigate(&self, url: &str) -> Result<()> {
        plumbing::navigate(url).then_some(()).ok_or_else(|| Error::new(Kind::NotInBrowser))
    }
}
