//! What tabs share, with the browser's own locks, database and channels: `tabs.js` beside the ports.

use super::fakes::{host_of_tabs, sleep, web_around};
use core::task::Poll;
use js_sys::Array;
use tokenward::core::session::message::Mark;
use tokenward::ports::{Change, Tabs as _};
use tokenward::web::Web;
use wasm_bindgen_test::wasm_bindgen_test as test;

fn tab(name: &str, heard: &Array) -> Web {
    web_around(host_of_tabs(name, heard))
}

fn mark(generation: u32, over: bool, written: bool) -> Mark {
    Mark { generation, over, written }
}

/// R02
#[test]
async fn the_mark_counts_on_in_one_step_and_only_from_where_it_is() {
    let (one, other) = (tab("marks", &Array::new()), tab("marks", &Array::new()));
    assert_eq!(one.mark(Change::None, 0).await.unwrap(), mark(0, false, false));
    assert_eq!(one.mark(Change::Next(None), 0).await.unwrap(), mark(1, false, true));
    assert_eq!(other.mark(Change::Next(Some(0)), 0).await.unwrap(), mark(1, false, false), "one is behind");
    assert_eq!(other.mark(Change::Next(Some(1)), 0).await.unwrap(), mark(2, false, true));
    assert_eq!(one.mark(Change::Over(Some(1)), 0).await.unwrap(), mark(2, false, false), "not that session");
    assert_eq!(one.mark(Change::Over(None), 0).await.unwrap(), mark(3, true, true));
    assert_eq!(other.mark(Change::None, 0).await.unwrap(), mark(3, true, false));
    assert_eq!(other.mark(Change::Next(None), 0).await.unwrap(), mark(4, false, true));
    assert_eq!(one.mark(Change::Next(None), 8).await.unwrap(), mark(9, false, true), "the browser lost some");
    assert_eq!(other.mark(Change::Over(None), 2).await.unwrap(), mark(10, true, true));
    assert_eq!(
        tab("marks of another client", &Array::new()).mark(Change::None, 0).await.unwrap(),
        mark(0, false, false)
    );
}

/// R02; forty at once, and each count is given once.
#[test]
async fn two_tabs_never_get_the_same_count() {
    let tabs = [tab("race", &Array::new()), tab("race", &Array::new())];
    let mut counts = Vec::new();
    for _ in 0..20 {
        let mut waiting = tabs.each_ref().map(|tab| Some(Box::pin(tab.mark(Change::Next(None), 0))));
        core::future::poll_fn(|context| {
            for wait in &mut waiting {
                if let Some(Poll::Ready(mark)) = wait.as_mut().map(|wait| wait.as_mut().poll(context)) {
                    counts.push(mark.unwrap().generation);
                    *wait = None;
                }
            }
            if waiting.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=40).collect::<Vec<u32>>());
}

/// R02
#[test]
async fn one_tab_has_the_lock_and_the_next_gets_it_when_it_is_given_back() {
    let (one, other) = (tab("lock", &Array::new()), tab("lock", &Array::new()));
    assert!(one.lock().await);
    let waits = other.lock();
    sleep(20).await;
    one.unlock();
    assert!(waits.await);
    other.unlock();
    assert!(one.lock().await);
    one.unlock();
}

#[test]
async fn who_gives_up_waiting_does_not_get_the_lock() {
    let (one, other) = (tab("given up", &Array::new()), tab("given up", &Array::new()));
    assert!(one.lock().await);
    let mut waits = Box::pin(other.lock());
    assert!(core::future::poll_fn(|context| Poll::Ready(waits.as_mut().poll(context))).await.is_pending());
    other.unlock();
    assert!(!waits.await);
    one.unlock();
    assert!(other.lock().await, "and may try again");
    other.unlock();
}

#[test]
async fn what_one_tab_says_the_others_hear_and_not_itself() {
    let (own, others, strangers) = (Array::new(), Array::new(), Array::new());
    let (one, _other, _stranger) = (tab("say", &own), tab("say", &others), tab("say nothing", &strangers));
    one.say("hello");
    for _ in 0..100 {
        if others.length() > 0 {
            break;
        }
        sleep(20).await;
    }
    assert_eq!(others.get(0).as_string().as_deref(), Some("hello"));
    assert_eq!((own.length(), strangers.length()), (0, 0));
}
