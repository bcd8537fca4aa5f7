//! How a client shows who it is: one way at most, to its own provider only.

use super::given::{
    CLIENT, ISSUER, Members, NOW_S, answer, client, credential, fault, json, json_answer, key, kind, now, object, part,
    public_client, test, transaction,
};
use tokenward::core::base::base64url::decode_text;
use tokenward::core::base::error::Kind;
use tokenward::core::base::form::values;
use tokenward::core::base::http::Request;
use tokenward::core::base::secret::{AuthorizationCode, ClientAssertion, ClientSecret, RefreshToken};
use tokenward::core::jose::jws::{Algorithm, with_signature};
use tokenward::core::oauth::authorize::{SignInOptions, build_authorization_parameters};
use tokenward::core::oauth::client_auth::{Client, ClientAuthentication, Offered};
use tokenward::core::oauth::discovery::check_edge_discovery_response;
use tokenward::core::oauth::par::build_pushed_request_as;
use tokenward::core::oauth::revocation::build_revocation_request_as;
use tokenward::core::oauth::token::{build_code_request_as, build_refresh_request_as};

const WEIRD: &str = "p@ss:w%rd+/=&~*";

fn secret(text: &str) -> ClientSecret {
    ClientSecret::new(text.to_owned())
}

fn basic() -> ClientAuthentication {
    ClientAuthentication::Basic { secret: secret(WEIRD) }
}

fn post() -> ClientAuthentication {
    ClientAuthentication::Post { secret: secret(WEIRD) }
}

fn signed(typed: bool) -> ClientAuthentication {
    ClientAuthentication::PrivateKeyJwt { key: key(), typed }
}

/// One of each kind.
fn all() -> [Client; 4] {
    [ClientAuthentication::Public, basic(), post(), signed(false)].map(client)
}

/// An assertion, where the client needs one.
fn assertion(client: &Client) -> Option<ClientAssertion> {
    let (_, signing_input) = client.build_assertion("the-id", now())?;
    Some(ClientAssertion::new(with_signature(&signing_input, &[7; 64])))
}

/// A request of this client with these parameters.
fn sent(client: &Client, parameters: &[(&str, &str)]) -> Request {
    client.credential(ISSUER, assertion(client)).unwrap().post("https://op.example/token", parameters)
}

fn header<'a>(request: &'a Request, name: &str) -> Vec<&'a str> {
    request.headers.iter().filter(|(found, _)| *found == name).map(|(_, value)| value.secret()).collect()
}

fn value(request: &Request, name: &str) -> Vec<String> {
    values(request.form.as_ref().unwrap().secret(), name)
}

/// The methods that a request uses, by what it carries.
fn methods(request: &Request) -> Vec<&'static str> {
    let mut found = Vec::new();
    found.extend((!header(request, "authorization").is_empty()).then_some("header"));
    for name in ["client_secret", "client_assertion", "client_assertion_type"] {
        found.extend((!value(request, name).is_empty()).then_some(name));
    }
    found
}

/// T10; what the form-urlencoding hides cannot reach from one half into the other.
#[test]
fn basic_writes_both_halves_as_in_a_form() {
    let mut client = client(basic());
    for (client_id, password, pair) in [
        ("web", "secret", "web:secret"),
        ("bff:weird+%id", WEIRD, "bff%3Aweird%2B%25id:p%40ss%3Aw%25rd%2B%2F%3D%26%7E*"),
        ("a b", "é", "a+b:%C3%A9"),
        ("a", "", "a:"),
        ("=", "=", "%3D:%3D"),
    ] {
        client_id.clone_into(&mut client.client_id);
        client.authentication = ClientAuthentication::Basic { secret: secret(password) };
        let request = sent(&client, &[("grant_type", "x")]);
        let authorization = header(&request, "authorization").pop().unwrap().to_owned();
        let encoded = authorization.strip_prefix("Basic ").unwrap();
        assert_eq!(encoded.len() % 4, 0, "padded: {encoded}");
        let url_safe = encoded.trim_end_matches('=').replace('+', "-").replace('/', "_");
        assert_eq!(decode_text(&url_safe).as_deref(), Some(pair));
    }
}

