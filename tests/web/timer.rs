//! The timer, which the host keeps, and work in the background.

use super::fakes::{host_told, sleep, web, web_around};
use js_sys::Array;
use std::cell::RefCell;
use std::rc::Rc;
use tokenward::ports::{Records as _, Timer as _};
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_host_is_told_when_to_wake_and_when_not_to() {
    let told = Array::new();
    let web = web_around(host_told(&told));
    web.start_timer(50);
    web.stop_timer();
    let told: Vec<String> = told.iter().filter_map(|line| line.as_string()).collect();
    assert_eq!(told, ["sleep 50 ", "sleep  "]);
}

#[test]
async fn work_in_the_background_runs_to_its_end() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let inner = Rc::clone(&seen);
    let web = Rc::new(web_around(host_told(&Array::new())));
    let around = Rc::clone(&web);
    web.spawn(Box::pin(async move {
        inner.borrow_mut().push("begun");
        around.load_record("x").await;
        inner.borrow_mut().push("answered");
    }));
    assert_eq!(*seen.borrow(), ["begun"]);
    sleep(20).await;
    assert_eq!(*seen.borrow(), ["begun", "answered"]);
}

#[test]
async fn what_one_task_brings_about_another_sees() {
    let (web, done) = (Rc::new(web()), Rc::new(RefCell::new(false)));
    let (first, second) = (Rc::clone(&done), Rc::clone(&done));
    let waiting = tokenward::driver::waiting::Waiting::default();
    let brought = waiting.clone();
    web.spawn(Box::pin(async move {
        waiting.await;
        *first.borrow_mut() = true;
    }));
    assert!(!*done.borrow());
    web.spawn(Box::pin(async move { brought.complete(()) }));
    assert!(*second.borrow(), "at once");
}

#[test]
fn what_no_task_brings_about_is_seen_with_the_next_look() {
    let (web, done) = (web(), Rc::new(RefCell::new(false)));
    let (waiting, inner) = (tokenward::driver::waiting::Waiting::default(), Rc::clone(&done));
    let brought = waiting.clone();
    web.spawn(Box::pin(async move {
        waiting.await;
        *inner.borrow_mut() = true;
    }));
    brought.complete(());
    assert!(!*done.borrow());
    tokenward::web::tasks::catch_up();
    assert!(*done.borrow());
}
