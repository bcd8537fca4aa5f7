//! What the machine asks for, done.

use super::exchange::{FailedRefresh, Refreshed};
use super::session::Session;
use super::waiting::Waiting;
use crate::core::base::error::{Phase, Result};
use crate::core::oauth::authorize::SignInOptions;
use crate::core::oauth::restriction::Restriction;
use crate::core::session::effect::{Effect, Errand, Input, Waiter};
use crate::core::session::message::Message;
use crate::core::session::tokens::{TokenSet, write_record};
use crate::ports::{Change, Ports, Window};
use std::rc::Rc;

impl<P: Ports> Session<P> {
    /// Tells the machine, and performs what it asks for. A listener that calls back in from within is heard afterwards.
    pub(super) fn tell(self: &Rc<Self>, input: Input) {
        let is_answer = matches!(
            input,
            Input::Refreshed { .. } | Input::Restricted { .. } | Input::RefreshFailed { .. } | Input::Advanced { .. }
        );
        if self.disposed.get() && !is_answer {
            return;
        }
        self.inputs.borrow_mut().push(input);
        if self.busy.replace(true) {
            return;
        }
        while let Some(effects) = self.next_effects() {
            for effect in effects {
                if !self.disposed.get() || effect.is_owed() {
                    self.perform(effect);
                }
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
            Effect::DropLock => self.ports.unlock(),
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
            Effect::StartTimer(delay_ms) => self.ports.start_timer(delay_ms),
            Effect::StopTimer => self.ports.stop_timer(),
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
            Effect::Errand(errand) => {
                let session = Rc::clone(self);
                self.ports.spawn(Box::pin(async move {
                    if let Some(input) = session.run(errand).await {
                        session.tell(input);
                    }
                }));
            }
        }
    }

    /// Runs an errand to its end, and gives what the machine is to be told of it.
    async fn run(&self, errand: Errand) -> Option<Input> {
        let change = match &errand {
            Errand::SendRefresh { epoch, current, restriction } => {
                let outcome = self.refresh(current, restriction.as_ref()).await;
                return Some(self.as_input(*epoch, outcome));
            }
            Errand::AskProvider { epoch } => {
                let options = SignInOptions { prompt: Some("none".to_owned()), ..SignInOptions::default() };
                return Some(match self.sign_in(options, Some(Window::Frame)).await {
                    Ok(tokens) => Input::SignedIn { epoch: Some(*epoch), tokens: tokens?, return_to: None },
                    Err(error) => Input::NotSignedIn { epoch: *epoch, error, random: self.random() },
                });
            }
            // Nobody would give the lock back.
            Errand::TakeLock { .. } if self.disposed.get() || !self.ports.lock().await => return None,
            Errand::TakeLock { .. } | Errand::Look => Change::None,
            Errand::Advance { from, .. } => Change::Next(*from),
            Errand::Close { from } => Change::Over(*from),
        };
        let mark = self.ports.mark(change).await;
        match errand {
            Errand::TakeLock { epoch } => Some(Input::LockTaken { epoch, mark }),
            Errand::Advance { epoch, .. } => Some(Input::Advanced { epoch, mark }),
            Errand::Close { .. } => Some(Input::Closed(mark)),
            _ => mark.map(Input::Looked),
        }
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

    async fn refresh(
        &self,
        current: &TokenSet,
        restriction: Option<&Restriction>,
    ) -> core::result::Result<Refreshed, FailedRefresh> {
        let metadata = self
            .provider()
            .await
            .map_err(|error| FailedRefresh { error: error.during(Phase::Refresh), rotated: None })?;
        self.exchange.refresh(&self.ports, &self.config, &metadata, current, restriction).await
    }

    fn as_input(&self, epoch: u32, outcome: core::result::Result<Refreshed, FailedRefresh>) -> Input {
        match outcome {
            Ok(Refreshed { tokens, restricted: None }) => Input::Refreshed { epoch, tokens },
            Ok(Refreshed { tokens, restricted: Some((restriction, restricted)) }) => {
                Input::Restricted { epoch, tokens, restriction, restricted }
            }
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
