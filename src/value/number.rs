//! Numbers: binary floating point as Terraform computes and prints it, with a fast path for small integers.
//!
//! Terraform keeps numbers as Go's `big.Float`. What shows of that is kept: 512 bits for what was written or read, 64 for
//! counts and lengths, the larger of two in a result, rounding half to even, and printing with as few decimal digits as
//! still tell the number from its neighbours at its own precision (so 0.1 + 0.2 is 0.3, and 1.1 + 2.2 has 155 digits).

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Bits of mantissa of numbers that were written in configuration or read from JSON.
const FULL: u32 = 512;
/// Bits of mantissa of numbers that the program counted.
const WORD: u32 = 64;
/// Exponents beyond this are refused: their decimal form would not fit in memory.
const EXPONENT_LIMIT: i64 = 100_000;

#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    /// A small integer and the precision it computes with.
    Small(i64, u32),
    Big(Arc<Float>),
    /// Positive or negative.
    Infinite(bool),
}

/// `mantissa * 2^exponent`; the mantissa has at most `precision` bits and is odd (or zero, with a sign of its own).
#[derive(Clone)]
struct Float {
    is_negative: bool,
    mantissa: BigUint,
    exponent: i64,
    precision: u32,
}

impl Number {
    pub fn infinity(is_negative: bool) -> Self {
        Self(Repr::Infinite(is_negative))
    }

    /// An integer as configuration or JSON writes it: with full precision in what follows.
    pub fn written(value: i64) -> Self {
        Self(Repr::Small(value, FULL))
    }

