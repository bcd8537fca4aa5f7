//! The places of a backend for front ends: its own endpoints, and the APIs behind it.

use super::path::fault_of;
use crate::core::base::json::Json;
use crate::core::base::place::{Place, below};
use crate::core::base::url::Url;
use crate::core::options::Options;

/// Paths of the app's origin that are not the app's.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where the endpoints are, without a trailing slash; empty for the top.
    base: String,
    apis: Vec<ProxiedApi>,
}

/// An API that pages reach through the proxy.
#[derive(Clone, Debug)]
pub struct ProxiedApi {
    /// Where it is at the app's origin, without a trailing slash; never empty.
    path: String,
    target: Place,
    methods: Vec<String>,
    /// Whether a `WebSocket` may be opened to it.
    pub takes_web_sockets: bool,
}

const DEFAULT_BASE: &str = "/auth";

const RULE_NAMES: &str = "path target methods webSocket";

const DEFAULT_METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// They are about the connection, and no fetch sends them.
const IMPOSSIBLE_METHODS: [&str; 3] = ["CONNECT", "TRACE", "TRACK"];

impl Places {
    /// Reads the options `basePath` and `apis`.
    pub fn read(options: &mut Options<'_>) -> Self {
        let base = options.text("basePath").unwrap_or_else(|| DEFAULT_BASE.to_owned());
        if fault_of(&base).is_some() {
            options.refuse("basePath");
        }
        let base = without_slash(&base).to_owned();
        let rules = options.object().get("apis").and_then(|list| list.items());
        let apis: Option<Vec<ProxiedApi>> = rules.and_then(|rules| rules.iter().map(ProxiedApi::read).collect());
        let apis = apis.filter(|apis| apis.iter().all(|api| is_beside(api, &base, apis)));
        if apis.is_none() {
            options.refuse("apis");
        }
        Self { base, apis: apis.unwrap_or_default() }
    }

    /// Where the endpoints are, without a trailing slash; empty for the top.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The API of this index, in the order of the option.
    #[must_use]
    pub fn api(&self, index: usize) -> Option<&ProxiedApi> {
        self.apis.get(index)
    }

    /// The API that has this path, by whole segments, the longest before the others; and what the path has below it.
    #[must_use]
    pub fn api_of<'a>(&self, path: &'a str) -> Option<(usize, &ProxiedApi, &'a str)> {
        let all = self.apis.iter().enumerate();
        let fitting = all.filter_map(|(index, api)| Some((index, api, below(&api.path, path)?)));
        fitting.max_by_key(|(_, api, _)| api.path.len())
    }
}

impl ProxiedApi {
    fn read(rule: &Json) -> Option<Self> {
        let mut options = Options::new(rule, RULE_NAMES);
        let path = options.required_text("path");
        let target = options.required_text("target");
        let takes_web_sockets = options.truth("webSocket").unwrap_or(false);
        options.finish(()).ok()?;
        let methods = if rule.has("methods") { methods(rule)? } else { DEFAULT_METHODS.map(str::to_owned).to_vec() };
        let path = without_slash(&path).to_owned();
        let target = Place::named(&Url::parse(&target)?)?;
        // There are no patterns, and nobody may think so.
        let plain = |path: &str| path.is_empty() || fault_of(path).is_none() && !path.contains('*');
        (!path.is_empty() && plain(&path) && plain(target.path())).then_some(Self {
            path,
            target,
            methods,
            takes_web_sockets,
        })
    }

    /// Where it is at the app's origin, without a trailing slash.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it really is.
    #[must_use]
    pub const fn target(&self) -> &Place {
        &self.target
    }

    /// The methods that may be used.
    #[must_use]
    pub fn methods(&self) -> &[String] {
        &self.methods
    }
}

/// An API below the endpoints, or two at one place, would be there only until somebody looks.
fn is_beside(api: &ProxiedApi, base: &str, apis: &[ProxiedApi]) -> bool {
    let is_below_endpoints = !base.is_empty() && below(base, &api.path).is_some();
    !is_below_endpoints && apis.iter().filter(|other| other.path == api.path).count() == 1
}

fn methods(rule: &Json) -> Option<Vec<String>> {
    let listed: Option<Vec<String>> =
        rule.get("methods")?.items()?.iter().map(|one| one.as_str().filter(|name| is_method(name))).collect();
    listed.filter(|listed| !listed.is_empty())
}

fn is_method(name: &str) -> bool {
    let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
    is_word && !IMPOSSIBLE_METHODS.contains(&name)
}

fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}
