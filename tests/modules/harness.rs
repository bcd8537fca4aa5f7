//! One way to write a test for both worlds: natively it is polled to its end, in wasm the browser's own loop does that.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// No test polls as often; one that does waits for something that never comes.
const MOST_POLLS: usize = 10_000;

// Each file of tests imports `test` from here.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use core::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;

/// Asynchronous tests, as the harness of each world wants them.
macro_rules! modules {
    ($($(#[$attribute:meta])* async fn $name:ident() $body:block)*) => {
        $(
            $(#[$attribute])*
            #[cfg(not(target_arch = "wasm32"))]
            fn $name() {
                $crate::modules::harness::to_the_end(async $body);
            }

            $(#[$attribute])*
            #[cfg(target_arch = "wasm32")]
            async fn $name() $body
        )*
    };
}

/// Polls until it is done. Nothing here waits for the outside, so whoever is polled in vain waits for ever.
#[cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "the browser polls"))]
pub(crate) fn to_the_end<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..MOST_POLLS {
        if let Poll::Ready(value) = work.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("nothing moves");
}
