//! Requests to the provider.

use super::{plumbing, tasks};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{MAX_BODY_BYTES, Request, Response, media_type};
use crate::core::base::json::Json;
use crate::core::base::secret::Body;
use crate::ports::{Fetch, platform_failure};
use js_sys::Function;

#[cfg(feature = "page")]
impl Fetch for super::Web {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response>> {
        send(&self.fetch, request)
    }
}

#[cfg(feature = "edge")]
impl Fetch for super::Server {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response>> {
        send(&self.fetch, request)
    }
}

async fn send(fetch: &Function, request: Request) -> Result<Response> {
    let form = request.form.as_ref().map(Body::secret);
    // In the smallest build no request has headers: only proofs, the UserInfo request, own logins and secrets do.
    let has_headers = cfg!(any(feature = "dpop", feature = "userinfo", feature = "login", feature = "edge"));
    let mut headers = Vec::new();
    for (name, value) in request.headers.iter().filter(|_| has_headers) {
        headers.push((*name).to_owned());
        headers.push(value.secret().to_owned());
    }
    let (url, patience_ms) = (&request.url, request.patience_ms);
    let answer = tasks::Answer::to(|answer, ticket| {
        plumbing::begin_send(answer, ticket, fetch, url, form, headers, MAX_BODY_BYTES, patience_ms);
    })
    .await;
    let answer = Json::from_js(answer).ok_or_else(platform_failure)?;
    if let Some(failure) = answer.text("failure") {
        return Err(Error::new(match failure.as_str() {
            "large" => Kind::ResponseTooLarge,
            "timeout" => Kind::TimedOut,
            _ => Kind::NetworkFailed,
        }));
    }
    Ok(Response {
        status: answer.whole("status").and_then(|status| u16::try_from(status).ok()).unwrap_or_default(),
        media_type: media_type(&answer.text("type").unwrap_or_default()),
        retry_after_s: answer.whole("retryAfter").and_then(|seconds| u32::try_from(seconds).ok()),
        dpop_nonce: answer.text("nonce"),
        date_ms: answer.whole("date"),
        challenge: answer.text("challenge"),
        body: Body::new(answer.text("body").unwrap_or_default()),
    })
}
