//! Numbers as decimal digits: all of them, or as few as tell a number from its neighbours.
//!
//! The shortest digits are looked for between the two neighbours of a number at its precision, which is where 0.1 prints as `0.1`
//! though it is 0.1000...0007 in binary.

use super::float::Float;
use super::parse::power_of_five;
use num_bigint::BigUint;

/// Beyond this binary exponent the digits of a number come from an approximation, as exact ones would take too long.
const EXACT_EXPONENT: i64 = 60_000;

/// The magnitude of a finite number: `0.d1d2d3... * 10^exponent`, without zeros at either end. Zero has no digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// `digits * 10^exponent`
    fn new(digits: &[u8], exponent: i64) -> Self {
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        let length = digits.len() as i64;
        Self { digits: digits[leading..].to_vec(), exponent: length - leading as i64 + exponent }.trimmed()
    }

    /// All digits that the binary number has.
    pub(super) fn exact(float: &Float) -> Self {
        let Some((mantissa, exponent)) = float.parts() else { return Self::new(&[], 0) };
        let [digits, ..] = scale([mantissa.clone()], exponent);
        Self::new(&digits.0, digits.1)
    }

    /// As few digits as tell the number from its neighbours.
    pub(super) fn shortest(float: &Float) -> Self {
        let Some((mantissa, exponent)) = float.parts() else { return Self::new(&[], 0) };
        // One bit more than the precision, so that half a unit in the last place is 1.
        let shift = (u64::from(float.precision()) + 1).saturating_sub(mantissa.bits());
        let middle = mantissa << shift;
        // The neighbours themselves still round to this number when its last bit is even.
        let inclusive = !middle.bit(1);
        let [below, middle, above] = scale([&middle - 1u32, middle.clone(), middle + 1u32], exponent - shift as i64);
        let significant = |digits: &[u8]| digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
        let (below_length, above_length) = (significant(&below.0), significant(&above.0));
        let exact = Self::new(&middle.0, middle.1);
        let leading = middle.0.iter().take_while(|digit| **digit == 0).count();
        for (index, digit) in middle.0.iter().copied().enumerate() {
            let (low, high) = (below.0[index], above.0[index]);
            let may_round_down = low != digit || inclusive && index + 1 == below_length;
            let may_round_up = digit != high && (inclusive || digit + 1 < high || index + 1 < above_length);
            if !may_round_down && !may_round_up {
                continue;
            }
            let count = (index + 1).saturating_sub(leading);
            let up = may_round_up && (!may_round_down || exact.is_nearer_above(count));
            return exact.cut(count, up);
        }
        exact
    }

    fn trimmed(mut self) -> Self {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.exponent = 0;
        }
        self
    }

    /// Keeps the first digits, one up where `up`.
    fn cut(mut self, count: usize, up: bool) -> Self {
        self.digits.truncate(count);
        if up {
            while self.digits.last() == Some(&9) {
                self.digits.pop();
            }
            match self.digits.last_mut() {
                Some(digit) => *digit += 1,
                None => {
                    self.digits.push(1);
                    self.exponent += 1;
                }
            }
        }
        self.trimmed()
    }

    /// Whether the nearest number of `count` digits is above; halves go to the even digit.
    fn is_nearer_above(&self, count: usize) -> bool {
        match self.digits.get(count) {
            None => false,
            Some(5) if count + 1 == self.digits.len() => count > 0 && self.digits[count - 1] % 2 == 1,
            Some(digit) => *digit >= 5,
        }
    }

    /// Rounded to so many significant digits.
    pub fn round_to_digits(self, count: i64) -> Self {
        match usize::try_from(count) {
            Err(_) => Self::new(&[], 0),
            Ok(count) if count >= self.digits.len() => self,
            Ok(count) => {
                let up = self.is_nearer_above(count);
                self.cut(count, up)
            }
        }
    }

    /// `123.45`
    pub fn fixed(&self) -> String {
        let places = self.digits.len() as i64 - self.exponent;
        self.place_point(usize::try_from(places).unwrap_or(0))
    }

    /// `123.450`, rounded to so many places.
    pub fn fixed_to(self, places: usize) -> String {
        let count = self.exponent.saturating_add(i64::try_from(places).unwrap_or(i64::MAX));
        self.round_to_digits(count).place_point(places)
    }

    fn place_point(&self, places: usize) -> String {
        let mut out = String::new();
        match self.exponent {
            1.. => out.extend((0..self.exponent).map(|index| self.digit(index))),
            _ => out.push('0'),
        }
        if places > 0 {
            out.push('.');
            out.extend((0..places as i64).map(|index| self.digit(self.exponent + index)));
        }
        out
    }

    /// `1.2345e+02`, with so many digits after the point.
    pub fn scientific(&self, places: usize, letter: char) -> String {
        let mut out = String::from(self.digit(0));
        if places > 0 {
            out.push('.');
            out.extend((1..=places as i64).map(|index| self.digit(index)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.exponent - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        out + &format!("{letter}{sign}{:02}", exponent.unsigned_abs())
    }

    /// With an exponent from 10^6 on and below 10^-4.
    pub fn general(&self, letter: char) -> String {
        self.with_exponent_from(6, letter)
    }

    /// Rounded to so many significant digits, with an exponent where the number has more before the point.
    pub fn general_to(self, digits: usize, letter: char) -> String {
        let most = i64::try_from(digits.max(1)).unwrap_or(i64::MAX);
        let rounded = self.round_to_digits(most);
        let length = rounded.digits.len() as i64;
        let limit = if most > length && length >= rounded.exponent { length } else { most };
        rounded.with_exponent_from(limit, letter)
    }

    fn with_exponent_from(&self, limit: i64, letter: char) -> String {
        let is_extreme = !self.digits.is_empty() && (self.exponent < -3 || self.exponent > limit);
        match is_extreme {
            true => self.scientific(self.digits.len().saturating_sub(1), letter),
            false => self.fixed(),
        }
    }

    fn digit(&self, index: i64) -> char {
        let digit = usize::try_from(index).ok().and_then(|index| self.digits.get(index)).unwrap_or(&0);
        char::from(b'0' + digit)
    }
}

/// Decimal digits of numbers `mantissa * 2^exponent`, filled up with zeros to one length, and their decimal exponent.
fn scale<const COUNT: usize>(mantissas: [BigUint; COUNT], exponent: i64) -> [(Vec<u8>, i64); COUNT] {
    let (scaled, decimal_exponent) = if exponent.abs() > EXACT_EXPONENT {
        scale_roughly(mantissas, exponent)
    } else if exponent >= 0 {
        (mantissas.map(|mantissa| mantissa << exponent as u64), 0)
    } else {
        let fives = BigUint::from(5u32).pow(exponent.unsigned_abs() as u32);
        (mantissas.map(|mantissa| mantissa * &fives), exponent)
    };
    let digits = scaled.map(|number| number.to_radix_be(10));
    let length = digits.iter().map(Vec::len).max().unwrap_or(0);
    digits.map(|digits| {
        let mut filled = vec![0; length - digits.len()];
        filled.extend(digits);
        (filled, decimal_exponent)
    })
}

/// Brings numbers with a huge exponent to integers of some bits more than they have: the digits that matter come out, the rest is cut.
fn scale_roughly<const COUNT: usize>(mantissas: [BigUint; COUNT], exponent: i64) -> ([BigUint; COUNT], i64) {
    const EXTRA_BITS: u32 = 96;
    let decimal_exponent = ((exponent - i64::from(EXTRA_BITS)) as f64 * std::f64::consts::LOG10_2).floor() as i64;
    let bits = mantissas.iter().map(|mantissa| mantissa.bits() as u32).max().unwrap_or(0) + 2 * EXTRA_BITS;
    let power = power_of_five(decimal_exponent.unsigned_abs(), bits);
    let scaled = mantissas.map(|mantissa| {
        let plain = Float::rounded(false, mantissa, exponent - decimal_exponent, bits, false);
        let scaled = power.as_ref().and_then(|power| {
            if decimal_exponent < 0 { plain.multiply(power, bits) } else { plain.divide_at(power, bits) }
        });
        scaled.and_then(|scaled| scaled.truncated_integer()).map(|integer| integer.into_parts().1).unwrap_or_default()
    });
    (scaled, decimal_exponent)
}

/// What the number is without exponent, in the fewest digits.
pub(super) fn shortest_text(float: &Float) -> String {
    let sign = if float.is_negative() { "-" } else { "" };
    match float.is_infinite() {
        true if sign.is_empty() => "+Inf".into(),
        true => "-Inf".into(),
        false => format!("{sign}{}", Decimal::shortest(float).fixed()),
    }
}
