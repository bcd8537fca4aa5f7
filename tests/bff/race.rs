//! Many browsers, whose tokens end every few seconds, over isolates that share nothing but a store.

use super::jar::Jar;
use super::sim::Sim;
use super::world::{PAGE, Ports, World, asked, sign_in};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokenward::core::bff::headers::Headers;
use tokenward::edge::bff::{Bff, Handled, Passed};

const BROWSERS: u64 = 24;
const LASTS_MS: u64 = 60_000;
const LIFETIME_S: u64 = 5;
const GIVES_UP_MS: u64 = 27_000;

#[derive(Default)]
struct Count {
    served: Cell<u64>,
    /// Told that nobody is signed in.
    dead: Cell<u64>,
    /// Sent on with a token that the API does not take.
    refused: Cell<u64>,
    /// Told to come again.
    put_off: Cell<u64>,
    /// Given up by the browser, or lost with its isolate.
    lost: Cell<u64>,
}

fn add(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

/// One call of an API, with the cookies that the browser had when it began.
async fn call(world: &World, bff: &Bff<Ports>, jar: &RefCell<Jar>, cookie: String, count: &Count) {
    let passage = match bff.handle(asked("GET", "/api/x", &PAGE, &cookie, "")).await {
        Handled::Pass(passage) => passage,
        Handled::Answer(answer) => {
            return add(match answer.status {
                503 | 504 => &count.put_off,
                401 => &count.dead,
                status => panic!("{status}"),
            });
        }
        Handled::NotOurs => panic!("not ours"),
    };
    let token = passage.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.secret().to_owned();
    let takes = world.takes(&token);
    // Some APIs take long, so that answers come in another order than they were asked for.
    world.sim.sleep(world.sim.below(if world.sim.chance(5) { 8_000 } else { 60 })).await;
    let status = if takes { 200 } else { 401 };
    match bff.settle(*passage, status, &Headers::default(), false).await {
        Passed::Down(headers) => {
            for (_, value) in headers.iter().filter(|(name, _)| name == "set-cookie") {
                jar.borrow_mut().take_one(value);
            }
            add(if takes { &count.served } else { &count.refused });
        }
        other => panic!("{other:?}"),
    }
}

/// The same, which the browser gives up after a while, and everything with it that was begun.
async fn call_or_crash(world: &World, work: impl Future<Output = ()>, count: &Count) {
    let mut work = std::pin::pin!(work);
    let mut end = std::pin::pin!(world.sim.sleep(GIVES_UP_MS));
    let is_done = std::future::poll_fn(|context| {
        if work.as_mut().poll(context).is_ready() {
            return std::task::Poll::Ready(true);
        }
        end.as_mut().poll(context).map(|()| false)
    })
    .await;
    if !is_done {
        add(&count.lost);
    }
}

async fn browse(world: Rc<World>, isolates: Vec<Rc<Bff<Ports>>>, name: String, count: Rc<Count>) {
    let sim: &Sim = &world.sim;
    sim.sleep(sim.below(3_000)).await;
    let jar = Rc::new(RefCell::new(Jar::default()));
    assert_eq!(sign_in(&world, &isolates[0], &jar, &name).await.status, 200);
    let mut before = jar.borrow().header();
    while sim.now_ms() < LASTS_MS {
        let now = jar.borrow().header();
        for _ in 0..=sim.below(5) {
            let cookie = if sim.chance(40) { before.clone() } else { now.clone() };
            let bff = Rc::clone(&isolates[usize::from(sim.chance(50))]);
            let (world, jar, count) = (Rc::clone(&world), Rc::clone(&jar), Rc::clone(&count));
            sim.spawn(async move {
                world.sim.sleep(world.sim.below(20)).await;
                let work = call(&world, &bff, &jar, cookie, &count);
                call_or_crash(&world, work, &count).await;
            });
        }
        before = now;
        sim.sleep(500 + sim.below(2_500)).await;
    }
}

fn race(seed: u64, more: &str, lost_percent: u64, fault_percent: u64) -> (Rc<World>, Rc<Count>) {
    let mut world = World::new(seed);
    world.store_ms = 20;
    let world = Rc::new(world);
    world.provider.lifetime_s.set(LIFETIME_S);
    world.provider.answer_ms.set(400);
    world.provider.lost_percent.set(lost_percent);
    world.provider.fault_percent.set(fault_percent);
    let isolates = vec![world.isolate(more), world.isolate(more)];
    let count = Rc::new(Count::default());
    for number in 0..BROWSERS {
        world.sim.spawn(browse(Rc::clone(&world), isolates.clone(), format!("u{number}"), Rc::clone(&count)));
    }
    world.sim.run();
    (world, count)
}

/// Each browser has its tokens renewed at half their life, with one request for all of them. Where things go wrong, some wait
/// in vain, and a few present a token in the last moments of its life.
#[expect(clippy::print_stdout, reason = "the figures are what the run is for")]
fn judge(name: &str, (world, count): &(Rc<World>, Rc<Count>), goes_wrong: bool) {
    let refreshes = world.provider.refreshes.get();
    let Count { served, dead, refused, put_off, lost } = &**count;
    println!(
        "{name}: {} served, {} put off, {} lost, {} refused, {} dead; {refreshes} refreshes, {} families ended",
        served.get(),
        put_off.get(),
        lost.get(),
        refused.get(),
        dead.get(),
        world.provider.ended.borrow().len()
    );
    assert_eq!((dead.get(), world.provider.ended.borrow().len()), (0, 0), "{name}");
    assert!(served.get() > BROWSERS * LASTS_MS / 1_000, "{name}");
    assert!(refreshes <= BROWSERS * (LASTS_MS / (LIFETIME_S * 500) + 1), "{name}: {refreshes}");
    assert!(refreshes >= BROWSERS * LASTS_MS / (LIFETIME_S * 1_000) / 2, "{name}: {refreshes}");
    if goes_wrong {
        assert!(refused.get() <= served.get() / 100 && lost.get() > 0, "{name}");
    } else {
        assert_eq!((refused.get(), put_off.get(), lost.get()), (0, 0, 0), "{name}");
    }
}

#[test]
fn nobody_is_signed_out_by_cookies_one_generation_old() {
    for seed in 1..=2 {
        judge("cookie", &race(seed, "", 0, 0), false);
        judge("store", &race(seed, r#","hasStore":true"#, 0, 0), false);
    }
}

/// Leaders that end after they took the lease, and a provider with faults.
#[test]
fn nobody_is_signed_out_by_leaders_that_end_and_faults_that_pass() {
    for seed in 11..=12 {
        judge("cookie, crashes", &race(seed, "", 3, 5), true);
        judge("store, crashes", &race(seed, r#","hasStore":true"#, 3, 5), true);
    }
}
