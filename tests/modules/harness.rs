//! One way to write a test for both worlds: natively it is polled to its end, in wasm the browser's own loop does that.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// No test polls as often; one that does waits for something that never comes.
const MOST_POLLS: usize = 10_000;

/// Tests by the names of the modules they stand for, each with a future to run; and all their names as `NAMES`.
macro_rules! modules {
    ($($(#[$doc:meta])* $name:ident: $work:expr;)*) => {
        /// The names of the modules in this file, as tests are named.
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(
            $(#[$doc])*
            #[cfg(not(target_arch = "wasm32"))]
            #[test]
            fn $name() {
                $crate::modules::harness::to_the_end($work);
            }

            $(#[$doc])*
            #[cfg(target_arch = "wasm32")]
            #[wasm_bindgen_test::wasm_bindgen_test]
            async fn $name() {
                $work.await;
            }
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