    /// Decimal text, `1e3` and `-0` included; nothing for what Terraform does not read as a number.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() < 18 && text != "-0" {
            if let Some(small) = parse_small(text) {
                return Some(Self(Repr::Small(small, FULL)));
            }
        }
        match text {
            "Inf" | "+Inf" | "inf" | "+inf" => return Some(Self::infinity(false)),
            "-Inf" | "-inf" => return Some(Self::infinity(true)),
            _ => {}
        }
        parse_decimal(text)
    }

    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Repr::Infinite(_))
    }

    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Repr::Small(value, _) => *value == 0,
            Repr::Big(float) => float.mantissa.is_zero(),
            Repr::Infinite(_) => false,
        }
    }

    /// Below zero, or the negative zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(value, _) => *value < 0,
            Repr::Big(float) => float.is_negative,
            Repr::Infinite(is_negative) => *is_negative,
        }
    }

    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(..) => true,
            Repr::Big(float) => float.exponent >= 0 || float.mantissa.is_zero(),
            Repr::Infinite(_) => false,
        }
    }

    /// The number if it is an integer that fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(value, _) => Some(*value),
            _ => self.to_integer()?.to_i64(),
        }
    }

    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small(value, _) => u64::try_from(*value).ok(),
            _ => self.to_integer()?.to_u64(),
        }
    }

    /// The number as an integer of any size, if it is one.
    pub fn to_integer(&self) -> Option<BigInt> {
        match &self.0 {
            Repr::Small(value, _) => Some(BigInt::from(*value)),
            Repr::Big(float) if self.is_integer() => {
                let magnitude = &float.mantissa << usize::try_from(float.exponent.max(0)).ok()?;
                Some(BigInt::from_biguint(if float.is_negative { Sign::Minus } else { Sign::Plus }, magnitude))
            }
            _ => None,
        }
    }

    /// The magnitude of a finite number as `mantissa * 2^exponent`; an infinite one gives zero.
    pub fn magnitude_parts(&self) -> (BigUint, i64) {
        match &self.0 {
            Repr::Infinite(_) => (BigUint::zero(), 0),
            _ => {
                let float = self.float();
                (float.mantissa, float.exponent)
            }
        }
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(value, _) => *value as f64,
            Repr::Big(float) => {
                let magnitude = scale_to_f64(&float.mantissa, float.exponent);
                if float.is_negative { -magnitude } else { magnitude }
            }
            Repr::Infinite(is_negative) => {
                if *is_negative {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                }
            }
        }
    }

    /// An integer of any size with full precision.
    pub fn from_integer(value: BigInt) -> Self {
        if let Some(small) = value.to_i64() {
            return Self(Repr::Small(small, FULL));
        }
        let precision = FULL.max(value.bits() as u32);
        Self::normalized(value.sign() == Sign::Minus, value.magnitude().clone(), 0, precision)
    }

    pub fn add(&self, other: &Number) -> Option<Number> {
        match (&self.0, &other.0) {
            (Repr::Small(a, p), Repr::Small(b, q)) if a.checked_add(*b).is_some() => {
                Some(Self(Repr::Small(a + b, *p.max(q))))
            }
            (Repr::Infinite(a), Repr::Infinite(b)) => (a == b).then(|| self.clone()),
            (Repr::Infinite(_), _) => Some(self.clone()),
            (_, Repr::Infinite(_)) => Some(other.clone()),
            _ => {
                let (a, b) = (self.float(), other.float());
                let exponent = a.exponent.min(b.exponent);
                let sum = a.aligned(exponent) + b.aligned(exponent);
                let is_negative = if sum.is_zero() { a.is_negative && b.is_negative } else { sum.is_negative() };
                Some(Self::normalized(is_negative, sum.magnitude().clone(), exponent, a.precision.max(b.precision)))
            }
        }
    }

    pub fn subtract(&self, other: &Number) -> Option<Number> {
        if let (Repr::Small(a, p), Repr::Small(b, q)) = (&self.0, &other.0)
            && let Some(difference) = a.checked_sub(*b)
        {
            return Some(Self(Repr::Small(difference, *p.max(q))));
        }
        self.add(&other.negate())
    }

    /// Nothing for zero times infinity.
    pub fn multiply(&self, other: &Number) -> Option<Number> {
        match (&self.0, &other.0) {
            (Repr::Small(a, p), Repr::Small(b, q)) if a.checked_mul(*b).is_some() && *a != 0 && *b != 0 => {
                Some(Self(Repr::Small(a * b, *p.max(q))))
            }
            (Repr::Infinite(_), _) | (_, Repr::Infinite(_)) => {
                let is_defined = !self.is_zero() && !other.is_zero();
                is_defined.then(|| Self::infinity(self.is_negative() != other.is_negative()))
            }
            _ => {
                let (a, b) = (self.float(), other.float());
                let product = &a.mantissa * &b.mantissa;
                let precision = a.precision.max(b.precision);
                Some(Self::normalized(a.is_negative != b.is_negative, product, a.exponent + b.exponent, precision))
            }
        }
    }

    /// Nothing for zero by zero and infinity by infinity; a number by zero is infinite.
    pub fn divide(&self, other: &Number) -> Option<Number> {
        let is_negative = self.is_negative() != other.is_negative();
        if let (Repr::Small(a, p), Repr::Small(b, q)) = (&self.0, &other.0)
            && *b != 0
            && *a != 0
            && a.checked_rem(*b) == Some(0)
        {
            return Some(Self(Repr::Small(a / b, *p.max(q))));
        }
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => return None,
            (true, false) => return Some(Self::infinity(is_negative)),
            (false, true) => return Some(Self::zero(is_negative)),
            (false, false) => {}
        }
        if other.is_zero() {
            return (!self.is_zero()).then(|| Self::infinity(is_negative));
        }
        let (a, b) = (self.float(), other.float());
        let precision = a.precision.max(b.precision);
        // Two bits more than needed, and a last bit that remembers whether anything was left over.
        let shift = (u64::from(precision) + 2 + b.mantissa.bits()).saturating_sub(a.mantissa.bits());
        let (quotient, rest) = (&a.mantissa << shift).div_rem(&b.mantissa);
        let sticky = (quotient << 1u32) | BigUint::from(u8::from(!rest.is_zero()));
        Some(Self::normalized(is_negative, sticky, a.exponent - b.exponent - shift as i64 - 1, precision))
    }

    /// The remainder as Terraform computes it: what truncated division leaves. By zero it is the number itself.
    pub fn modulo(&self, other: &Number) -> Option<Number> {
        if let (Repr::Small(a, p), Repr::Small(b, q)) = (&self.0, &other.0)
            && *b != 0
        {
            return Some(Self(Repr::Small(a.checked_rem(*b).unwrap_or(0), *p.max(q))));
        }
        if self.is_infinite() || other.is_zero() || other.is_infinite() {
            return Some(self.clone());
        }
        let whole = self.divide(other)?.truncate();
        self.subtract(&other.multiply(&whole)?)
    }

    pub fn negate(&self) -> Number {
        match &self.0 {
            Repr::Small(0, precision) => Self(Repr::Big(Arc::new(Float {
                is_negative: true,
                mantissa: BigUint::zero(),
                exponent: 0,
                precision: *precision,
            }))),
            Repr::Small(value, precision) if value.checked_neg().is_some() => Self(Repr::Small(-value, *precision)),
            Repr::Infinite(is_negative) => Self::infinity(!is_negative),
            _ => {
                let float = self.float();
                Self::normalized(!float.is_negative, float.mantissa, float.exponent, float.precision)
            }
        }
    }

    pub fn absolute(&self) -> Number {
        if self.is_negative() { self.negate() } else { self.clone() }
    }

    /// Towards zero.
    pub fn truncate(&self) -> Number {
        match &self.0 {
            Repr::Big(float) if float.exponent < 0 => {
                let shift = float.exponent.unsigned_abs();
                let whole = if shift > float.mantissa.bits() { BigUint::zero() } else { &float.mantissa >> shift };
                Self::normalized(float.is_negative, whole, 0, float.precision)
            }
            _ => self.clone(),
        }
    }

    pub fn floor(&self) -> Number {
        let whole = self.truncate();
        if self.is_negative() && !self.is_integer() && !self.is_infinite() { whole.step(-1) } else { whole }
    }

    pub fn ceil(&self) -> Number {
        let whole = self.truncate();
        if !self.is_negative() && !self.is_integer() && !self.is_infinite() { whole.step(1) } else { whole }
    }

    fn step(&self, by: i64) -> Number {
        self.add(&Number::from(by)).expect("a finite number plus one is a number")
    }

    fn zero(is_negative: bool) -> Number {
        let zero = Self(Repr::Small(0, FULL));
        if is_negative { zero.negate() } else { zero }
    }

    /// Any finite number in the general form.
    fn float(&self) -> Float {
        match &self.0 {
            Repr::Small(value, precision) => Float {
                is_negative: *value < 0,
                mantissa: BigUint::from(value.unsigned_abs()),
                exponent: 0,
                precision: *precision,
            },
            Repr::Big(float) => (**float).clone(),
            Repr::Infinite(_) => unreachable!("callers deal with infinity first"),
        }
    }

    /// Rounded to the precision, in the smallest form.
    fn normalized(is_negative: bool, mantissa: BigUint, exponent: i64, precision: u32) -> Number {
        let (mut mantissa, mut exponent) = round(mantissa, exponent, precision);
        if let Some(zeros) = mantissa.trailing_zeros() {
            mantissa >>= zeros;
            exponent += zeros as i64;
        } else {
            exponent = 0;
        }
        if exponent >= 0 && !(is_negative && mantissa.is_zero()) && exponent + (mantissa.bits() as i64) < 63 {
            let magnitude = (&mantissa << exponent as u64).to_i64().expect("63 bits fit");
            return Self(Repr::Small(if is_negative { -magnitude } else { magnitude }, precision));
        }
        Self(Repr::Big(Arc::new(Float { is_negative, mantissa, exponent, precision })))
    }
}

