// The protections of the session, one at a time, and how each is taken out of the source. mutants.mjs does it.
const machine = "src/core/session/machine.rs";
const tabs = "src/core/session/tabs.rs";
const refresh = "src/core/session/refresh.rs";
const restricted = "src/core/session/restricted.rs";
const trouble = "src/core/session/trouble.rs";
const waiters = "src/core/session/waiters.rs";

const TAKE_LOCK = `            self.step = Step::Locking;
            self.effects.push(Effect::StartTimer(LOCK_PATIENCE_MS));
            self.effects.push(Effect::Errand(Errand::TakeLock { epoch: self.epoch }));
`;
const WRITE_DOWN = "        self.effects.push(Effect::Errand(Errand::Advance { epoch: self.epoch, from }));\n";
const PERSIST = "            self.effects.push(Effect::Persist { tokens: Rc::clone(&tokens), generation });\n        }\n";
const STORE_LATE = `        }
        let number = from.unwrap_or_else(|| self.seen.max(self.generation)).saturating_add(1);
        let late = (!matches!(origin, Origin::Store { .. })).then(|| Effect::Persist { tokens: Rc::clone(&tokens), generation: number });
`;
const OFFER_EARLY = `        let generation = from.map_or(0, |from| from.saturating_add(1));
        self.effects.push(Effect::Say(Message::Offer { generation, tokens: Rc::clone(&tokens) }));
`;
const epochChecked = (input, call) => `${input} => {
                if epoch == self.epoch {
                    ${call}`;

/** What is taken out, and as `[file, text, replacement]` how. */
export const MUTANTS = {
  "no lock": [[tabs, TAKE_LOCK, "            self.send_refresh();\n"]],
  "no generation check": [[tabs, "            Some(_) => self.ask(),\n        }\n    }\n", "            Some(_) => self.send_refresh(),\n        }\n    }\n"]],
  "told before it is written down": [[tabs, WRITE_DOWN, OFFER_EARLY + WRITE_DOWN]],
  "written down before it is stored": [[tabs, PERSIST + WRITE_DOWN, `${STORE_LATE}${WRITE_DOWN}            self.effects.extend(late);\n`]],
  "what was written down is not stored": [[tabs, PERSIST + WRITE_DOWN, `        }\n${WRITE_DOWN}`]],
  "no back-off": [[trouble, "let delay_ms = retry_delay_ms(attempt, random, error.retry_after_s);", "let delay_ms = 0; let _ = random;"]],
  "no Retry-After": [[refresh, "u64::from(asked_s.unwrap_or(0).min(LONGEST_ASKED_S))", "u64::from(asked_s.unwrap_or(0) & 1)"]],
  "others are not told to wait": [[trouble, "            self.warn();\n", ""]],
  "what others are told is not heeded": [[tabs, "Message::Wait { generation, failure } => self.heed(generation, failure, now),", "Message::Wait { .. } => {}"]],
  "no timer cancel": [
    [machine, "        self.effects.push(Effect::StopTimer);\n        self.effects.push(Effect::Erase(key));", "        self.effects.push(Effect::Erase(key));"],
    [machine, "        self.effects.push(Effect::StopTimer);\n    }\n\n    /// Leaves what is under way.", "    }\n\n    /// Leaves what is under way."],
  ],
  "the lock is not given back": [[machine, "            self.leave();\n            self.effects.push(Effect::DropLock);\n", "            self.leave();\n"]],
  "the lock is not given back after the end": [[tabs, "        self.effects.push(Effect::DropLock);\n    }\n\n    /// Takes in what another tab said.", "    }\n\n    /// Takes in what another tab said."]],
  "late tokens are taken": [[machine, epochChecked("Input::Refreshed { epoch, tokens }", "self.advance"), epochChecked("Input::Refreshed { epoch, tokens }", "self.advance").replace("epoch == self.epoch", "epoch <= self.epoch")]],
  "a late lock is used": [[machine, epochChecked("Input::LockTaken { epoch, mark }", "self.lock_taken"), epochChecked("Input::LockTaken { epoch, mark }", "self.lock_taken").replace("epoch == self.epoch", "epoch <= self.epoch")]],
  "an end is not heeded": [[tabs, "            Message::Over { generation, expired } => {\n                if generation > self.generation", "            Message::Over { generation, expired } => {\n                if generation > self.generation.saturating_add(1000)"]],
  "an end under the lock is not heeded": [[tabs, "            Some(mark) if mark.over => self.end_with(mark),\n            Some(_) => self.ask()", "            Some(_) => self.ask()"]],
  "older tokens are taken": [[tabs, "if generation > self.generation && self.closing.is_none() && !busy", "if generation > 0 && self.closing.is_none() && !busy"]],
  "tokens are taken while signing out": [[tabs, "if generation > self.generation && self.closing.is_none() && !busy", "if generation > self.generation && !busy"]],
  "a refusal ends a newer session": [[tabs, "from: expired.then_some(self.generation)", "from: expired.then_some(u32::MAX - 1).filter(|_| false)"]],
  "silent tokens undo a sign-out": [[tabs, "Origin::SignIn { silent: true, .. } => Some(self.seen)", "Origin::SignIn { silent: true, .. } => None"]],
  "a sign-in gives up the lock": [[machine, "None => self.leave(),", "None => self.abandon(),"]],
  "others' failures end the rest": [[tabs, "if live.tokens.has_access_token_of(&tokens) =>", "if live.tokens.has_access_token_of(&tokens) && false =>"]],
  "an early end is forgotten": [[tabs, "if mark.generation < self.generation {", "if mark.generation.saturating_add(1000) < self.generation {"]],
  "an end is not heeded while signing out": [[tabs, "            Message::Over { generation, expired } => {\n                if generation > self.generation {", "            Message::Over { generation, expired } => {\n                if generation > self.generation && self.closing.is_none() {"]],
  "only the first of two sign-outs counts": [[tabs, "            self.end_as_told(Reason::SignOut);\n", ""]],
  "what is stored is not waited for": [[tabs, "Step::Idle => matches!(self.state, State::Loading { .. }),", "Step::Idle => false,"]],
  "nobody is told of the end of waiting": [[machine, "        self.refuse_all(&cause);\n        self.effects.push(Effect::Report", "        self.effects.push(Effect::Report"]],
  "waiting for the lock never ends": [[tabs, "self.answer_all_the_same(&Error::new(Kind::TimedOut).during(Phase::Refresh), now);", "let _ = now;"]],
  "dead tokens are given": [[waiters, "now.since(tokens.received) < schedule.stale_after_ms.min(wanted)", "now.since(tokens.received) < schedule.stale_after_ms.min(wanted).saturating_mul(2)"]],
  "nobody answers a question": [[tabs, "if generation < self.generation {\n                    self.offer();", "if generation > self.generation {\n                    self.offer();"]],
  "the session's own token is given for less": [[restricted, "match live.other_than_own(restriction) {", "match live.other_than_own(restriction).filter(|_| false) {"]],
};
