//! What is asked of the provider in a limited time: under a lease, whose holder must not learn of the outcome after its end, or
//! by somebody who does not want to wait.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::base::time::Now;
use crate::core::bff::session::patience_ms;
use crate::core::jose::jws::Algorithm;
use crate::ports::{BffPorts, Clock, Crypto, Fetch};
use core::future::Future;

/// The ports of a backend, for as long as answers are waited for.
#[derive(Debug)]
pub(super) struct Hurried<'a, P> {
    pub(super) ports: &'a P,
    /// Until when, in milliseconds since the epoch.
    pub(super) until_ms: u64,
}

impl<P: BffPorts> Fetch for Hurried<'_, P> {
    async fn send(&self, request: Request) -> Result<Response> {
        let left_ms = patience_ms(self.until_ms, self.now()).and_then(|left| u32::try_from(left).ok());
        let left_ms = left_ms.ok_or_else(|| Error::new(Kind::TimedOut))?;
        self.ports.send(Request { patience_ms: request.patience_ms.min(left_ms), ..request }).await
    }
}

impl<P: BffPorts> Clock for Hurried<'_, P> {
    fn now(&self) -> Now {
        self.ports.now()
    }
}

impl<P: BffPorts> Crypto for Hurried<'_, P> {
    fn digest(&self, bits: u16, text: &str) -> impl Future<Output = Result<Vec<u8>>> {
        self.ports.digest(bits, text)
    }

    fn verify(&self, algorithm: Algorithm, key: &Json, signed: &str, signature: &[u8]) -> impl Future<Output = bool> {
        self.ports.verify(algorithm, key, signed, signature)
    }
}
