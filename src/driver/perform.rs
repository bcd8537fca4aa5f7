//! What the machine asks for, done.

use super::exchange::{FailedRefresh, Refreshed};
use super::proven::Prover;
use super::session::Session;
use super::waiting::Waiting;
use super::way::Way;
use crate::core::base::error::Result;
use crate::core::base::json::Json;
use crate::core::oauth::dpop::DpopKey;
use crate::core::session::effect::{Effect, Errand, Input, Waiter};
use crate::core::session::message::Message;
use crate::core::session::tokens::TokenSet;
use crate::ports::{Change, Ports};
use std::rc::Rc;

impl<P: Ports, W: Way> Session<P, W> {
    /// Tells the machine, and performs what it asks for. A listener that calls back in from within is heard afterwards.
    pub(super) fn tell(self: &Rc<Self>, input: Input) {
        let is_answer = matches!(
            input,
            Input::Refreshed { .. }
                | Input::Restricted { .. }
                | Input::RefreshFailed { .. }
                | Input::Advanced { .. }
                | Input::Closed(_)
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
                let text = message.write(|tokens, generation| self.write(tokens, generation));
                if let Some(text) = text {
                    self.ports.say(&text);
                }
            }
            Effect::Persist { tokens, generation } => {
                if let Some(record) = self.write(&tokens, generation) {
                    self.ports.save_record(&self.record_name(), &record);
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
                let outcome = W::refresh(self, current, restriction.as_ref()).await;
                return Some(self.as_input(*epoch, outcome));
            }
            Errand::AskProvider { epoch } => {
                return Some(match W::ask(self).await {
                    Ok(tokens) => Input::SignedIn { epoch: Some(*epoch), tokens: tokens?, return_to: None },
                    Err(error) => W::not_signed_in(self, *epoch, error),
                });
            }
            // Nobody would give the lock back.
            Errand::TakeLock { .. } if self.disposed.get() || !self.ports.lock().await => return None,
            Errand::TakeLock { .. } | Errand::Look => Change::None,
            Errand::Advance { from, .. } => Change::Next(*from),
            Errand::Close { from } => Change::Over(*from),
        };
        let floor = self.machine.borrow().generation();
        let mark = self.ports.mark(change, floor).await;
        match errand {
            Errand::TakeLock { epoch } => Some(Input::LockTaken { epoch, mark }),
            Errand::Advance { epoch, .. } => Some(Input::Advanced { epoch, mark }),
            Errand::Close { .. } => Some(Input::Closed(mark)),
            _ => mark.map(Input::Looked),
        }
    }

    /// Another tab said something.
    pub fn hear(self: &Rc<Self>, text: &str) {
        if let Some((message, metadata)) = self.read(text) {
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

    fn write(&self, tokens: &TokenSet, generation: u32) -> Option<String> {
        W::write(&self.config, tokens, self.metadata.borrow().as_deref(), generation)
    }

    fn read(&self, text: &str) -> Option<(Message, Option<W::Source>)> {
        Message::read(text, |record| W::read(&self.config, record, self.ports.now()))
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

    /// The stored session, and its generation.
    pub(super) async fn restore(&self) -> Option<(Rc<TokenSet>, u32)> {
        let stored = Json::parse(&self.ports.load_record(&self.record_name()).await?)?;
        let record = W::read(&self.config, &stored, self.ports.now())?;
        self.metadata.replace(Some(Rc::new(record.metadata)));
        Some((Rc::new(record.tokens), record.generation))
    }

    pub(super) fn forget_key(&self, key: Option<DpopKey>) {
        if let Some(key) = key {
            Prover::forget_key(&self.ports, &key);
        }
    }

    /// Without randomness a retry is merely not spread out.
    pub(super) fn random(&self) -> u8 {
        self.ports.bytes(1).unwrap_or_default().first().copied().unwrap_or_default()
    }
}
