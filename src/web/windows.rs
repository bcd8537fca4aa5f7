//! Windows beside the page: `windows.js` beside this file, which comes with the first use.

use super::Web;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::ports::{Window, Windows};

impl Windows for Web {
    async fn visit(&self, window: Window, url: &str, state: &str) -> Result<String> {
        let operation = match window {
            Window::Popup => "popup",
            Window::Frame => "frame",
        };
        let came_back = self.ask(operation, url, state).await;
        if let Some(url) = came_back.as_string() {
            return Ok(url);
        }
        let failure = Json::from_js(came_back).and_then(|answer| answer.text("failure"));
        Err(Error::new(match failure.as_deref() {
            Some("blocked") => Kind::PopupBlocked,
            Some("closed") => Kind::PopupClosed,
            Some("timeout") => Kind::TimedOut,
            _ => Kind::InteractionRequired,
        }))
    }
}
