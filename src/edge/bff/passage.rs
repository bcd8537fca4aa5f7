//! A request on its way to an API, and the answer on its way back.

use super::admission::Admitted;
use super::sealed::Held;
use super::{Asked, Bff};
use crate::core::base::error::{Error, Kind};
use crate::core::base::secret::Body;
use crate::core::base::time::Now;
use crate::core::bff::answer::Answer;
use crate::core::bff::cookie::Cookies;
use crate::core::bff::gate::is_web_socket;
use crate::core::bff::headers::Headers;
use crate::core::bff::proxy::{downstream_headers, step_up_header, upstream_headers};
use crate::core::bff::session::Use;
use crate::core::oauth::challenge::{Verdict, judge};
use crate::ports::BffPorts;

/// A request that goes on to an API.
#[derive(Debug)]
pub struct Passage {
    /// Where to.
    pub url: String,
    /// With these headers.
    pub headers: Vec<(String, Body)>,
    /// It opens a WebSocket.
    pub is_web_socket: bool,
    asked: Headers,
    cookies: Cookies,
    api: usize,
    held: Held,
    used: Use,
    began: Now,
    is_second: bool,
}

/// What to do with an API's answer.
#[derive(Debug)]
pub enum Passed {
    /// Ask once more: the token was refused, and there is another one.
    Again(Box<Passage>),
    /// Hand it to the page with these headers in the place of its own.
    Down(Vec<(String, String)>),
    /// Answer this in its place.
    Answer(Answer),
}

impl<P: BffPorts> Bff<P> {
    /// Sees a request off that its page may make.
    pub(super) async fn begin_passage(&self, asked: Asked, api: usize, url: String) -> Result<Passage, Box<Answer>> {
        let failed = |error: &Error| Box::new(Answer::failure(error));
        let (cookies, began) = (asked.cookies(), self.ports.now());
        let held = self.held(&cookies).await.map_err(|error| failed(&error))?;
        let held = held.ok_or_else(|| failed(&Error::new(Kind::NotSignedIn)))?;
        let used = match self.admit(&held, None).await {
            Ok(Admitted::In(used)) => *used,
            Ok(Admitted::Out(_)) => return Err(failed(&Error::new(Kind::NotSignedIn))),
            Err(error) => return Err(failed(&error)),
        };
        let headers = upstream_headers(&asked.headers, &used.record.tokens.access_token);
        let is_web_socket = is_web_socket(&asked.headers);
        let asked = asked.headers;
        Ok(Passage { url, headers, is_web_socket, asked, cookies, api, held, used, began, is_second: false })
    }

    /// Says what to do with the answer of an API; its status is 0 where none came. `may_repeat`: the request can be sent again.
    pub async fn settle(&self, mut passage: Passage, status: u16, headers: &Headers, may_repeat: bool) -> Passed {
        if status == 401 && may_repeat && !passage.is_second {
            passage = match self.renew_refused(passage, headers).await {
                Ok(again) => return Passed::Again(again),
                Err(passage) => *passage,
            };
        }
        let Passage { held, used, cookies, began, .. } = &passage;
        let set = self.cookies_after(held, used, cookies, *began).await;
        let api = self.config.places.api(passage.api).filter(|_| status != 0);
        let Some(api) = api else {
            return Passed::Answer(Answer::failure(&Error::new(Kind::NetworkFailed)).with_cookies(set));
        };
        let mut down = downstream_headers(headers, &passage.url, api);
        down.extend(step_up_header(status, headers));
        down.extend(set.into_iter().map(|cookie| ("set-cookie".to_owned(), cookie)));
        Passed::Down(down)
    }

    /// The answer in the place of an API's that this runtime cannot hand on.
    pub async fn refuse(&self, passage: Passage, error: &Error) -> Answer {
        let Passage { held, used, cookies, began, .. } = &passage;
        Answer::failure(error).with_cookies(self.cookies_after(held, used, cookies, *began).await)
    }

    /// The same passage with another token, where the API says that one may do and there is one.
    async fn renew_refused(&self, passage: Passage, answer: &Headers) -> Result<Box<Passage>, Box<Passage>> {
        let generation = passage.used.record.generation;
        if judge(401, answer.get("www-authenticate"), false) != Verdict::Refresh {
            return Err(Box::new(passage));
        }
        match self.admit(&passage.held, Some(generation)).await {
            Ok(Admitted::In(used)) if used.record.generation != generation => {
                let headers = upstream_headers(&passage.asked, &used.record.tokens.access_token);
                Ok(Box::new(Passage { headers, used: *used, is_second: true, ..passage }))
            }
            _ => Err(Box::new(passage)),
        }
    }
}
