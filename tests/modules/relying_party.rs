//! The client under test as a page has it: the real session, with the provider at the other end.

use super::provider::{AFTER_SIGN_OUT, API, CLIENT, ISSUER, Members, Provider, REDIRECT_URI, SUBJECT};
use super::tab::{Ports, Tab};
use std::rc::Rc;
use tokenward::core::base::error::Result;
use tokenward::core::base::http::{Request, Response};
use tokenward::core::base::json::{Json, Writer};
use tokenward::core::config::Config;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::oauth::challenge::Verdict;
use tokenward::core::session::effect::{Need, Reason};
use tokenward::driver::session::{Session, Snapshot};
use tokenward::ports::{Fetch as _, Page as _};

const START: &str = "https://app.example/notes?page=2";

/// How often a call to the API is sent: with a nonce that it asked for, and with a token that it takes.
const MOST_SENDINGS: usize = 3;

/// A browser with the app.
pub(crate) struct Browser {
    pub tab: Rc<Tab>,
    pub session: Rc<Session<Ports>>,
    options: Members,
}

fn open(tab: &Rc<Tab>, options: Members) -> Rc<Session<Ports>> {
    let defaults = Writer::default()
        .text("issuer", ISSUER)
        .text("clientId", CLIENT)
        .text("redirectUri", REDIRECT_URI)
        .text("postLogoutRedirectUri", AFTER_SIGN_OUT)
        .text("storage", "session")
        .json("apis", &format!(r#"["{API}"]"#));
    let options = options.iter().fold(defaults, |object, (name, json)| object.json(name, json)).finish();
    let ports = Ports(Rc::clone(tab));
    let config = Config::read(&Json::parse(&options).unwrap(), &ports.url()).unwrap();
    Session::new(config, ports)
}

impl Browser {
    /// A browser with the app open, for a user of this provider.
    pub(crate) fn new(provider: Provider) -> Self {
        Self::with(provider, &[])
    }

    /// The same, where the app sets these options.
    pub(crate) fn with(provider: Provider, options: Members) -> Self {
        let tab = Tab::new(provider, START);
        Self { session: open(&tab, options), tab, options }
    }

    /// Begins a sign-in; the URL that the browser is sent to.
    pub(crate) async fn leave(&self, options: SignInOptions) -> Result<String> {
        self.tab.run(self.session.sign_in(options, None)).await?;
        Ok(self.tab.left_for.take().expect("the browser is sent somewhere"))
    }

    /// Loads the page at this URL, which starts a session of its own.
    pub(crate) async fn load(&mut self, url: &str) {
        self.tab.url.replace(url.to_owned());
        self.session = open(&self.tab, self.options);
        self.tab.run(self.session.start(false)).await;
        // What came is written down in the background.
        self.tab.run(core::future::ready(())).await;
    }

    /// Signs in by way of the provider, whatever comes of it.
    pub(crate) async fn sign_in(&mut self) {
        let url = self.leave(SignInOptions::default()).await.expect("the browser is sent to the provider");
        let back = self.tab.provider.authorize(&url);
        self.load(&back.url).await;
    }

    /// The requests so far are these, and none of them was wrong.
    pub(crate) fn assert_asked(&self, requests: &[&str]) {
        self.tab.provider.assert_asked(requests);
    }

    /// The user is signed in, and the session is stored.
    pub(crate) fn assert_signed_in(&self) {
        self.tab.provider.assert_content();
        match self.session.snapshot() {
            Some(Snapshot::SignedIn { user, .. }) => assert_eq!(user.text("sub").as_deref(), Some(SUBJECT)),
            other => panic!("not signed in: {other:?}"),
        }
        assert_eq!(self.stored(), ["tokenward.session"]);
    }

    /// Nobody is signed in, for this reason and with this error, and nothing of a session is stored.
    pub(crate) fn assert_signed_out(&self, why: Reason, code: Option<&str>) {
        match self.session.snapshot() {
            Some(Snapshot::SignedOut { reason, error }) => {
                assert_eq!(error.map(|error| error.kind.entry().code), code);
                assert_eq!(reason, why);
            }
            other => panic!("not signed out: {other:?}"),
        }
        assert!(!self.stored().contains(&"tokenward.session".to_owned()));
    }

    /// What is stored, by the first two words of its name.
    pub(crate) fn stored(&self) -> Vec<String> {
        let stored = self.tab.stored.borrow();
        stored.keys().map(|name| name.split('.').take(2).collect::<Vec<_>>().join(".")).collect()
    }

    /// Asks the provider for claims about the user.
    pub(crate) async fn userinfo(&self) -> Result<Json> {
        self.tab.run(self.session.userinfo()).await
    }

    /// Refreshes now.
    pub(crate) async fn refresh(&self) -> Result<()> {
        let need = Need { force: true, ..Need::default() };
        self.tab.run(self.session.token(need, None)).await.map(|_| ())
    }

    /// Signs out here and at the provider, and comes back from there.
    pub(crate) async fn sign_out(&mut self) {
        self.tab.run(self.session.sign_out(true, true)).await.unwrap();
        let url = self.tab.left_for.take().expect("the browser is sent to the provider");
        let back = self.tab.provider.end_session(&url);
        self.load(&back).await;
    }

    /// Calls the API as the facade's `fetch` does: with a token that will do, and again where the answer says so, once
    /// for each reason.
    pub(crate) async fn call_api(&self) -> Result<Response> {
        let ports = Ports(Rc::clone(&self.tab));
        let mut need = Need::default();
        let mut seen = Vec::new();
        for _ in 0..MOST_SENDINGS {
            let (token, generation, proof) = self.tab.run(self.session.token(need.clone(), Some(("GET", API)))).await?;
            let scheme = if proof.is_some() { "DPoP " } else { "Bearer " };
            let request = Request::get(API.to_owned()).with_header("authorization", [scheme, token.secret()].concat());
            let request = if let Some(proof) = proof { request.with_header("dpop", proof) } else { request };
            let answer = self.tab.run(ports.send(request)).await?;
            let verdict =
                self.session.heed(API, answer.status, answer.challenge.as_deref(), answer.dpop_nonce.as_deref());
            if !matches!(verdict, Verdict::Again | Verdict::Refresh) || seen.contains(&verdict) {
                return Ok(answer);
            }
            if verdict == Verdict::Refresh {
                need = Need { refused_generation: Some(generation), ..Need::default() };
            }
            seen.push(verdict);
        }
        panic!("the same verdict twice");
    }
}
