//! What runs in the background: every task is looked at again whenever JavaScript has answered something.
//!
//! The executor of wasm-bindgen would do, over promises; it is 2 KB larger.

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use js_sys::Function;
use std::sync::Arc;
use std::task::Wake;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static TASKS: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    static ASKED: RefCell<Vec<Asked>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Option<Function>> = const { RefCell::new(None) };
    static LAST_TICKET: Cell<u32> = const { Cell::new(0) };
    static IS_RUNNING: Cell<bool> = const { Cell::new(false) };
    static IS_STALE: Cell<bool> = const { Cell::new(false) };
}

/// What JavaScript was asked, by its ticket.
struct Asked {
    ticket: u32,
    value: Option<JsValue>,
    waker: Option<Waker>,
}

/// Has every task looked at once more.
struct Again;

impl Wake for Again {
    fn wake(self: Arc<Self>) {
        IS_STALE.set(true);
    }
}

/// The answer of JavaScript to what was begun under a ticket.
pub(super) struct Answer(u32);

impl Answer {
    /// Begins something: `begin` is given the function to answer with, and the ticket to name.
    pub(super) fn to(begin: impl FnOnce(&Function, u32)) -> Self {
        let (ticket, function) = Self::expect();
        begin(&function, ticket);
        Self(ticket)
    }

    fn expect() -> (u32, Function) {
        let ticket = LAST_TICKET.get().wrapping_add(1);
        LAST_TICKET.set(ticket);
        ASKED.with_borrow_mut(|asked| asked.push(Asked { ticket, value: None, waker: None }));
        (ticket, ANSWER.with_borrow(Clone::clone).unwrap_or_else(|| JsValue::UNDEFINED.unchecked_into()))
    }
}

impl Future for Answer {
    type Output = JsValue;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<JsValue> {
        ASKED.with_borrow_mut(|asked| {
            let Some(position) = asked.iter().position(|one| one.ticket == self.0) else {
                return Poll::Ready(JsValue::UNDEFINED);
            };
            let value = asked.get_mut(position).and_then(|one| {
                one.waker = Some(context.waker().clone());
                one.value.take()
            });
            value.map_or(Poll::Pending, |value| {
                asked.swap_remove(position);
                Poll::Ready(value)
            })
        })
    }
}

/// Names the function that JavaScript is to answer with: [`answer`].
#[wasm_bindgen(js_name = answerWith)]
pub fn answer_with(function: Function) {
    ANSWER.set(Some(function));
}

/// Answers what was asked under the ticket.
#[wasm_bindgen]
pub fn answer(ticket: u32, value: JsValue) {
    let waker = ASKED.with_borrow_mut(|asked| {
        let one = asked.iter_mut().find(|one| one.ticket == ticket)?;
        one.value = Some(value);
        one.waker.take()
    });
    if let Some(waker) = waker {
        waker.wake();
    }
    run();
}

/// Runs the task to its end, now as far as it goes.
pub fn spawn(task: Task) {
    TASKS.with_borrow_mut(|tasks| tasks.push(task));
    run();
}

/// Looks at the tasks where the wait of one has ended that nothing else will bring up: JavaScript has said something, and
/// answered nothing.
pub fn catch_up() {
    if IS_STALE.get() {
        run();
    }
}

/// Looks at every task, and again where one of them made another's wait end.
fn run() {
    IS_STALE.set(true);
    if IS_RUNNING.replace(true) {
        return;
    }
    let waker = Waker::from(Arc::new(Again));
    while IS_STALE.replace(false) {
        // What a task begins is looked at in the next round.
        let mut tasks = TASKS.take();
        tasks.retain_mut(|task| task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        TASKS.with_borrow_mut(|begun| {
            tasks.append(begun);
            *begun = tasks;
        });
    }
    IS_RUNNING.set(false);
}
