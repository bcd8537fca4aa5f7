//! The address bar.

use super::Web;
use crate::core::base::error::{Error, Kind, Result};
use crate::ports::Page;

impl Page for Web {
    fn url(&self) -> String {
        self.tab.url()
    }

    fn replace_url(&self, url: &str) {
        self.tab.replace_url(url);
    }

    fn navigate(&self, url: &str) -> Result<()> {
        self.tab.navigate(url).then_some(()).ok_or_else(|| Error::new(Kind::NotInBrowser))
    }
}