/// T10; RFC 6749, section 2.3.1 has this client.
#[test]
fn basic_is_as_the_specification_writes_it() {
    let mut client = client(ClientAuthentication::Basic { secret: secret("7Fjfp0ZBr1KtDRbnfVdmIw") });
    "s6BhdRkqt3".clone_into(&mut client.client_id);
    let request = sent(&client, &[]);
    assert_eq!(header(&request, "authorization"), ["Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"]);
}

/// T11
#[test]
fn a_request_carries_one_method_and_no_other() {
    let expected: [&[&str]; 4] = [&[], &["header"], &["client_secret"], &["client_assertion", "client_assertion_type"]];
    for (client, expected) in all().iter().zip(expected) {
        // Not even where the parameters bring another one along.
        for parameters in [
            &[("grant_type", "x")][..],
            &[
                ("grant_type", "x"),
                ("client_secret", "foreign"),
                ("client_assertion", "foreign"),
                ("client_assertion_type", "foreign"),
                ("client_id", "foreign"),
            ],
        ] {
            let request = sent(client, parameters);
            assert_eq!(methods(&request), expected, "{client:?}");
            assert!(!request.form.as_ref().unwrap().secret().contains("foreign"), "{client:?}");
            for name in ["client_id", "client_secret", "client_assertion", "grant_type"] {
                assert!(value(&request, name).len() <= 1, "{name}");
            }
        }
    }
}

/// T11, T12
#[test]
fn the_client_is_named_once_and_in_the_body_only_where_nothing_else_names_it() {
    let named: [&[&str]; 4] = [&[CLIENT], &[], &[CLIENT], &[CLIENT]];
    for (client, named) in all().iter().zip(named) {
        assert_eq!(value(&sent(client, &[("grant_type", "x")]), "client_id"), named, "{client:?}");
        // What belongs to the request that is pushed stays.
        assert_eq!(value(&sent(client, &[("client_id", CLIENT)]), "client_id"), [CLIENT], "{client:?}");
    }
}

/// T12
#[test]
fn a_public_client_shows_nothing_but_its_name() {
    let request = sent(&public_client(), &[("grant_type", "x")]);
    assert_eq!(request.form.as_ref().unwrap().secret(), "grant_type=x&client_id=web");
    assert!(request.headers.is_empty());
    assert!(!public_client().is_confidential());
    assert!(!credential(&public_client()).is_confidential());
    assert!(all()[1..].iter().all(Client::is_confidential));
}

/// T01, T11
#[test]
fn a_secret_in_the_body_is_the_secret() {
    let request = sent(&client(post()), &[("grant_type", "x")]);
    assert_eq!(value(&request, "client_secret"), [WEIRD]);
    assert_eq!(request.url, "https://op.example/token", "and never in the URL");
}

/// A14
#[test]
fn no_secret_and_no_assertion_is_for_another_issuer() {
    for client in all() {
        for issuer in ["https://op.example/", "https://evil.example", "", "https://OP.example"] {
            let credential = client.credential(issuer, assertion(&client));
            assert_eq!(kind(&credential), Some(Kind::MetadataIssuerMismatch), "{issuer}");
        }
    }
}

/// E07; a request that needs an assertion does not go without.
#[test]
fn an_assertion_that_is_missing_is_missed() {
    let client = client(signed(true));
    assert_eq!(kind(&client.credential(ISSUER, None)), Some(Kind::Internal));
}

