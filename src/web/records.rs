//! The record of the session, where the facade keeps it.

use super::{Web, plumbing};
use crate::ports::Records;

impl Records for Web {
    async fn load_record(&self, name: &str) -> Option<String> {
        self.ask("load", name, "").await.as_string()
    }

    fn save_record(&self, name: &str, record: &str) {
        plumbing::tell(&self.host, "save", name, record);
    }

    fn remove_record(&self, name: &str) {
        plumbing::tell(&self.host, "remove", name, "");
    }
}