impl Float {
    /// The signed mantissa for a smaller exponent.
    fn aligned(&self, exponent: i64) -> BigInt {
        let magnitude = &self.mantissa << (self.exponent - exponent).max(0) as u64;
        BigInt::from_biguint(if self.is_negative { Sign::Minus } else { Sign::Plus }, magnitude)
    }
}

/// Half to even.
fn round(mantissa: BigUint, exponent: i64, precision: u32) -> (BigUint, i64) {
    let extra = mantissa.bits().saturating_sub(u64::from(precision));
    if extra == 0 {
        return (mantissa, exponent);
    }
    let half = BigUint::one() << (extra - 1);
    let mut kept = &mantissa >> extra;
    let rest = mantissa - (&kept << extra);
    match rest.cmp(&half) {
        Ordering::Greater => kept += 1u32,
        Ordering::Equal if kept.bit(0) => kept += 1u32,
        _ => {}
    }
    (kept, exponent + extra as i64)
}

fn scale_to_f64(mantissa: &BigUint, exponent: i64) -> f64 {
    // 64 bits with a sticky last one round once, correctly.
    let extra = mantissa.bits().saturating_sub(64);
    let mut top = (mantissa >> extra).to_u64().expect("64 bits fit");
    if extra > 0 && !(mantissa & ((BigUint::one() << extra) - 1u32)).is_zero() {
        top |= 1;
    }
    let power = exponent + extra as i64;
    if power > 2000 {
        return if top == 0 { 0.0 } else { f64::INFINITY };
    }
    if power < -3000 {
        return 0.0;
    }
    (0..power.unsigned_abs() / 512)
        .fold(top as f64, |value, _| if power < 0 { value * 2f64.powi(-512) } else { value * 2f64.powi(512) })
        * 2f64.powi((power % 512) as i32)
}