/// E07, X04
#[test]
fn an_assertion_says_who_for_whom_and_for_how_long() {
    let client = client(signed(false));
    let (signer, signing_input) = client.build_assertion("the-id", now()).unwrap();
    assert_eq!(signer, &key());
    assert_eq!(part(&signing_input, 0).to_text(), r#"{"alg":"ES256","kid":"key-1"}"#);
    let claims = part(&signing_input, 1);
    for (name, text) in [("iss", CLIENT), ("sub", CLIENT), ("aud", ISSUER), ("jti", "the-id")] {
        // The audience is a string: an array, even of one, is what the update of RFC 7523 forbids.
        assert_eq!(claims.text(name).as_deref(), Some(text), "{name}");
    }
    assert_eq!(claims.whole("iat"), Some(NOW_S));
    assert_eq!(claims.whole("exp"), Some(NOW_S + 60), "five minutes at most");
    assert!(claims.has_only("iss sub aud jti iat exp"));
}

/// E07; each request has its own.
#[test]
fn an_assertion_has_the_identifier_it_is_given() {
    let client = client(signed(false));
    let id = |id| part(&client.build_assertion(id, now()).unwrap().1, 1).text("jti");
    assert_eq!(id("a").as_deref(), Some("a"));
    assert_eq!(id("\"b\\").as_deref(), Some("\"b\\"));
}

/// E07
#[test]
fn an_assertion_goes_into_the_body_with_its_type() {
    let client = client(signed(false));
    let request = sent(&client, &[("grant_type", "x")]);
    let sent_assertion = value(&request, "client_assertion").pop().unwrap();
    let (_, signing_input) = client.build_assertion("the-id", now()).unwrap();
    assert_eq!(sent_assertion, with_signature(&signing_input, &[7; 64]));
    assert_eq!(value(&request, "client_assertion_type"), ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]);
}

/// E08
#[test]
fn an_assertion_says_its_kind_where_that_is_wanted() {
    for (typed, kind_of_token) in [(true, Some("client-authentication+jwt")), (false, None)] {
        let (_, signing_input) = client(signed(typed)).build_assertion("the-id", now()).map(owned).unwrap();
        assert_eq!(part(&signing_input, 0).text("typ").as_deref(), kind_of_token);
    }
}

fn owned((key, text): (&tokenward::core::jose::jws::SigningKey, String)) -> (String, String) {
    (key.name.clone(), text)
}

/// X06; there is no name for them.
#[test]
fn what_a_client_signs_is_never_unsigned_nor_under_its_secret() {
    for algorithm in Algorithm::ALL {
        let mut own = key();
        own.algorithm = algorithm;
        own.key_id = None;
        let client = client(ClientAuthentication::PrivateKeyJwt { key: own, typed: false });
        let header = part(&client.build_assertion("i", now()).unwrap().1, 0);
        assert_eq!(header.to_text(), format!("{{\"alg\":\"{}\"}}", algorithm.name()));
        assert!(!algorithm.name().starts_with("HS") && !algorithm.name().eq_ignore_ascii_case("none"));
    }
    for client in all().iter().take(3) {
        assert!(client.build_assertion("i", now()).is_none(), "{client:?}");
    }
}

fn offered(members: Members<'_>) -> Offered {
    Offered::read(&json(&object(&[], members))).unwrap()
}

const METHODS: &str = "token_endpoint_auth_methods_supported";
const ALGORITHMS: &str = "token_endpoint_auth_signing_alg_values_supported";

/// T13
#[test]
fn a_provider_that_says_nothing_takes_basic() {
    for nothing in ["", "null"] {
        let offered = offered(&[(METHODS, nothing)]);
        assert_eq!(ClientAuthentication::with_secret(secret("s"), &offered).unwrap().method(), "client_secret_basic");
        assert!(basic().check_offered(&offered).is_ok());
        for other in [post(), signed(true)] {
            let unsupported = Some((Kind::ClientAuthenticationUnsupported, METHODS));
            assert_eq!(fault(&other.check_offered(&offered)), unsupported, "{}", other.method());
        }
    }
}

