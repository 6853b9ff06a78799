//! Escaping blocks: `_ { ... }` in a block whose own arguments share a name space with somebody else's.

use super::body::joined;
use super::reading::Reading;
use crate::syntax::{Block, Body};

/// The block `_ { ... }`, whose content is for the type, module or provider even where a name would be a meta-argument.
pub(super) struct Escape {
    /// What the escaped arguments are, up to and including "only one such block".
    meaning: &'static str,
    first: Option<Block>,
}

impl Escape {
    pub fn new(meaning: &'static str) -> Self {
        Self { meaning, first: None }
    }

    pub fn take(&mut self, block: &Block, reading: &mut Reading) {
        match &self.first {
            None => self.first = Some(block.clone()),
            Some(first) => {
                let detail = format!(
                    "The special block type \"_\" can be used to force particular arguments to be interpreted as {}. The first escaping block was at {}.",
                    self.meaning,
                    first.header_span().mention()
                );
                reading.error("Duplicate escaping block", detail, block.header_span());
            }
        }
    }

    pub fn merge_into(self, body: Body) -> Body {
        match self.first {
            None => body,
            Some(escaped) => joined(&body, &escaped.body),
        }
    }
}
