//! What APIs ask for: `WWW-Authenticate` as HTTP writes it, and what an answer means for its request.

use super::given::test;
use tokenward::core::base::error::Kind;
use tokenward::core::oauth::challenge::{StepUp, Verdict, judge, read_challenges};

/// The challenges of a header, written plainly: `scheme name=value name=value; scheme`, a token68 without a name.
fn plain(header: &str) -> String {
    let challenges = read_challenges(header);
    let words = challenges.iter().map(|challenge| {
        let parameters = challenge.parameters.iter().map(|(name, value)| match name.as_str() {
            "" => [" ", value.as_str()].concat(),
            name => [" ", name, "=", value.as_str()].concat(),
        });
        [challenge.scheme.clone(), parameters.collect()].concat()
    });
    words.collect::<Vec<_>>().join("; ")
}

/// B02; RFC 9110, sections 5.6 and 11, with its example and those of RFC 6750, RFC 9449 and RFC 9470.
#[test]
fn challenges_are_read_as_http_writes_them() {
    for (header, challenges) in [
        // One challenge.
        ("Bearer", "Bearer"),
        ("DPoP", "DPoP"),
        ("bEARER", "bEARER"),
        (r#"Bearer realm="example""#, "Bearer realm=example"),
        (r#"Bearer realm="example", error="invalid_token""#, "Bearer realm=example error=invalid_token"),
        (
            r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#,
            "Bearer realm=example error=invalid_token error_description=The access token expired",
        ),
        (
            r#"DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256""#,
            "DPoP error=invalid_token error_description=Invalid DPoP key binding algs=ES256",
        ),
        (
            r#"DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof""#,
            "DPoP error=use_dpop_nonce error_description=Resource server requires nonce in DPoP proof",
        ),
        (
            r#"Bearer error="insufficient_user_authentication", acr_values="myACR", max_age="5""#,
            "Bearer error=insufficient_user_authentication acr_values=myACR max_age=5",
        ),
        // Values without quotes, and all that a token may have.
        ("Bearer error=invalid_token", "Bearer error=invalid_token"),
        ("Bearer error=invalid_token,scope=a", "Bearer error=invalid_token scope=a"),
        ("X a=!#$%&'*+-.^_`|~09AZaz", "X a=!#$%&'*+-.^_`|~09AZaz"),
        ("!#$%&'*+-.^_`|~09AZaz a=b", "!#$%&'*+-.^_`|~09AZaz a=b"),
        ("Bearer max_age=0", "Bearer max_age=0"),
        // Names in any case.
        (r#"Bearer ERROR="invalid_token""#, "Bearer error=invalid_token"),
        (r#"Bearer Error_Description="x", SCOPE=y"#, "Bearer error_description=x scope=y"),
        // Space where there may be some.
        (r#"  Bearer   realm = "example"  ,  error =  "invalid_token"  "#, "Bearer realm=example error=invalid_token"),
        ("Bearer\terror\t=\tinvalid_token", "Bearer error=invalid_token"),
        (r#"Bearer realm="a",error="b""#, "Bearer realm=a error=b"),
        (r#"Bearer realm="a" ,error="b""#, "Bearer realm=a error=b"),
        // Empty elements of the list.
        (",", ""),
        (", ,\t,", ""),
        (",Bearer,", "Bearer"),
        (r#",,Bearer ,, realm="a",, ,error="b",,"#, "Bearer realm=a error=b"),
        // Quoted strings.
        (r#"Bearer realm="""#, "Bearer realm="),
        (r#"Bearer realm="a, b=\"c\", Basic d""#, r#"Bearer realm=a, b="c", Basic d"#),
        (r#"Bearer realm="DPoP error=use_dpop_nonce""#, "Bearer realm=DPoP error=use_dpop_nonce"),
        (r#"Bearer realm="\a\b\\\"""#, r#"Bearer realm=ab\""#),
        (r#"Bearer realm="\,\é""#, "Bearer realm=,é"),
        ("Bearer realm=\"é\u{a0}😀\"", "Bearer realm=é\u{a0}😀"),
        (r#"Bearer realm=" a  b ""#, "Bearer realm= a  b "),
        (r#"Bearer realm="=", error="=""#, "Bearer realm== error=="),
        // Token68.
        ("Negotiate oYGeMIGboAMKAQChCwYJKoZIhvcSAQICo4GGBIGD", "Negotiate oYGeMIGboAMKAQChCwYJKoZIhvcSAQICo4GGBIGD"),
        ("Negotiate a+/b-._~c==", "Negotiate a+/b-._~c=="),
        ("Negotiate a=", "Negotiate a="),
        ("Negotiate a==, Bearer", "Negotiate a==; Bearer"),
        ("Bearer realm", "Bearer realm"),
        ("Bearer a=,b", "Bearer a=; b"),
        (r#"NTLM TlRMTVNTUAAC=, Negotiate, DPoP algs="ES256""#, "NTLM TlRMTVNTUAAC=; Negotiate; DPoP algs=ES256"),
        // Several challenges, and several headers joined.
        ("Bearer, DPoP", "Bearer; DPoP"),
        ("Basic,Bearer,DPoP", "Basic; Bearer; DPoP"),
        (r#"Bearer, DPoP algs="ES256 PS256""#, "Bearer; DPoP algs=ES256 PS256"),
        (
            r#"Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple""#,
            r#"Newauth realm=apps type=1 title=Login to "apps"; Basic realm=simple"#,
        ),
        (
            r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#,
            r#"Basic realm=simple; Newauth realm=apps type=1 title=Login to "apps""#,
        ),
        (
            r#"Bearer error="invalid_token", Bearer error="insufficient_scope""#,
            "Bearer error=invalid_token; Bearer error=insufficient_scope",
        ),
        (
            r#"Digest nonce="a", qop="auth, auth-int", algorithm=MD5, Bearer realm="b""#,
            "Digest nonce=a qop=auth, auth-int algorithm=MD5; Bearer realm=b",
        ),
        (r#"Bearer a="1", DPoP a="1", Basic a="1""#, "Bearer a=1; DPoP a=1; Basic a=1"),
        // A scheme is one where an equals sign is what follows, however it is called.
        ("Bearer error=a, error", "Bearer error=a; error"),
        ("realm, realm=x", "realm realm=x"),
    ] {
        assert_eq!(plain(header), challenges, "{header:?}");
    }
}

/// B02
#[test]
fn what_is_not_well_formed_says_nothing_at_all() {
    let long = format!("Bearer realm=\"{}\"", "a".repeat(8 * 1024));
    for header in [
        "",
        " ",
        "=",
        "=a",
        "\"Bearer\"",
        "a=b",
        r#"error="invalid_token""#,
        "Bearer realm error=a",
        "Bearer a b",
        "Bearer a b=c",
        "Bearer a=b c=d",
        "Bearer a=b c",
        r#"Bearer a="b" c="d""#,
        r#"Bearer a="b"c"#,
        r#"Bearer a=b"c""#,
        r#"Bearer"a""#,
        r#"Bearer "a""#,
        r#"Bearer a="b"#,
        r#"Bearer a="b\"#,
        r#"Bearer a="b\""#,
        r#"Bearer a=""b""#,
        "Bearer a==b",
        "Negotiate a ==",
        "Bearer =a",
        "Bearer a= b c",
        "Bearer a:b",
        "Bearer a(b)=c",
        "Bearer a=(b)",
        "Bearer/x a=b",
        "Bearer;a=b",
        "Bearer a=b;c=d",
        "Bearer a='b c'",
        "Bearer a=é",
        "Béarer a=b",
        "Bearer é=b",
        "Bearer\u{a0}a=b",
        "Bearer a=b\0",
        "Bearer a=b\n",
        "Bearer\r\n a=b",
        // What is good before it says nothing either.
        r#"Bearer error="invalid_token", DPoP a"b"#,
        r#"Bearer error="invalid_token", ="#,
        // A parameter that comes twice.
        r#"Bearer error="invalid_token", error="insufficient_scope""#,
        r#"Bearer error="a", scope="b", ERROR="a""#,
        r#"Basic, Bearer realm="a", realm="a""#,
        &long,
    ] {
        let shown: String = header.chars().take(80).collect();
        assert_eq!(read_challenges(header), [], "{shown:?}");
    }
}

/// B02
#[test]
fn a_header_is_read_up_to_a_limit() {
    let of = |length: usize| format!("Bearer realm=\"{}\"", "a".repeat(length - 15));
    assert_eq!(of(100).len(), 100);
    assert_eq!(read_challenges(&of(8 * 1024)).len(), 1);
    assert_eq!(read_challenges(&of(8 * 1024 + 1)), []);
    assert_eq!(read_challenges(&"Bearer,".repeat(1000)).len(), 1000);
    for endless in ["\"", ",", "Bearer ", "a=\"\\", "é"] {
        assert_eq!(read_challenges(&endless.repeat(1 << 20)), []);
    }
}

/// B02
#[test]
fn a_parameter_is_found_by_its_name() {
    let challenges = read_challenges(r#"Bearer Error="a", SCOPE="b c", Negotiate d=="#);
    assert_eq!(challenges[0].get("error"), Some("a"));
    assert_eq!(challenges[0].get("scope"), Some("b c"));
    assert_eq!(challenges[0].get("realm"), None);
    assert_eq!(challenges[1].get(""), Some("d=="));
    assert_eq!(challenges[1].get("d"), None);
}

const STATUSES: [u16; 11] = [0, 200, 302, 400, 401, 403, 404, 407, 429, 500, 503];

/// Whether a scheme is one of those that our requests have, and the schemes that are tried.
const SCHEMES: [(&str, bool); 8] = [
    ("Bearer", true),
    ("bEARER", true),
    ("DPoP", true),
    ("dpop", true),
    ("DPOP", true),
    ("Basic", false),
    ("Negotiate", false),
    ("Bearers", false),
];

const ERRORS: [&str; 9] = [
    "",
    "invalid_token",
    "insufficient_scope",
    "insufficient_user_authentication",
    "use_dpop_nonce",
    "invalid_dpop_proof",
    "invalid_request",
    "INVALID_TOKEN",
    "something_new",
];

/// The whole table, as the specifications have it.
fn expected(status: u16, error: &str, is_ours: bool, has_nonce: bool) -> Verdict {
    let error = if is_ours { error } else { "" };
    match (error, status) {
        ("" | "invalid_token", 401) => Verdict::Refresh,
        ("insufficient_scope", 401 | 403) => {
            Verdict::StepUp(StepUp { scope: Some("a b".to_owned()), acr_values: None, max_age_s: None })
        }
        ("insufficient_user_authentication", 401 | 403) => {
            Verdict::StepUp(StepUp { scope: None, acr_values: Some("gold silver".to_owned()), max_age_s: Some(5) })
        }
        ("use_dpop_nonce", 401) if has_nonce => Verdict::Again,
        _ => Verdict::Keep,
    }
}

/// B03, B05, P06
#[test]
fn every_status_scheme_and_error_has_one_meaning() {
    for status in STATUSES {
        for (scheme, is_ours) in SCHEMES {
            for error in ERRORS {
                for has_nonce in [false, true] {
                    let terms = r#"scope="a b", acr_values="gold silver", max_age="5""#;
                    let header = match error {
                        "" => format!("{scheme} realm=\"r\", {terms}"),
                        error => format!("{scheme} error=\"{error}\", {terms}"),
                    };
                    let verdict = judge(status, Some(&header), has_nonce);
                    assert_eq!(verdict, expected(status, error, is_ours, has_nonce), "{status} {header} {has_nonce}");
                }
            }
        }
    }
}

/// B03
#[test]
fn without_a_readable_challenge_the_status_alone_counts() {
    for status in STATUSES {
        for header in [None, Some(""), Some("Bearer"), Some("Bearer a=b c=d, error=\"insufficient_scope\""), Some("é")]
        {
            for has_nonce in [false, true] {
                let verdict = if status == 401 { Verdict::Refresh } else { Verdict::Keep };
                assert_eq!(judge(status, header, has_nonce), verdict, "{status} {header:?}");
            }
        }
    }
}

/// B02, B03
#[test]
fn the_first_challenge_of_ours_that_says_why_counts() {
    for (header, verdict) in [
        (r#"Bearer, DPoP error="use_dpop_nonce""#, Verdict::Again),
        (r#"Basic realm="x", DPoP algs="ES256", error="use_dpop_nonce""#, Verdict::Again),
        (r#"Negotiate abc==, Bearer realm="x", error="use_dpop_nonce""#, Verdict::Again),
        (r#"Basic error="insufficient_scope", Bearer error="invalid_token""#, Verdict::Refresh),
        (r#"Bearer error="invalid_token", DPoP error="use_dpop_nonce""#, Verdict::Refresh),
        (r#"DPoP error="use_dpop_nonce", Bearer error="invalid_token""#, Verdict::Again),
        (r#"Bearer error="invalid_request", DPoP error="use_dpop_nonce""#, Verdict::Keep),
        (r#"Bearer error_description="use_dpop_nonce", DPoP"#, Verdict::Refresh),
    ] {
        assert_eq!(judge(401, Some(header), true), verdict, "{header}");
    }
}

fn step_up(header: &str) -> StepUp {
    match judge(401, Some(header), false) {
        Verdict::StepUp(step_up) => step_up,
        other => panic!("{header}: {other:?}"),
    }
}

/// B05; RFC 9470, section 3.
#[test]
fn the_terms_of_a_stronger_sign_in_are_read() {
    const TEN_YEARS_S: u64 = 315_360_000;
    let stronger = |terms: &str| step_up(&format!("Bearer error=\"insufficient_user_authentication\"{terms}"));
    assert_eq!(stronger(""), StepUp::default());
    assert_eq!(stronger(r#", acr_values="a b""#).acr_values.as_deref(), Some("a b"));
    assert_eq!(stronger(r#", acr_values="""#).acr_values, None, "no class at all is not one to ask for");
    assert_eq!(stronger(r#", scope="a""#).scope, None, "a scope is not what is asked for");
    for (max_age, max_age_s) in [
        ("0", Some(0)),
        ("5", Some(5)),
        ("0005", Some(5)),
        ("315360000", Some(TEN_YEARS_S)),
        ("315360001", Some(TEN_YEARS_S)),
        ("18446744073709551615", Some(TEN_YEARS_S)),
        ("18446744073709551616", None),
        ("", None),
        (" 5", None),
        ("+5", None),
        ("-5", None),
        ("5.0", None),
        ("5s", None),
        ("0x5", None),
        ("٥", None),
    ] {
        assert_eq!(stronger(&format!(", max_age=\"{max_age}\"")).max_age_s, max_age_s, "{max_age}");
    }
    assert_eq!(stronger(r#", max_age="5""#).error().kind, Kind::InsufficientUserAuthentication);
}

/// B05, B03
#[test]
fn the_scope_that_is_asked_for_comes_on_top_of_what_was_granted() {
    let missing = |scope: &str| step_up(&format!("Bearer error=\"insufficient_scope\"{scope}"));
    assert_eq!(missing("").scope.as_deref(), Some(""), "an API need not say which");
    assert_eq!(missing("").error().kind, Kind::InsufficientScope);
    assert_eq!(
        missing(r#", scope="a b", acr_values="x", max_age="5""#),
        StepUp { scope: Some("a b".to_owned()), ..StepUp::default() }
    );
    for (asked, granted, scope) in [
        ("write", "openid read", "openid read write"),
        ("write read", "openid read", "openid read write"),
        ("read", "openid read", "openid read"),
        ("Read reads rea", "openid read", "openid read Read reads rea"),
        ("", "openid read", "openid read"),
        (" write  write ", "openid read", "openid read write"),
        ("write openid", "read", "openid read write"),
        ("write", "", "openid write"),
    ] {
        let step_up = missing(&format!(", scope=\"{asked}\""));
        assert_eq!(step_up.widened(granted).scope.as_deref(), Some(scope), "{asked} on {granted}");
    }
    let stronger = step_up(r#"Bearer error="insufficient_user_authentication", acr_values="a""#);
    assert_eq!(stronger.clone().widened("openid read"), stronger, "where no scope is asked for, none is");
}
