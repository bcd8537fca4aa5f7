//! Virtual time: tasks, a clock that jumps to the next thing to do, and chances from a seed.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Milliseconds since the epoch when a simulation begins.
pub(super) const START_MS: u64 = 1_800_000_000_000;

#[derive(Default)]
pub(super) struct Sim {
    now_ms: Cell<u64>,
    seed: Cell<u64>,
    /// When, and in which order those of one moment.
    alarms: RefCell<BinaryHeap<Reverse<(u64, u64)>>>,
    sleepers: RefCell<Vec<(u64, Waker)>>,
    begun: RefCell<Vec<Work>>,
    order: Cell<u64>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Sim {
    pub(super) fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self { seed: Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1), ..Self::default() })
    }

    /// Milliseconds since the beginning.
    pub(super) fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    /// A number below `end` (xorshift64*).
    pub(super) fn below(&self, end: u64) -> u64 {
        let mut x = self.seed.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.seed.set(x);
        (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end.max(1)
    }

    pub(super) fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.begun.borrow_mut().push(Box::pin(work));
    }

    pub(super) async fn sleep(&self, milliseconds: u64) {
        let at = self.now_ms() + milliseconds;
        let order = self.order.get();
        self.order.set(order + 1);
        self.alarms.borrow_mut().push(Reverse((at, order)));
        std::future::poll_fn(|context| {
            if self.now_ms() >= at {
                return Poll::Ready(());
            }
            let mut sleepers = self.sleepers.borrow_mut();
            sleepers.retain(|(number, _)| *number != order);
            sleepers.push((order, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Runs all tasks until nobody has anything to do.
    pub(super) fn run(&self) {
        let mut tasks: Vec<(Arc<Flag>, Work)> = Vec::new();
        loop {
            loop {
                let begun = std::mem::take(&mut *self.begun.borrow_mut());
                tasks.extend(begun.into_iter().map(|work| (Arc::new(Flag(AtomicBool::new(true))), work)));
                let mut has_run = false;
                tasks.retain_mut(|(flag, work)| {
                    if !flag.0.swap(false, Ordering::Relaxed) {
                        return true;
                    }
                    has_run = true;
                    let waker = Waker::from(Arc::clone(flag));
                    work.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
                });
                if !has_run && self.begun.borrow().is_empty() {
                    break;
                }
            }
            let Some(Reverse((at, order))) = self.alarms.borrow_mut().pop() else { return };
            self.now_ms.set(self.now_ms().max(at));
            let due = self.sleepers.borrow().iter().position(|(number, _)| *number == order);
            if let Some(due) = due {
                let (_, waker) = self.sleepers.borrow_mut().swap_remove(due);
                waker.wake();
            }
        }
    }

    /// Runs one piece of work to its end, and whatever it began beside.
    pub(super) fn wait_for<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> T {
        let done = Rc::new(RefCell::new(None));
        let place = Rc::clone(&done);
        self.spawn(async move {
            let value = work.await;
            place.borrow_mut().replace(value);
        });
        self.run();
        let value = done.borrow_mut().take();
        value.unwrap_or_else(|| panic!("it never ends"))
    }
}
