//! What the machine asks for, done.

use super::exchange::FailedRefresh;
use super::session::Session;
use super::waiting::Waiting;
use crate::core::base::error::Result;
use crate::core::session::effect::{Effect, Input, Waiter};
use crate::core::session::message::Message;
use crate::core::session::tokens::{TokenSet, write_record};
use crate::ports::{Change, Ports};
use core::future::Future;
use std::rc::Rc;

impl<P: Ports> Session<P> {
    /// Tells the machine, and performs what it asks for. A listener that calls back in from within is heard afterwards.
    pub(super) fn tell(self: &Rc<Self>, input: Input) {
        if self.disposed.get() {
            return;
        }
        self.inputs.borrow_mut().push(input);
        if self.busy.replace(true) {
            return;
        }
        while let Some(effects) = self.next_effects() {
            for effect in effects {
                self.perform(effect);
            }
        }
        self.busy.set(false);
    }

    fn next_effects(&self) -> Option<Vec<Effect>> {
        let mut inputs = self.inputs.borrow_mut();
        if inputs.is_empty() {
            return None;
        }
        let input = inputs.remove(0);
        let mut machine = self.machine.borrow_mut();
        machine.handle(input, self.ports.now());
        Some(machine.drain())
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::TakeLock { epoch } => self.work(async move |session| {
                let taken = session.ports.lock().await;
                let mark = session.ports.mark(Change::None).await;
                taken.then_some(Input::LockTaken { epoch, mark })
            }),
            Effect::DropLock => self.ports.unlock(),
            Effect::Look => self.work(async |session| session.ports.mark(Change::None).await.map(Input::Looked)),
            Effect::Advance { epoch, from } => self.work(async move |session| {
                let mark = session.ports.mark(Change::Next(from)).await;
                Some(Input::Advanced { epoch, mark })
            }),
            Effect::Close { from } => {
                self.work(async move |session| Some(Input::Closed(session.ports.mark(Change::Over(from)).await)));
            }
            Effect::Say(message) => {
                if let Some(text) = message.write(self.metadata.borrow().as_deref()) {
                    self.ports.say(&text);
                }
            }
            Effect::Persist { tokens, generation } => {
                if let Some(metadata) = &*self.metadata.borrow() {
                    self.ports.save_record(&self.record_name(), &write_record(&tokens, metadata, generation));
                }
            }
            Effect::Erase(key) => {
                self.forget_key(key);
                self.ports.remove_record(&self.record_name());
            }
            Effect::StartTimer(delay_ms) => {
                let session = Rc::downgrade(self);
                let wake = move || {
                    if let Some(session) = session.upgrade() {
                        session.tell(Input::TimerFired);
                    }
                };
                self.ports.start_timer(delay_ms, Box::new(wake));
            }
            Effect::StopTimer => self.ports.stop_timer(),
            Effect::SendRefresh { epoch, current } => self.work(async move |session| {
                let outcome = session.refresh(&current).await;
                Some(session.as_input(epoch, outcome))
            }),
            Effect::AskProvider { epoch } => self.work(async move |session| {
                Some(match session.sign_in_silently().await {
                    Ok(tokens) => Input::SignedIn { epoch: Some(epoch), tokens, return_to: None },
                    Err(error) => Input::NotSignedIn { epoch, error, random: session.random() },
                })
            }),
            Effect::Answer(waiter, answer) => {
                if let Some(waiting) = self.take_waiting(waiter) {
                    waiting.complete(answer);
                }
            }
            Effect::Publish => {
                if let Some(snapshot) = self.snapshot() {
                    self.ports.publish(&snapshot);
                }
            }
            Effect::Report(event) => self.ports.report(&event),
        }
    }

    /// Does something in the background, and tells the machine what came of it.
    fn work<F: Future<Output = Option<Input>> + 'static>(self: &Rc<Self>, work: impl FnOnce(Rc<Self>) -> F) {
        let session = Rc::clone(self);
        let work = work(Rc::clone(self));
        self.ports.spawn(Box::pin(async move {
            if let Some(input) = work.await {
                session.tell(input);
            }
        }));
    }

    /// Another tab said something.
    pub fn hear(self: &Rc<Self>, text: &str) {
        if let Some((message, metadata)) = Message::read(text, &self.config.issuer, self.ports.now()) {
            if let Some(metadata) = metadata {
                self.metadata.replace(Some(Rc::new(metadata)));
            }
            self.tell(Input::Heard(message));
        }
    }

    /// The one who asked first is answered first, and so is found first.
    fn take_waiting(&self, waiter: Waiter) -> Option<Waiting<Result<()>>> {
        let mut waiting = self.waiting.borrow_mut();
        let position = waiting.iter().position(|(id, _)| *id == waiter)?;
        Some(waiting.remove(position).1)
    }

    async fn refresh(&self, current: &TokenSet) -> core::result::Result<TokenSet, FailedRefresh> {
        let metadata = self
            .provider()
            .await
            .map_err(|error| FailedRefresh { error: error.during(crate::core::base::error::Phase::Refresh), rotated: None })?;
        self.exchange.refresh(&self.ports, &self.config, &metadata, current).await
    }

    fn as_input(&self, epoch: u32, outcome: core::result::Result<TokenSet, FailedRefresh>) -> Input {
        match outcome {
            Ok(tokens) => Input::Refreshed { epoch, tokens: Rc::new(tokens) },
            Err(FailedRefresh { error, rotated }) => {
                Input::RefreshFailed { epoch, error, rotated, random: self.random() }
            }
        }
    }

    /// Without randomness a retry is merely not spread out.
    fn random(&self) -> u8 {
        self.ports.bytes(1).unwrap_or_default().first().copied().unwrap_or_default()
    }
}
