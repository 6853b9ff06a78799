//! Numbers from and to decimal text.
//!
//! Reading multiplies or divides by a power of five that is itself rounded (at 64 bits more), exactly as Go's `big.ParseFloat` does.
//! Printing looks for the shortest digits that lie between the two neighbours of a number at its precision, which is where
//! 0.1 prints as `0.1` though it is 0.1000...0007 in binary.

use super::float::Float;
use num_bigint::BigUint;
use num_traits::Num;

/// Bits by which a power of five is more precise than what it is used for.
const GUARD_BITS: u32 = 64;
/// Beyond this binary exponent the digits of a number come from an approximation, as exact ones would take too long.
const EXACT_EXPONENT: i64 = 60_000;

pub fn parse(text: &str, precision: u32) -> Option<Float> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "inf" || rest == "Inf" {
        return Some(Float::infinity(negative, precision));
    }
    let (mantissa, exponent) = match rest.find(['e', 'E', 'p', 'P']) {
        Some(at) => (&rest[..at], Some((rest.as_bytes()[at], parse_exponent(&rest[at + 1..])?))),
        None => (rest, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mantissa = BigUint::from_str_radix(&digits, 10).ok()?;
    if mantissa == BigUint::ZERO {
        return Some(Float::zero(negative, precision));
    }
    let fraction = i64::try_from(fraction.len()).ok()?;
    let (fives, twos) = match exponent {
        None => (-fraction, -fraction),
        Some((b'e' | b'E', exponent)) => (exponent.checked_sub(fraction)?, exponent.checked_sub(fraction)?),
        Some((_, exponent)) => (-fraction, exponent.checked_sub(fraction)?),
    };
    let top = twos.checked_add(i64::try_from(mantissa.bits()).ok()?)?;
    if i32::try_from(top).is_err() {
        return None;
    }
    if fives == 0 {
        return Some(Float::rounded(negative, mantissa, twos, precision, false));
    }
    let all_bits = u32::try_from(mantissa.bits()).ok()?;
    let exact = Float::rounded(negative, mantissa, twos, all_bits, false);
    let power = power_of_five(fives.unsigned_abs(), precision + GUARD_BITS)?;
    if fives < 0 { exact.divide_at(&power, precision) } else { exact.multiply(&power, precision) }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn power_of_five(exponent: u64, precision: u32) -> Option<Float> {
    /// The largest power of five below 2^64.
    const LARGEST: u64 = 27;
    let small = |exponent: u64| Float::rounded(false, 5u64.pow(exponent as u32).into(), 0, precision, false);
    if exponent <= LARGEST {
        return Some(small(exponent));
    }
    let (mut power, mut rest) = (small(LARGEST), exponent - LARGEST);
    let mut factor = Float::from_i64(5, precision + GUARD_BITS);
    while rest > 0 {
        if rest & 1 == 1 {
            power = power.multiply(&factor, precision)?;
        }
        factor = factor.multiply(&factor, precision + GUARD_BITS)?;
        rest >>= 1;
    }
    Some(power)
}

/// Decimal digits: `0.DIGITS * 10^point`, without zeros at either end.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// `digits * 10^exponent`
    fn new(digits: &[u8], exponent: i64) -> Self {
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        let point = (digits.len() - leading) as i64 + exponent;
        let mut digits = digits[leading..].to_vec();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        Self { digits, point }
    }

    /// Keeps the first `count` digits, one up where `up`.
    fn cut(mut self, count: usize, up: bool) -> Self {
        self.digits.truncate(count);
        if up {
            while self.digits.last() == Some(&b'9') {
                self.digits.pop();
            }
            match self.digits.last_mut() {
                Some(digit) => *digit += 1,
                None => {
                    self.digits.push(b'1');
                    self.point += 1;
                }
            }
        }
        let Self { digits, point } = self;
        let length = digits.len() as i64;
        Self::new(&digits, point - length)
    }

    /// Whether the nearest number of `count` digits is above; halves go to the even digit.
    fn is_nearer_above(&self, count: usize) -> bool {
        match self.digits.get(count) {
            None => false,
            Some(b'5') if count + 1 == self.digits.len() => count > 0 && (self.digits[count - 1] - b'0') % 2 == 1,
            Some(digit) => *digit >= b'5',
        }
    }

    fn write_plain(&self, out: &mut String) {
        let text = |digits: &[u8]| String::from_utf8_lossy(digits).into_owned();
        let point = usize::try_from(self.point).unwrap_or(0);
        let zeros = usize::try_from(-self.point).unwrap_or(0);
        if point == 0 {
            out.push('0');
        } else if point >= self.digits.len() {
            out.push_str(&text(&self.digits));
            out.extend(std::iter::repeat_n('0', point - self.digits.len()));
        } else {
            out.push_str(&text(&self.digits[..point]));
        }
        if point < self.digits.len() {
            out.push('.');
            out.extend(std::iter::repeat_n('0', zeros));
            out.push_str(&text(&self.digits[point..]));
        }
    }

    fn write_with_exponent(&self, out: &mut String) {
        let exponent = self.point - 1;
        let (first, rest) = self.digits.split_first().unwrap_or((&b'0', &[]));
        out.push(char::from(*first));
        if !rest.is_empty() {
            out.push('.');
            out.push_str(&String::from_utf8_lossy(rest));
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("e{sign}{:02}", exponent.unsigned_abs()));
    }
}

/// What zeros and infinities print as.
fn special_text(float: &Float) -> Option<&'static str> {
    match (float.is_infinite(), float.parts().is_none(), float.is_negative()) {
        (true, _, false) => Some("+Inf"),
        (true, _, true) => Some("-Inf"),
        (_, true, false) => Some("0"),
        (_, true, true) => Some("-0"),
        _ => None,
    }
}

