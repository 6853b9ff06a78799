//! Blocks: fixed, dynamic or stored, whichever is smallest, and the bits they are made of.

use super::Token;

const END_OF_BLOCK: usize = 256;
const LITERALS: usize = 286;
const DISTANCES: usize = 30;
const MAX_STORED: usize = 65_535;
/// The order in which the lengths of the codes for code lengths are written.
const LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// Extra bits of a repetition of the last length, of few zeros and of many.
const REPEAT_BITS: [(usize, u32); 3] = [(16, 2), (17, 3), (18, 7)];

pub(super) struct BlockWriter {
    out: Vec<u8>,
    bits: u64,
    count: u32,
}

/// A code word, its first bit lowest.
#[derive(Clone, Copy, Default)]
struct Code {
    bits: u32,
    length: u32,
}

/// A symbol and the extra bits after it.
struct Symbol {
    code: usize,
    extra: u32,
    extra_bits: u32,
}

/// 257 and on: lengths 3 to 10 one by one, then four codes for each number of extra bits; 258 has a code of its own.
fn length_symbol(length: u16) -> Symbol {
    let offset = u32::from(length) - 3;
    match offset {
        255 => Symbol { code: 285, extra: 0, extra_bits: 0 },
        0..8 => Symbol { code: 257 + offset as usize, extra: 0, extra_bits: 0 },
        _ => {
            let extra_bits = offset.ilog2() - 2;
            let code = 257 + 4 * extra_bits + (offset >> extra_bits);
            Symbol { code: code as usize, extra: offset & ((1 << extra_bits) - 1), extra_bits }
        }
    }
}

/// Distances 1 to 4 one by one, then two codes for each number of extra bits.
fn distance_symbol(distance: u16) -> Symbol {
    let offset = u32::from(distance) - 1;
    if offset < 4 {
        return Symbol { code: offset as usize, extra: 0, extra_bits: 0 };
    }
    let extra_bits = offset.ilog2() - 1;
    let code = 2 * extra_bits + (offset >> extra_bits);
    Symbol { code: code as usize, extra: offset & ((1 << extra_bits) - 1), extra_bits }
}

impl BlockWriter {
    pub fn new(out: Vec<u8>) -> Self {
        Self { out, bits: 0, count: 0 }
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.align();
        self.out
    }

    fn put(&mut self, bits: u32, count: u32) {
        self.bits |= u64::from(bits) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.out.push(self.bits as u8);
            self.bits >>= 8;
            self.count -= 8;
        }
    }

    fn put_code(&mut self, code: Code) {
        self.put(code.bits, code.length);
    }

    fn align(&mut self) {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
    }

    pub fn stored_header(&mut self, length: u16, is_last: bool) {
        self.put(u32::from(is_last), 3);
        self.align();
        self.put(u32::from(length), 16);
        self.put(u32::from(!length), 16);
    }

    /// Writes a block of tokens, with the bytes they stand for where those are at hand.
    pub fn write(&mut self, tokens: &[Token], plain: Option<&[u8]>) {
        let plain = plain.filter(|plain| plain.len() <= MAX_STORED);
        let usage = Usage::of(tokens);
        let literals = Codes::of(&usage.literals, 15);
        let distances = Codes::of(&usage.distances, 15);
        let header = Header::of(&literals, &distances, &usage);
        // Extra bits weigh on both codings alike, and so count only against the bytes as they are.
        let extra = if plain.is_some() { usage.extra_bits } else { 0 };
        let fixed = (Codes::fixed_literals(), Codes::fixed_distances());
        let fixed_size = 3 + fixed.0.size(&usage.literals) + fixed.1.size(&usage.distances) + extra;
        let dynamic_size = header.size() + literals.size(&usage.literals) + distances.size(&usage.distances) + extra;
        let is_dynamic = dynamic_size < fixed_size;
        if let Some(plain) = plain
            && (plain.len() + 5) * 8 < dynamic_size.min(fixed_size)
        {
            self.stored_header(plain.len() as u16, false);
            self.out.extend_from_slice(plain);
            return;
        }
        if is_dynamic {
            self.put(4, 3);
            header.write(self);
            self.write_tokens(tokens, &literals, &distances);
        } else {
            self.put(2, 3);
            self.write_tokens(tokens, &fixed.0, &fixed.1);
        }
    }

    fn write_tokens(&mut self, tokens: &[Token], literals: &Codes, distances: &Codes) {
        for token in tokens {
            match *token {
                Token::Literal(byte) => self.put_code(literals.0[byte as usize]),
                Token::Match { length, distance } => {
                    let (length, distance) = (length_symbol(length), distance_symbol(distance));
                    self.put_code(literals.0[length.code]);
                    self.put(length.extra, length.extra_bits);
                    self.put_code(distances.0[distance.code]);
                    self.put(distance.extra, distance.extra_bits);
                }
            }
        }
        self.put_code(literals.0[END_OF_BLOCK]);
    }
}

