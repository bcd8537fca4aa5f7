//! The one thing about a provider that is not as usual: mostly a rule that it breaks, sometimes a liberty that it has.

use serde_json::Value;

/// Members as name and JSON text. An empty text takes the member away.
pub(crate) type Members = &'static [(&'static str, &'static str)];

/// A document, or a set of parameters, that the provider makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Metadata,
    AuthorizationResponse,
    TokenResponse,
    /// The parameters of an authorization response that are signed.
    SignedResponse,
    /// The ID token beside the code.
    FrontIdToken,
    IdToken,
    /// The ID token that comes with a refresh.
    RefreshedIdToken,
    Userinfo,
    /// The parameters with which the browser comes back from the end of the provider's session.
    LogoutResponse,
    LogoutToken,
}

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    /// With the registered algorithm.
    Proper,
    /// One bit of it is wrong.
    Broken,
    /// Not at all, and it says so.
    Unsigned,
    /// With the public key, as if that were a secret.
    Hmac,
    /// With another algorithm, and a key of the provider that fits.
    With(&'static str),
}

/// What is unusual about a provider.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Quirk {
    None,
    /// It says something else in this place.
    Says(Part, Members),
    /// It signs this in another way.
    Signs(Part, Signature),
    /// Its tokens do not name the key that they are signed with.
    NamesNoKey,
    /// It sends an access token beside the code, which nobody asked for, and says this in the ID token.
    SendsTokenToo(Members),
    /// It changes its keys right before it signs an ID token.
    ChangesKeysBeforeSigning,
    /// Its API spells the authentication scheme so.
    ChallengesWith(&'static str),
    /// Its API takes no token before so many refreshes.
    RefusesUntilRefreshed(u32),
}

impl Quirk {
    /// Changes what is said in this place.
    pub(super) fn change(&self, part: Part, document: &mut Value) {
        let members = match self {
            Self::Says(place, members) if *place == part => *members,
            Self::SendsTokenToo(members) if part == Part::FrontIdToken => *members,
            _ => return,
        };
        let object = document.as_object_mut().expect("an object");
        for (name, json) in members {
            if json.is_empty() {
                object.remove(*name).expect("only what is there can be taken away");
            } else {
                object.insert((*name).to_owned(), serde_json::from_str(json).expect("JSON"));
            }
        }
    }

    /// How this is signed.
    pub(super) fn signature_of(&self, part: Part) -> Signature {
        match self {
            Self::Signs(place, signature) if *place == part => *signature,
            _ => Signature::Proper,
        }
    }
}
