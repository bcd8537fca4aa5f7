//! What the browser brings back, and what the provider posts of its own accord.

use super::{Server, TOLERANCE_S};
use crate::modules::provider::{Back, CLIENT, ISSUER, Mode, SESSION, SUBJECT};
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::AuthorizationCode;
use tokenward::core::jose::jwt::Addressed;
use tokenward::core::oauth::callback::{CallbackParameters, check_callback, read_callback, read_form_post};
use tokenward::core::oauth::jarm::read_jwt_callback;
use tokenward::core::oauth::token::build_code_request_as;
use tokenward::core::oauth::transaction::Transaction;
use tokenward::core::oidc::hybrid::{Hashes, check_second_id_token, read_hybrid_form_post};
use tokenward::core::oidc::id_token::{Asked, Expected, Origin, UntrustedIdToken};
use tokenward::core::oidc::logout_token::UntrustedLogoutToken;

const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const ADDRESSED: Addressed<'_> = Addressed { issuer: ISSUER, client_id: CLIENT, tolerance_s: TOLERANCE_S };

impl Server {
    /// Takes in what the browser brings back.
    pub(super) async fn finish(&self, transaction: &Transaction, back: &Back) -> Result<()> {
        let (code, first) = match (self.registration().mode, &back.form) {
            (Mode::Query, None) => (self.code(read_callback(&back.url)?, transaction)?, None),
            (Mode::FormPost, Some(form)) => (self.code(read_form_post(FORM, form)?, transaction)?, None),
            (Mode::Jwt, None) => (self.code(self.believe_answer(&back.url, transaction).await?, transaction)?, None),
            (Mode::Hybrid, Some(form)) => {
                let (code, claims) = self.believe_id_token_beside_code(form, transaction).await?;
                (code, Some(claims))
            }
            _ => panic!("the answer came in another way than asked for"),
        };
        let metadata = &transaction.metadata;
        let build = |assertion| build_code_request_as(&self.client, assertion, transaction, &code, &[]);
        let answer = self.ask_for_tokens(build, transaction.dpop_key.as_ref()).await?;
        let token = answer.id_token.as_ref().ok_or_else(|| Error::new(Kind::IdTokenMissing))?;
        let token = UntrustedIdToken::read(token, self.algorithm)?;
        let valid = self.is_valid(token.jwt(), &metadata.jwks_uri).await?;
        let hash = self.half_hash(answer.access_token.secret()).await;
        let expected = Expected { access_token_hash: &hash, ..expected(transaction) };
        let claims = match first {
            Some(first) => check_second_id_token(token, valid, &expected, &first, self.now())?,
            None => token.check(valid, &expected, self.now())?,
        };
        self.session.replace(Some(super::Session {
            claims,
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            key: transaction.dpop_key.clone(),
        }));
        Ok(())
    }

    fn code(&self, parameters: CallbackParameters, transaction: &Transaction) -> Result<AuthorizationCode> {
        check_callback(parameters, transaction, self.now())
    }

    async fn believe_answer(&self, url: &str, transaction: &Transaction) -> Result<CallbackParameters> {
        let answer = read_jwt_callback(url, self.algorithm)?;
        let valid = self.is_valid(answer.jwt(), &transaction.metadata.jwks_uri).await?;
        answer.check(valid, &ADDRESSED, self.now())
    }

    async fn believe_id_token_beside_code(
        &self,
        form: &str,
        transaction: &Transaction,
    ) -> Result<(AuthorizationCode, Json)> {
        let answer = read_hybrid_form_post(FORM, form)?.check(transaction, self.algorithm, self.now())?;
        let valid = self.is_valid(answer.id_token().jwt(), &transaction.metadata.jwks_uri).await?;
        let access_token = match answer.access_token() {
            Some(token) => Some(self.half_hash(token.secret()).await),
            None => None,
        };
        let hashes = Hashes {
            code: &self.half_hash(answer.code().secret()).await,
            state: &self.half_hash(transaction.state.secret()).await,
            access_token: access_token.as_deref(),
        };
        answer.check(valid, expected(transaction), &hashes, self.now())
    }

    /// The endpoint where the provider says that a session is over: the status of the answer, and why.
    pub(crate) async fn hear_of_logout(&self, form: &str) -> (u16, Option<Error>) {
        match self.believe_logout(form).await {
            Ok(()) => (200, None),
            Err(error) => (400, Some(error)),
        }
    }

    async fn believe_logout(&self, form: &str) -> Result<()> {
        let token = UntrustedLogoutToken::read_form_post(FORM, form, self.algorithm)?;
        let valid = self.is_valid(token.jwt(), &format!("{ISSUER}/jwks")).await?;
        let over = token.check(valid, &ADDRESSED, self.now())?;
        assert_eq!((over.subject.as_deref(), over.session_id.as_deref()), (Some(SUBJECT), Some(SESSION)));
        self.session.take();
        Ok(())
    }
}

/// What the ID tokens of a sign-in have to say, but for the hash of the access token.
fn expected(transaction: &Transaction) -> Expected<'_> {
    let asked = Asked { nonce: &transaction.nonce, max_age_s: transaction.max_age_s, acr_values: None, subject: None };
    Expected {
        issuer: &transaction.metadata.issuer,
        client_id: &transaction.client_id,
        origin: Origin::SignIn(asked),
        access_token_hash: "",
        tolerance_s: TOLERANCE_S,
    }
}