/// How often each symbol occurs in a block.
struct Usage {
    literals: [u32; LITERALS],
    distances: [u32; DISTANCES],
    extra_bits: usize,
}

impl Usage {
    fn of(tokens: &[Token]) -> Self {
        let mut usage = Self { literals: [0; LITERALS], distances: [0; DISTANCES], extra_bits: 0 };
        usage.literals[END_OF_BLOCK] = 1;
        for token in tokens {
            match *token {
                Token::Literal(byte) => usage.literals[byte as usize] += 1,
                Token::Match { length, distance } => {
                    let (length, distance) = (length_symbol(length), distance_symbol(distance));
                    usage.literals[length.code] += 1;
                    usage.distances[distance.code] += 1;
                    usage.extra_bits += (length.extra_bits + distance.extra_bits) as usize;
                }
            }
        }
        // The tree of distances cannot be empty.
        if usage.distances.iter().all(|count| *count == 0) {
            usage.distances[0] = 1;
        }
        usage
    }

    fn used(counts: &[u32]) -> usize {
        counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1)
    }
}

/// A code word for each symbol.
struct Codes(Vec<Code>);

impl Codes {
    /// Codes of the least size for these counts, none longer than allowed.
    fn of(counts: &[u32], max_length: usize) -> Self {
        Self::from_lengths(&lengths(counts, max_length))
    }

    /// Codes in order of their lengths, and among equal ones of the symbols.
    fn from_lengths(lengths: &[u32]) -> Self {
        let mut codes = vec![Code::default(); lengths.len()];
        let mut next = 0u32;
        for length in 1..=15 {
            next <<= 1;
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, own)| **own == length) {
                codes[symbol] = Code { bits: next.reverse_bits() >> (32 - length), length };
                next += 1;
            }
        }
        Self(codes)
    }

    fn fixed_literals() -> Self {
        let length = |symbol: u32| match symbol {
            0..144 => 8,
            144..256 => 9,
            256..280 => 7,
            _ => 8,
        };
        Self::from_lengths(&(0..288).map(length).collect::<Vec<u32>>())
    }

    fn fixed_distances() -> Self {
        Self::from_lengths(&[5; DISTANCES])
    }

    fn size(&self, counts: &[u32]) -> usize {
        self.0.iter().zip(counts).map(|(code, count)| code.length as usize * *count as usize).sum()
    }
}

/// Lengths of the best code of limited length, by the package-merge method: level by level pairs of the level below are merged
/// with the symbols; in the first 2n-2 items of the last level, a symbol occurs as often as its code is long. Between a pair
/// and a symbol of equal weight the pair comes first.
fn lengths(counts: &[u32], max_length: usize) -> Vec<u32> {
    let mut lengths = vec![0; counts.len()];
    let mut symbols: Vec<usize> = (0..counts.len()).filter(|symbol| counts[*symbol] > 0).collect();
    if symbols.len() <= 2 {
        symbols.iter().for_each(|symbol| lengths[*symbol] = 1);
        return lengths;
    }
    symbols.sort_by_key(|symbol| (counts[*symbol], *symbol));
    let weights: Vec<u64> = symbols.iter().map(|symbol| u64::from(counts[*symbol])).collect();
    let depth = max_length.min(symbols.len() - 1);
    // Per level, for each item: its weight and whether it is a symbol.
    let mut levels: Vec<Vec<(u64, bool)>> = vec![weights.iter().map(|weight| (*weight, true)).collect()];
    for _ in 1..depth {
        let below = levels.last().expect("there is a first level");
        let pairs: Vec<u64> = below.chunks_exact(2).map(|pair| pair[0].0 + pair[1].0).collect();
        levels.push(merged(&weights, &pairs));
    }
    let mut wanted = 2 * symbols.len() - 2;
    for level in levels.iter().rev() {
        let taken = level[..wanted].iter().filter(|(_, is_symbol)| *is_symbol).count();
        symbols[..taken].iter().for_each(|symbol| lengths[*symbol] += 1);
        wanted = 2 * (wanted - taken);
    }
    lengths
}

