//! The user's browser: keeps cookies, follows redirects and submits whatever form it is shown, until it would leave the
//! provider.

use super::wire::{Answer, exchange};
use tokenward::core::base::form;
use tokenward::core::base::url::Url;

/// The most pages that any walk takes.
const MAX_STEPS: usize = 20;

/// Where a walk ended.
#[derive(Debug)]
pub(super) enum End {
    /// The browser was sent to the client's page, at this URL.
    Redirect(String),
    /// The browser was to post this form to the client's page.
    Form(String),
    /// The provider showed a page with nothing to submit.
    Page(String),
}

impl End {
    pub(super) fn redirect(self) -> String {
        match self {
            Self::Redirect(url) => url,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn form(self) -> String {
        match self {
            Self::Form(body) => body,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn page(self) -> String {
        match self {
            Self::Page(text) => text,
            other => panic!("{other:?}"),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    /// Goes to a URL of the provider's, and on from there.
    pub(super) fn walk(&mut self, url: &str) -> End {
        let home = Url::parse(url).unwrap().origin();
        let (mut url, mut body) = (url.to_owned(), None);
        for _ in 0..MAX_STEPS {
            let answer = self.open(&url, body.take().as_deref());
            if (300..400).contains(&answer.status) {
                url = Url::resolve(answer.header("location"), &url).unwrap().href();
                if Url::parse(&url).unwrap().origin() != home {
                    return End::Redirect(url);
                }
                continue;
            }
            let Some((action, fields)) = form_in(&answer.body) else {
                return End::Page(answer.body);
            };
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            url = Url::resolve(&action, &url).unwrap().href();
            if Url::parse(&url).unwrap().origin() != home {
                return End::Form(form::write(&fields));
            }
            body = Some(form::write(&fields));
        }
        panic!("still walking at {url}");
    }

    fn open(&mut self, url: &str, body: Option<&str>) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers: &[(&str, &str)] = if cookies.is_empty() { &[] } else { &[("cookie", &cookies)] };
        let answer = exchange(if body.is_some() { "POST" } else { "GET" }, url, headers, body);
        for cookie in answer.headers("set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }
}

/// Where a page's form goes, and its fields.
fn form_in(html: &str) -> Option<(String, Vec<(String, String)>)> {
    let form = html.split("<form ").nth(1)?.split("</form>").next()?;
    let action = attribute(form.split('>').next()?, "action")?;
    let fields = form.split("<input").skip(1).filter_map(|input| {
        let input = input.split('>').next()?;
        Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default()))
    });
    Some((action, fields.collect()))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    let escapes = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")];
    Some(escapes.iter().fold(value.to_owned(), |text, (code, character)| text.replace(code, character)))
}