/// T13
#[test]
fn a_secret_is_sent_as_the_provider_takes_it() {
    for (methods, method) in [
        (r#"["client_secret_basic"]"#, Some("client_secret_basic")),
        (r#"["client_secret_post"]"#, Some("client_secret_post")),
        (r#"["client_secret_post","client_secret_basic"]"#, Some("client_secret_basic")),
        (r#"["private_key_jwt","client_secret_post"]"#, Some("client_secret_post")),
        (r#"["client_secret_jwt"]"#, None),
        (r#"["private_key_jwt","none"]"#, None),
        (r#"["Client_Secret_Basic"]"#, None),
        ("[]", None),
    ] {
        let chosen = ClientAuthentication::with_secret(secret("s"), &offered(&[(METHODS, methods)]));
        assert_eq!(chosen.as_ref().ok().map(ClientAuthentication::method), method, "{methods}");
        let unsupported = method.is_none().then_some((Kind::ClientAuthenticationUnsupported, METHODS));
        assert_eq!(fault(&chosen), unsupported, "{methods}");
    }
}

/// T13
#[test]
fn a_method_that_is_not_offered_is_an_error() {
    for configured in [basic(), post(), signed(true)] {
        for method in ["client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt", "none"] {
            let offered = offered(&[(METHODS, &format!("[\"{method}\"]"))]);
            let unsupported =
                (configured.method() != method).then_some((Kind::ClientAuthenticationUnsupported, METHODS));
            assert_eq!(fault(&configured.check_offered(&offered)), unsupported, "{method}");
        }
    }
}

/// T12; few providers list what is no method, and nothing is given away.
#[test]
fn a_public_client_needs_no_offer() {
    for methods in ["", "[]", r#"["client_secret_basic"]"#, r#"["none"]"#] {
        assert!(ClientAuthentication::Public.check_offered(&offered(&[(METHODS, methods)])).is_ok(), "{methods}");
    }
    assert_eq!(ClientAuthentication::Public.method(), "none");
}

/// E07
#[test]
fn an_algorithm_that_is_not_offered_is_an_error() {
    for (algorithms, taken) in [
        ("", true),
        ("null", true),
        (r#"["ES256"]"#, true),
        (r#"["RS256","ES256"]"#, true),
        (r#"["RS256"]"#, false),
        (r#"["es256"]"#, false),
        ("[]", false),
    ] {
        let offered = offered(&[(METHODS, r#"["private_key_jwt","client_secret_basic"]"#), (ALGORITHMS, algorithms)]);
        let unsupported = (!taken).then_some((Kind::ClientAuthenticationUnsupported, ALGORITHMS));
        assert_eq!(fault(&signed(false).check_offered(&offered)), unsupported, "{algorithms}");
        assert!(basic().check_offered(&offered).is_ok(), "an algorithm matters only to who signs");
    }
}

/// D06
#[test]
fn what_is_no_list_of_names_is_refused() {
    for member in [METHODS, ALGORITHMS] {
        for value in ["\"client_secret_basic\"", "5", "true", "{}", "[5]", r#"["client_secret_basic",null]"#] {
            let read = Offered::read(&json(&object(&[], &[(member, value)])));
            assert_eq!(fault(&read), Some((Kind::MetadataInvalid, member)), "{value}");
        }
    }
}

/// A14, D03, D06
#[test]
fn the_metadata_of_an_edge_client_is_checked_like_any_other() {
    const DOCUMENT: Members<'_> = &[
        ("issuer", r#""https://op.example""#),
        ("authorization_endpoint", r#""https://op.example/authorize""#),
        ("token_endpoint", r#""https://op.example/token""#),
        ("jwks_uri", r#""https://op.example/jwks""#),
        ("introspection_endpoint", r#""https://op.example/introspect""#),
        ("device_authorization_endpoint", r#""https://op.example/device""#),
        (METHODS, r#"["client_secret_post"]"#),
    ];
    let read = |changes: Members<'_>| check_edge_discovery_response(&json_answer(&object(DOCUMENT, changes)), ISSUER);
    let metadata = read(&[]).unwrap();
    assert_eq!(metadata.metadata.token_endpoint, "https://op.example/token");
    assert_eq!(metadata.introspection_endpoint.as_deref(), Some("https://op.example/introspect"));
    assert_eq!(metadata.device_authorization_endpoint.as_deref(), Some("https://op.example/device"));
    assert!(post().check_offered(&metadata.offered).is_ok());
    assert_eq!(kind(&read(&[("issuer", "\"https://evil.example\"")])), Some(Kind::MetadataIssuerMismatch));
    assert_eq!(kind(&read(&[("code_challenge_methods_supported", r#"["plain"]"#)])), Some(Kind::PkceUnsupported));
    for name in ["introspection_endpoint", "device_authorization_endpoint"] {
        for nothing in ["", "null"] {
            assert!(read(&[(name, nothing)]).is_ok(), "{name}");
        }
        let insecure = read(&[(name, "\"http://op.example/x\"")]);
        assert_eq!(fault(&insecure), Some((Kind::EndpointInsecure, name)));
        for value in ["5", "[]", "\"\"", "\"/x\"", "\"https://u@op.example/\"", "\"https://op.example/#\""] {
            assert_eq!(fault(&read(&[(name, value)])), Some((Kind::MetadataInvalid, name)), "{value}");
        }
    }
    let failed = check_edge_discovery_response(&answer(404, "text/html", ""), ISSUER);
    assert_eq!(kind(&failed), Some(Kind::ResponseUnusable));
}

/// A16, T11
#[test]
fn a_code_is_exchanged_with_the_verifier_and_authentication() {
    let (transaction, code) = (transaction(&[]), AuthorizationCode::new("c&d".to_owned()));
    let resource = ["urn:a".to_owned(), "urn:b".to_owned()];
    for client in all() {
        let request = build_code_request_as(&client, assertion(&client), &transaction, &code, &resource).unwrap();
        assert_eq!(request.url, "https://op.example/token");
        for (name, expected) in [
            ("grant_type", &["authorization_code"][..]),
            ("code", &["c&d"]),
            ("redirect_uri", &["https://app.example/callback"]),
            ("code_verifier", &["the-verifier"]),
            ("resource", &["urn:a", "urn:b"]),
        ] {
            assert_eq!(value(&request, name), expected, "{name}");
        }
    }
}

/// A14; mix-up: the sign-in says whose code it is.
#[test]
fn a_code_of_another_provider_or_client_is_not_exchanged() {
    let code = AuthorizationCode::new("c".to_owned());
    let mut other = client(basic());
    "https://evil.example".clone_into(&mut other.issuer);
    let built = build_code_request_as(&other, None, &transaction(&[]), &code, &[]);
    assert_eq!(kind(&built), Some(Kind::MetadataIssuerMismatch));
    let mut other = client(basic());
    "other".clone_into(&mut other.client_id);
    let built = build_code_request_as(&other, None, &transaction(&[]), &code, &[]);
    assert_eq!(kind(&built), Some(Kind::CallbackStateUnknown));
}

/// R04, R06, T11
#[test]
fn a_refresh_authenticates_and_asks_for_the_scope_it_has() {
    let refresh_token = RefreshToken::new("r t".to_owned());
    for client in all() {
        let credential = client.credential(ISSUER, assertion(&client)).unwrap();
        let request = build_refresh_request_as(credential, "https://op.example/token", &refresh_token, &[]);
        assert_eq!(value(&request, "grant_type"), ["refresh_token"]);
        assert_eq!(value(&request, "refresh_token"), ["r t"]);
        assert!(value(&request, "scope").is_empty());
        assert!(methods(&request).len() <= 2);
    }
}

/// E01, T11
#[test]
fn a_revocation_authenticates() {
    let client = client(basic());
    let request = build_revocation_request_as(credential(&client), "https://op.example/revoke", "t", "access_token");
    assert_eq!(request.form.as_ref().unwrap().secret(), "token=t&token_type_hint=access_token");
    assert_eq!(methods(&request), ["header"]);
    assert_eq!(request.patience_ms, 3_000, "who signs out does not wait");
}

/// A04, X01, X04; what is pushed carries the challenge, and authenticates as at the token endpoint.
#[test]
fn a_pushed_request_authenticates_and_carries_the_challenge() {
    let config = super::given::config();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
    let options = SignInOptions::default();
    let parameters = build_authorization_parameters(&config, &transaction(&[]), challenge.clone(), None, &options);
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for client in all() {
        let credential = client.credential(ISSUER, assertion(&client)).unwrap();
        let request = build_pushed_request_as(credential, "https://op.example/par", &parameters);
        assert_eq!(request.url, "https://op.example/par");
        assert_eq!(value(&request, "code_challenge"), [challenge.as_str()]);
        assert_eq!(value(&request, "code_challenge_method"), ["S256"]);
        assert_eq!(value(&request, "client_id"), [CLIENT], "{client:?}");
        assert!(value(&request, "request_uri").is_empty());
    }
    // The audience of the assertion is the issuer, at this endpoint too (RFC 9126, section 2, as updated).
    let (_, signing_input) = client(signed(true)).build_assertion("i", now()).map(owned).unwrap();
    assert_eq!(part(&signing_input, 1).text("aud").as_deref(), Some(ISSUER));
}