fn parse_small(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

fn parse_decimal(text: &str) -> Option<Number> {
    let (is_negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (digits, power) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], unsigned[at + 1..].parse::<i64>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = [whole, fraction].concat();
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) || power.abs() > EXPONENT_LIMIT {
        return None;
    }
    let power = power - fraction.len() as i64;
    let mantissa = BigUint::parse_bytes(all.as_bytes(), 10)?;
    if mantissa.is_zero() {
        return Some(Number::zero(is_negative));
    }
    if power >= 0 {
        let scaled = mantissa * BigUint::from(10u32).pow(power as u32);
        return Some(Number::normalized(is_negative, scaled, 0, FULL));
    }
    let divisor = BigUint::from(10u32).pow(power.unsigned_abs() as u32);
    let shift = (u64::from(FULL) + 2 + divisor.bits()).saturating_sub(mantissa.bits());
    let (quotient, rest) = (mantissa << shift).div_rem(&divisor);
    let sticky = (quotient << 1u32) | BigUint::from(u8::from(!rest.is_zero()));
    Some(Number::normalized(is_negative, sticky, -(shift as i64) - 1, FULL))
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(value, _) => write!(f, "{value}"),
            Repr::Infinite(is_negative) => f.write_str(if *is_negative { "-Inf" } else { "+Inf" }),
            Repr::Big(float) => f.write_str(&shortest_decimal(float)),
        }
    }
}

/// The fewest decimal digits that still round to this number at its precision.
fn shortest_decimal(float: &Float) -> String {
    let sign = if float.is_negative { "-" } else { "" };
    if float.mantissa.is_zero() {
        return format!("{sign}0");
    }
    // The mantissa brought to one bit more than the precision: its last bit is half a unit in the last place.
    let shift = u64::from(float.precision) + 1 - float.mantissa.bits();
    let mantissa = &float.mantissa << shift;
    let exponent = float.exponent - shift as i64;
    let is_even = !mantissa.bit(1);
    let (exact, point) = decimal_digits(&mantissa, exponent);
    let (lower, lower_point) = decimal_digits(&(&mantissa - 1u32), exponent);
    let (upper, upper_point) = decimal_digits(&(&mantissa + 1u32), exponent);
    // All three on one scale, so that digits at one index have one weight.
    let top = point.max(lower_point).max(upper_point);
    let pad = |digits: Vec<u8>, own: i64| [vec![0; (top - own) as usize], digits].concat();
    let (exact, lower, upper) = (pad(exact, point), pad(lower, lower_point), pad(upper, upper_point));
    let digits = shorten(&exact, &trimmed(lower), &trimmed(upper), is_even);
    format!("{sign}{}", place_point(&digits, top))
}

/// Digits of `mantissa * 2^exponent` and where the decimal point stands among them.
fn decimal_digits(mantissa: &BigUint, exponent: i64) -> (Vec<u8>, i64) {
    if exponent >= 0 {
        let digits = (mantissa << exponent as u64).to_radix_be(10);
        let point = digits.len() as i64;
        return (digits, point);
    }
    let digits = (mantissa * BigUint::from(5u32).pow(exponent.unsigned_abs() as u32)).to_radix_be(10);
    let point = digits.len() as i64 + exponent;
    (digits, point)
}

