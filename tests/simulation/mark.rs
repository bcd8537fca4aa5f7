//! What is written down for all tabs: one value, changed in single steps.

use tokenward::core::session::message::Mark;
use tokenward::ports::Change;

#[derive(Clone, Debug, Default)]
pub struct Register {
    /// Nothing can be written or read.
    pub is_broken: bool,
    pub mark: Mark,
}

impl Register {
    /// Changes the value as `tokenward::ports::Tabs::mark` has it, and says what is there then.
    pub fn change(&mut self, change: Change) -> Option<Mark> {
        if self.is_broken {
            return None;
        }
        let generation = self.mark.generation;
        let next = match change {
            Change::None => None,
            Change::Next(None) => Some(generation + 1),
            Change::Next(Some(from)) => (generation <= from).then_some(from + 1),
            Change::Over(from) => from.is_none_or(|from| generation <= from).then_some(from.unwrap_or(generation) + 1),
        };
        if let Some(generation) = next {
            self.mark = Mark { generation, over: matches!(change, Change::Over(_)), written: false };
        }
        Some(Mark { written: next.is_some(), ..self.mark })
    }
}