/// The shortest digits that mean this number at its precision, without exponent.
pub fn shortest_text(float: &Float) -> String {
    let Some((mantissa, exponent)) = float.parts() else {
        return special_text(float).unwrap_or_default().to_owned();
    };
    let mut out = String::new();
    if float.is_negative() {
        out.push('-');
    }
    shortest(mantissa, exponent, float.precision()).write_plain(&mut out);
    out
}

fn shortest(mantissa: &BigUint, exponent: i64, precision: u32) -> Decimal {
    // One bit more than the precision, so that half a unit in the last place is 1.
    let shift = (u64::from(precision) + 1).saturating_sub(mantissa.bits());
    let middle = mantissa << shift;
    let exponent = exponent - shift as i64;
    // The neighbours themselves still round to this number when its last bit is even.
    let inclusive = !middle.bit(1);
    let [below, digits, above, ..] = &aligned_digits([&middle - 1u32, middle.clone(), middle + 1u32], exponent);
    let significant = |digits: &[u8]| digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    let (below_length, above_length) = (significant(&below.0), significant(&above.0));
    let exact = Decimal::new(&digits.0, digits.1);
    let leading = digits.0.iter().take_while(|digit| **digit == b'0').count();
    for index in 0..digits.0.len() {
        let (low, digit, high) = (below.0[index], digits.0[index], above.0[index]);
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

/// Decimal digits of three numbers `mantissa * 2^exponent`, filled up with zeros to one length, and their decimal exponent.
fn aligned_digits(mantissas: [BigUint; 3], exponent: i64) -> [(Vec<u8>, i64); 3] {
    let (scaled, decimal_exponent) = if exponent.abs() > EXACT_EXPONENT {
        scale_roughly(mantissas, exponent)
    } else if exponent >= 0 {
        (mantissas.map(|mantissa| mantissa << exponent as u64), 0)
    } else {
        let fives = BigUint::from(5u32).pow(exponent.unsigned_abs() as u32);
        (mantissas.map(|mantissa| mantissa * &fives), exponent)
    };
    let texts = scaled.map(|number| number.to_str_radix(10).into_bytes());
    let length = texts.iter().map(Vec::len).max().unwrap_or(0);
    texts.map(|text| {
        let mut digits = vec![b'0'; length - text.len()];
        digits.extend(text);
        (digits, decimal_exponent)
    })
}

/// Brings numbers with a huge exponent to integers of some bits more than they have: the digits that matter come out, the rest is cut.
fn scale_roughly(mantissas: [BigUint; 3], exponent: i64) -> ([BigUint; 3], i64) {
    const EXTRA_BITS: i64 = 96;
    let decimal_exponent = ((exponent - EXTRA_BITS) as f64 * std::f64::consts::LOG10_2).floor() as i64;
    let bits = mantissas[1].bits() as u32 + 2 * EXTRA_BITS as u32;
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

/// Ten significant digits, with an exponent where that is shorter: what Go prints for `%.10g`.
pub fn short_text(float: &Float) -> String {
    const COUNT: usize = 10;
    let Some((mantissa, exponent)) = float.parts() else {
        return special_text(float).unwrap_or_default().to_owned();
    };
    let [_, (digits, decimal_exponent), _] = aligned_digits([BigUint::ZERO, mantissa.clone(), BigUint::ZERO], exponent);
    let exact = Decimal::new(&digits, decimal_exponent);
    let up = exact.is_nearer_above(COUNT);
    let decimal = if exact.digits.len() > COUNT { exact.cut(COUNT, up) } else { exact };
    let length = decimal.digits.len() as i64;
    let limit = if length < COUNT as i64 && length >= decimal.point { length } else { COUNT as i64 };
    let mut out = String::new();
    if float.is_negative() {
        out.push('-');
    }
    if decimal.point - 1 < -4 || decimal.point > limit {
        decimal.write_with_exponent(&mut out);
    } else {
        decimal.write_plain(&mut out);
    }
    out
}