fn trimmed(mut digits: Vec<u8>) -> Vec<u8> {
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

/// Cuts after the first digit at which rounding down or up stays within the bounds.
fn shorten(exact: &[u8], lower: &[u8], upper: &[u8], is_inclusive: bool) -> Vec<u8> {
    let exact = trimmed(exact.to_vec());
    for (index, digit) in exact.iter().enumerate() {
        let low = lower.get(index).copied().unwrap_or(0);
        let high = upper.get(index).copied().unwrap_or(0);
        let may_go_down = low != *digit || is_inclusive && index + 1 == lower.len();
        let may_go_up = *digit != high && (is_inclusive || digit + 1 < high || index + 1 < upper.len());
        let goes_up = match (may_go_down, may_go_up) {
            (true, true) => rounds_up(&exact, index + 1),
            (true, false) => false,
            (false, true) => true,
            (false, false) => continue,
        };
        let kept = exact[..=index].to_vec();
        return if goes_up { incremented(kept) } else { kept };
    }
    exact
}

/// Whether the digits from `at` on are at least a half (an exact half goes to even).
fn rounds_up(digits: &[u8], at: usize) -> bool {
    match digits.get(at) {
        None => false,
        Some(5) if at + 1 == digits.len() => at > 0 && digits[at - 1] % 2 == 1,
        Some(digit) => *digit >= 5,
    }
}

fn incremented(mut digits: Vec<u8>) -> Vec<u8> {
    for index in (0..digits.len()).rev() {
        if digits[index] < 9 {
            digits[index] += 1;
            return digits;
        }
        digits[index] = 0;
    }
    // Every digit was a nine; the padding digit in front takes the carry where there is one.
    digits.insert(0, 1);
    digits
}

fn place_point(digits: &[u8], point: i64) -> String {
    let text: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
    let placed = if point <= 0 {
        format!("0.{}{text}", "0".repeat(point.unsigned_abs() as usize))
    } else if (point as usize) < text.len() {
        format!("{}.{}", &text[..point as usize], &text[point as usize..])
    } else {
        format!("{text}{}", "0".repeat(point as usize - text.len()))
    };
    let trimmed = if placed.contains('.') { placed.trim_end_matches('0').trim_end_matches('.') } else { &placed };
    let without_leading = trimmed.trim_start_matches('0');
    match without_leading {
        "" => "0".into(),
        rest if rest.starts_with('.') => format!("0{rest}"),
        rest => rest.to_owned(),
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a, _), Repr::Small(b, _)) => a.cmp(b),
            (Repr::Infinite(a), Repr::Infinite(b)) => b.cmp(a),
            (Repr::Infinite(is_negative), _) => {
                if *is_negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (_, Repr::Infinite(is_negative)) => {
                if *is_negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            _ => {
                let (a, b) = (self.float(), other.float());
                let exponent = a.exponent.min(b.exponent);
                a.aligned(exponent).cmp(&b.aligned(exponent))
            }
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl std::hash::Hash for Number {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Small(value, _) => value.hash(state),
            Repr::Big(float) if float.mantissa.is_zero() => 0i64.hash(state),
            Repr::Big(float) => (float.is_negative, &float.mantissa, float.exponent).hash(state),
            Repr::Infinite(is_negative) => is_negative.hash(state),
        }
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => {
        $(impl From<$integer> for Number {
            fn from(value: $integer) -> Self {
                match i64::try_from(value) {
                    Ok(small) => Self(Repr::Small(small, WORD)),
                    Err(_) => Self::normalized(false, BigUint::from(value as u64), 0, WORD),
                }
            }
        })*
    };
}

from_integers! { i32 u32 i64 u64 usize }

impl From<f64> for Number {
    /// Not-a-number has no counterpart and reads as zero; callers rule it out.
    fn from(value: f64) -> Self {
        if value.is_infinite() {
            return Self::infinity(value < 0.0);
        }
        if value == 0.0 || value.is_nan() {
            return Self::zero(value.is_sign_negative() && !value.is_nan());
        }
        let bits = value.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as i64;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        Self::normalized(value < 0.0, BigUint::from(mantissa), exponent, 53)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn sums_print_as_terraform_prints_them() {
        assert_eq!(number("0.1").add(&number("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(number("1.1").add(&number("2.2")).unwrap().to_string().len(), 156);
        assert_eq!(number("10").divide(&number("4")).unwrap().to_string(), "2.5");
        assert_eq!(number("-0").to_string(), "-0");
        assert_eq!(number("1e20").to_string(), "100000000000000000000");
        assert_eq!(number("1e-7").to_string(), "0.0000001");
        assert_eq!(number("999.9995").to_string(), "999.9995");
    }

    #[test]
    fn counts_divide_with_64_bits() {
        let third = Number::from(1i64).divide(&Number::from(3i64)).unwrap();
        assert_eq!(third.to_string(), "0.33333333333333333334");
    }
}
