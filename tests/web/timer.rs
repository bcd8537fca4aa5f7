//! The timer, and work in the background.

use super::fakes::{sleep, web};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokenward::ports::Timer as _;
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A counter, and what raises it.
fn counter() -> (Rc<Cell<u32>>, Box<dyn FnOnce()>) {
    let count = Rc::new(Cell::new(0));
    let raised = Rc::clone(&count);
    (count, Box::new(move || raised.set(raised.get() + 1)))
}

#[test]
async fn a_timer_fires_once_and_not_at_once() {
    let web = web();
    let (count, wake) = counter();
    web.start_timer(50, wake);
    assert_eq!(count.get(), 0);
    sleep(10).await;
    assert_eq!(count.get(), 0);
    sleep(200).await;
    assert_eq!(count.get(), 1);
}

#[test]
async fn a_stopped_timer_never_fires() {
    let web = web();
    let (count, wake) = counter();
    web.start_timer(20, wake);
    web.stop_timer();
    web.stop_timer();
    sleep(100).await;
    assert_eq!(count.get(), 0);
}

#[test]
async fn a_new_timer_replaces_the_old_one() {
    let web = web();
    let (old, wake_old) = counter();
    let (new, wake_new) = counter();
    web.start_timer(20, wake_old);
    web.start_timer(40, wake_new);
    sleep(200).await;
    assert_eq!((old.get(), new.get()), (0, 1));
}

#[test]
async fn a_timer_goes_with_its_owner() {
    let (count, wake) = counter();
    let web = web();
    web.start_timer(20, wake);
    drop(web);
    sleep(100).await;
    assert_eq!(count.get(), 0);
}

/// A browser turns a delay of more than 24.8 days into none at all.
#[test]
async fn a_very_long_delay_is_not_a_short_one() {
    let web = web();
    for delay_ms in [1 << 31, (1 << 31) + 1, 1 << 32, (1 << 32) + 1, u64::MAX] {
        let (count, wake) = counter();
        web.start_timer(delay_ms, wake);
        sleep(20).await;
        assert_eq!(count.get(), 0, "{delay_ms}");
    }
    web.stop_timer();
}

#[test]
async fn a_timer_may_start_the_next_one() {
    let web = Rc::new(web());
    let (count, wake) = counter();
    let again = Rc::clone(&web);
    web.start_timer(1, Box::new(move || again.start_timer(1, wake)));
    sleep(100).await;
    assert_eq!(count.get(), 1);
}

#[test]
async fn work_in_the_background_runs_to_its_end() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let inner = Rc::clone(&seen);
    web().spawn(Box::pin(async move {
        inner.borrow_mut().push("begun");
        sleep(1).await;
        inner.borrow_mut().push("done");
    }));
    assert!(seen.borrow().is_empty(), "not before the caller has gone on");
    sleep(100).await;
    assert_eq!(*seen.borrow(), ["begun", "done"]);
}