fn merged(weights: &[u64], pairs: &[u64]) -> Vec<(u64, bool)> {
    let mut items = Vec::with_capacity(weights.len() + pairs.len());
    let mut pairs = pairs.iter().peekable();
    for weight in weights {
        while let Some(pair) = pairs.next_if(|pair| *pair <= weight) {
            items.push((*pair, false));
        }
        items.push((*weight, true));
    }
    items.extend(pairs.map(|pair| (*pair, false)));
    items
}

/// The lengths of a dynamic block's codes, run-length coded, with a code of their own.
struct Header {
    literals: usize,
    distances: usize,
    /// Lengths and repetitions, the latter with their extra bits.
    runs: Vec<(usize, u32)>,
    counts: [u32; 19],
    codes: Codes,
}

impl Header {
    fn of(literals: &Codes, distances: &Codes, usage: &Usage) -> Self {
        let (literal_count, distance_count) = (Usage::used(&usage.literals), Usage::used(&usage.distances));
        let all = literals.0[..literal_count].iter().chain(&distances.0[..distance_count]);
        let lengths: Vec<u32> = all.map(|code| code.length).collect();
        let runs = runs(&lengths);
        let mut counts = [0; 19];
        runs.iter().for_each(|(symbol, _)| counts[*symbol] += 1);
        let codes = Codes::of(&counts, 7);
        Self { literals: literal_count, distances: distance_count, runs, counts, codes }
    }

    /// How many lengths of the codes for lengths are written.
    fn written(&self) -> usize {
        LENGTH_ORDER.iter().rposition(|symbol| self.counts[*symbol] > 0).map_or(4, |last| (last + 1).max(4))
    }

    fn size(&self) -> usize {
        let extra = |(symbol, bits): &(usize, u32)| self.counts[*symbol] as usize * *bits as usize;
        17 + 3 * self.written() + self.codes.size(&self.counts) + REPEAT_BITS.iter().map(extra).sum::<usize>()
    }

    fn write(&self, writer: &mut BlockWriter) {
        writer.put(self.literals as u32 - 257, 5);
        writer.put(self.distances as u32 - 1, 5);
        writer.put(self.written() as u32 - 4, 4);
        for symbol in &LENGTH_ORDER[..self.written()] {
            writer.put(self.codes.0[*symbol].length, 3);
        }
        for (symbol, extra) in &self.runs {
            writer.put_code(self.codes.0[*symbol]);
            if let Some((_, bits)) = REPEAT_BITS.iter().find(|(repeat, _)| repeat == symbol) {
                writer.put(*extra, *bits);
            }
        }
    }
}

/// A length once and then in repetitions of three to six; zeros in repetitions of up to 138, and one of three to ten.
fn runs(lengths: &[u32]) -> Vec<(usize, u32)> {
    let mut runs = Vec::new();
    for group in lengths.chunk_by(|a, b| a == b) {
        let length = group[0] as usize;
        let mut count = group.len();
        if length > 0 {
            runs.push((length, 0));
            count -= 1;
            while count >= 3 {
                let taken = count.min(6);
                runs.push((16, taken as u32 - 3));
                count -= taken;
            }
        } else {
            while count >= 11 {
                let taken = count.min(138);
                runs.push((18, taken as u32 - 11));
                count -= taken;
            }
            if count >= 3 {
                runs.push((17, count as u32 - 3));
                count = 0;
            }
        }
        runs.extend(std::iter::repeat_n((length, 0), count));
    }
    runs
}
