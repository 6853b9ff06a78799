//! Finding repetitions: hash chains over a sliding window, with lazy matching.

use super::Token;
use super::block::BlockWriter;

const WINDOW: usize = 1 << 15;
const MIN_MATCH: usize = 4;
const MAX_MATCH: usize = 258;
const BLOCK_TOKENS: usize = 1 << 14;
const HASH_BITS: u32 = 17;
/// From this length on a match is good enough not to look for a better one at the next byte, ...
const LAZY: usize = 16;
/// ... or not at all.
const NICE: usize = 128;
/// Candidates looked at.
const CHAIN: usize = 128;
/// Matches of the least length are not worth a longer distance.
const MAX_SHORT_DISTANCE: usize = 4096;

pub(super) struct Matcher<'b> {
    bytes: &'b [u8],
    /// What can be looked at: twice the window, moved on by one window at a time.
    start: usize,
    end: usize,
    at: usize,
    /// One more than the last position with a hash, and than the one before each position; zero for none.
    heads: Vec<u32>,
    previous: Vec<u32>,
    /// The newest candidate; it stays where the end of the text leaves no hash to look up.
    candidate: u32,
    found: Found,
    has_pending_byte: bool,
    tokens: Vec<Token>,
    block_start: usize,
}

#[derive(Clone, Copy)]
struct Found {
    length: usize,
    distance: usize,
}

const NOTHING: Found = Found { length: MIN_MATCH - 1, distance: 0 };

impl<'b> Matcher<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self {
            bytes,
            start: 0,
            end: bytes.len().min(2 * WINDOW),
            at: 0,
            heads: vec![0; 1 << HASH_BITS],
            previous: vec![0; WINDOW],
            candidate: 0,
            found: NOTHING,
            has_pending_byte: false,
            tokens: Vec::with_capacity(BLOCK_TOKENS),
            block_start: 0,
        }
    }

    pub fn run(&mut self, writer: &mut BlockWriter) {
        while self.end < self.bytes.len() {
            while self.end - self.at >= MIN_MATCH + MAX_MATCH {
                self.step(writer);
            }
            self.start += WINDOW;
            self.end = self.bytes.len().min(self.start + 2 * WINDOW);
        }
        while self.at < self.end {
            self.step(writer);
        }
        if self.has_pending_byte {
            self.tokens.push(Token::Literal(self.bytes[self.at - 1]));
        }
        if !self.tokens.is_empty() {
            self.write_block(self.at, writer);
        }
    }

    /// Looks at one position: either the match found before it is taken, or it may be beaten from here.
    fn step(&mut self, writer: &mut BlockWriter) {
        let ahead = self.end - self.at;
        if let Some(earlier) = self.insert(self.at) {
            self.candidate = earlier;
        }
        let before = std::mem::replace(&mut self.found, NOTHING);
        let oldest = self.at.saturating_sub(WINDOW).max(self.start);
        let has_candidate = self.candidate as usize > oldest;
        if has_candidate && ahead > before.length && before.length < LAZY {
            self.found = self.longest(ahead);
        }
        if before.length >= MIN_MATCH && self.found.length <= before.length {
            let (length, distance) = (before.length as u16, before.distance as u16);
            self.tokens.push(Token::Match { length, distance });
            let next = self.at + before.length - 1;
            for at in self.at + 1..next {
                self.insert(at);
            }
            self.at = next.max(self.at + 1);
            self.has_pending_byte = false;
            self.found = NOTHING;
            if self.tokens.len() == BLOCK_TOKENS {
                self.write_block(self.at, writer);
            }
            return;
        }
        if self.has_pending_byte {
            self.tokens.push(Token::Literal(self.bytes[self.at - 1]));
            if self.tokens.len() == BLOCK_TOKENS {
                self.write_block(self.at, writer);
            }
        }
        self.at += 1;
        self.has_pending_byte = true;
    }

    /// Puts a position at the head of its chain and gives the head that it replaces. Nothing at the very end.
    fn insert(&mut self, at: usize) -> Option<u32> {
        if at + MIN_MATCH > self.end {
            return None;
        }
        let word = u32::from_be_bytes(self.bytes[at..at + MIN_MATCH].try_into().expect("these are four bytes"));
        let head = &mut self.heads[(word.wrapping_mul(0x1e35_a7bd) >> (32 - HASH_BITS)) as usize];
        let earlier = std::mem::replace(head, at as u32 + 1);
        self.previous[at % WINDOW] = earlier;
        Some(earlier)
    }

    fn longest(&self, ahead: usize) -> Found {
        let (bytes, at) = (self.bytes, self.at);
        let most = ahead.min(MAX_MATCH);
        let nice = NICE.min(most);
        let oldest = at as i64 - WINDOW as i64;
        let mut best = NOTHING;
        let mut candidate = i64::from(self.candidate) - 1;
        for _ in 0..CHAIN {
            let from = candidate as usize;
            if bytes[from + best.length] == bytes[at + best.length] {
                let length = (0..most).take_while(|index| bytes[from + index] == bytes[at + index]).count();
                let distance = at - from;
                if length > best.length && (length > MIN_MATCH || distance <= MAX_SHORT_DISTANCE) {
                    best = Found { length, distance };
                    if length >= nice {
                        break;
                    }
                }
            }
            if candidate == oldest {
                break;
            }
            candidate = i64::from(self.previous[from % WINDOW]) - 1;
            if candidate < oldest.max(self.start as i64) {
                break;
            }
        }
        best
    }

    /// The bytes themselves are only at hand while the window holds all of them.
    fn write_block(&mut self, end: usize, writer: &mut BlockWriter) {
        let plain = (self.block_start >= self.start).then(|| &self.bytes[self.block_start..end]);
        self.block_start = end;
        writer.write(&self.tokens, plain);
        self.tokens.clear();
    }
}
