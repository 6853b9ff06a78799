//! Numbers: binary floating point of up to 512 bits, as Terraform computes and prints them.
//!
//! Every number has a precision. What was written in decimal (in configuration, state, JSON) has 512 bits, what was counted
//! (`length`, indexes) has 64 and what went through `f64` (`pow`, `log`) has 53; a result has the larger of its operands'.
//! The precision is visible: `1/3` prints 155 digits, `length(["a"])/length(["a","b","c"])` prints 20.
//!
//! Integers that fit take a fast path. It never loses anything: an integer is only kept as `i64` where its precision holds all of it,
//! and negative zero, which prints as `-0`, is kept as a float.

mod decimal;
mod float;
mod parse;

pub use decimal::Decimal;

use float::Float;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A number of the language. There is no NaN: operations without a result say so with `None`.
#[derive(Clone)]
pub struct Number(Form);

#[derive(Clone)]
enum Form {
    /// `|value| < 2^precision`; zero is positive.
    Integer {
        value: i64,
        precision: u32,
    },
    Float(Arc<Float>),
}

/// Bits of what was written in decimal.
const WRITTEN: u32 = 512;
/// Bits of what was counted.
const COUNTED: u32 = 64;
/// Bits of what was an `f64`.
const DOUBLE: u32 = 53;

impl Number {
    /// Reads decimal text: sign, digits with a point, exponent (`e` decimal, `p` binary), or `inf`. No spaces, no separators.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() <= 18
            && let Some(digits) = Some(text.strip_prefix('-').unwrap_or(text))
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(value) = text.parse::<i64>()
            && (value != 0 || digits.len() == text.len())
        {
            return Some(Self::written(value));
        }
        parse::parse(text, WRITTEN).map(Self::from_float)
    }

    /// An integer as configuration or JSON writes it: with full precision in what follows.
    pub fn written(value: i64) -> Self {
        Self(Form::Integer { value, precision: WRITTEN })
    }

    /// `None` for NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        Float::from_f64(value, DOUBLE).map(Self::from_float)
    }

    /// An integer of any size, all of it kept.
    pub fn from_integer(value: BigInt) -> Self {
        let precision = u32::try_from(value.bits()).unwrap_or(u32::MAX).max(COUNTED);
        Self::from_float(Float::from_big_integer(&value, precision))
    }

    pub fn infinity(is_negative: bool) -> Self {
        Self::from_float(Float::infinity(is_negative, DOUBLE))
    }

    fn from_float(float: Float) -> Self {
        match float.to_i64() {
            Some(value)
                if (value != 0 || !float.is_negative())
                    && 64 - value.unsigned_abs().leading_zeros() <= float.precision() =>
            {
                Self(Form::Integer { value, precision: float.precision() })
            }
            _ => Self(Form::Float(Arc::new(float))),
        }
    }

    fn to_float(&self) -> Float {
        match &self.0 {
            Form::Integer { value, precision } => Float::from_i64(*value, *precision),
            Form::Float(float) => (**float).clone(),
        }
    }

    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Form::Integer { .. } => true,
            Form::Float(float) => float.is_integer(),
        }
    }

    pub fn is_infinite(&self) -> bool {
        matches!(&self.0, Form::Float(float) if float.is_infinite())
    }

    pub fn is_zero(&self) -> bool {
        self.sign() == Ordering::Equal
    }

    /// How the number compares with zero.
    pub fn sign(&self) -> Ordering {
        match &self.0 {
            Form::Integer { value, .. } => value.cmp(&0),
            Form::Float(float) => float.sign(),
        }
    }

    /// Below zero, or negative zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Form::Integer { value, .. } => *value < 0,
            Form::Float(float) => float.is_negative(),
        }
    }

    /// The integer it is, where it is one that fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Form::Integer { value, .. } => Some(*value),
            Form::Float(float) => float.to_i64(),
        }
    }

    /// The integer it is, where it is one that fits.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Form::Integer { value, .. } => u64::try_from(*value).ok(),
            Form::Float(float) if float.is_integer() && float.magnitude_bits() <= 64 => {
                float.truncated_integer()?.to_u64()
            }
            Form::Float(_) => None,
        }
    }

    /// The integer it is, where it is one that fits.
    pub fn to_usize(&self) -> Option<usize> {
        self.to_u64().and_then(|value| usize::try_from(value).ok())
    }

    /// All decimal digits of a finite number, its sign aside; an infinite one gives zero.
    pub fn decimal(&self) -> Decimal {
        Decimal::exact(&self.to_float())
    }

    /// The decimal digits that it prints with, its sign aside; an infinite one gives zero.
    pub fn shortest_decimal(&self) -> Decimal {
        Decimal::shortest(&self.to_float())
    }

    /// The nearest `f64`; infinite beyond its range.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Form::Integer { value, .. } => *value as f64,
            Form::Float(float) => float.to_f64(),
        }
    }

    /// The integer it is, of any size, where it is one.
    pub fn to_integer(&self) -> Option<BigInt> {
        match &self.0 {
            Form::Integer { value, .. } => Some(BigInt::from(*value)),
            Form::Float(float) if float.is_integer() => float.truncated_integer(),
            Form::Float(_) => None,
        }
    }

    /// The integer part, of 64 bits or as many as it takes.
    pub fn truncate(&self) -> Self {
        match &self.0 {
            Form::Float(float) if !float.is_integer() => {
                float.truncated_integer().map_or_else(|| self.clone(), Self::from_integer)
            }
            _ => self.clone(),
        }
    }

    pub fn floor(&self) -> Self {
        self.round_to_integer(Ordering::Less)
    }

    pub fn ceil(&self) -> Self {
        self.round_to_integer(Ordering::Greater)
    }

    /// Integers that do not need rounding lose at most the sign of zero.
    fn round_to_integer(&self, away: Ordering) -> Self {
        let Form::Float(float) = &self.0 else { return self.clone() };
        let Some(mut integer) = (!float.is_integer() || self.is_zero()).then(|| float.truncated_integer()).flatten()
        else {
            return self.clone();
        };
        if !float.is_integer() && float.sign() == away {
            integer += if away == Ordering::Less { -1 } else { 1 };
        }
        Self::from_float(Float::from_big_integer(&integer, float.precision()))
    }

    pub fn absolute(&self) -> Self {
        match &self.0 {
            Form::Integer { value: 0.., .. } => self.clone(),
            Form::Float(float) if !float.is_negative() => self.clone(),
            _ => self.negate(),
        }
    }

    pub fn negate(&self) -> Self {
        match &self.0 {
            Form::Integer { value, precision } if *value != 0 && *value != i64::MIN => {
                Self(Form::Integer { value: -value, precision: *precision })
            }
            _ => Self::from_float(self.to_float().negate()),
        }
    }

    /// `None` for opposing infinities.
    pub fn add(&self, other: &Self) -> Option<Self> {
        if let (Form::Integer { value: a, precision: a_precision }, Form::Integer { value: b, precision: b_precision }) =
            (&self.0, &other.0)
            && let Some(value) = a.checked_add(*b)
            && let Some(sum) = Self::small(value, *a_precision.max(b_precision))
        {
            return Some(sum);
        }
        self.to_float().add(&other.to_float()).map(Self::from_float)
    }

    /// `None` for equal infinities.
    pub fn subtract(&self, other: &Self) -> Option<Self> {
        self.add(&other.negate())
    }

    /// `None` for zero times infinity. The result gets all the bits it needs, up to 512.
    pub fn multiply(&self, other: &Self) -> Option<Self> {
        if let (Form::Integer { value: a, precision: a_precision }, Form::Integer { value: b, precision: b_precision }) =
            (&self.0, &other.0)
            && let Some(value) = a.checked_mul(*b)
            && (value != 0 || (*a >= 0) == (*b >= 0))
            && let Some(product) = Self::small(value, *a_precision.max(b_precision))
        {
            return Some(product);
        }
        let (a, b) = (self.to_float(), other.to_float());
        let product = a.multiply(&b, WRITTEN)?;
        let precision = a.precision().max(b.precision()).max(product.needed_precision());
        Some(Self::from_float(product.with_precision(precision)))
    }

    /// Infinite for a divisor of zero; `None` for zero by zero and infinity by infinity.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        if let (Form::Integer { value: a, precision: a_precision }, Form::Integer { value: b, precision: b_precision }) =
            (&self.0, &other.0)
            && *a != 0
            && a.checked_rem(*b) == Some(0)
            && let Some(quotient) = Self::small(a / b, *a_precision.max(b_precision))
        {
            return Some(quotient);
        }
        self.to_float().divide(&other.to_float()).map(Self::from_float)
    }

    /// What is left after taking the divisor off a whole number of times, with the sign of the dividend; the dividend itself for
    /// a divisor of zero.
    pub fn modulo(&self, other: &Self) -> Option<Self> {
        if self.is_infinite() || other.is_infinite() {
            return self.multiply(other);
        }
        if other.is_zero() {
            return Some(self.clone());
        }
        if let (Form::Integer { value: a, precision: a_precision }, Form::Integer { value: b, .. }) =
            (&self.0, &other.0)
            && let Some(value) = a.checked_rem(*b)
            && let Some(rest) = Self::small(value, *a_precision)
        {
            return Some(rest);
        }
        let (a, b) = (self.to_float(), other.to_float());
        let whole = a.divide(&b)?.truncated().with_precision(a.precision());
        let taken = whole.multiply(&b, a.precision())?;
        a.add(&taken.negate()).map(|left| Self::from_float(left.with_precision(a.precision())))
    }

    fn small(value: i64, precision: u32) -> Option<Self> {
        (precision >= COUNTED).then_some(Self(Form::Integer { value, precision }))
    }
}

/// Shortest decimal digits that mean this number at its precision, never with an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Integer { value, .. } => fmt::Display::fmt(value, f),
            Form::Float(float) => f.write_str(&decimal::shortest_text(float)),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Integers are equal when they are the same number; fractions when they print the same, whatever their precision.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Integer { value: a, .. }, Form::Integer { value: b, .. }) => a == b,
            (Form::Float(a), Form::Float(b)) if !a.is_integer() && !b.is_integer() => {
                if a.precision() == b.precision() {
                    a.compare(b) == Ordering::Equal
                } else {
                    a.is_near(b) && decimal::shortest_text(a) == decimal::shortest_text(b)
                }
            }
            _ => self.compare_exactly(other) == Ordering::Equal,
        }
    }
}

impl Eq for Number {}

impl Number {
    /// By value alone, also where the two print the same.
    pub(super) fn compare_exactly(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Integer { value: a, .. }, Form::Integer { value: b, .. }) => a.cmp(b),
            _ => self.to_float().compare(&other.to_float()),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.compare_exactly(other) {
            Ordering::Equal => Ordering::Equal,
            unequal if self.is_integer() || other.is_integer() || self != other => unequal,
            _ => Ordering::Equal,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.to_i64() {
            Some(value) => value.hash(state),
            None if self.is_integer() => self.to_f64().to_bits().hash(state),
            None => self.to_string().hash(state),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Form::Integer { value, precision: COUNTED })
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        i64::from(value).into()
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        i64::from(value).into()
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or_else(|_| Self::from_integer(BigInt::from(value)), Self::from)
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        (value as u64).into()
    }
}

/// NaN, which is no number, becomes zero: use [`Number::from_f64`] where it can occur.
impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self::from_f64(value).unwrap_or_else(|| Self::from(0i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[track_caller]
    fn check(number: Option<Number>, expected: &str) {
        assert_eq!(number.expect("a number").to_string(), expected);
    }

    #[test]
    fn prints_as_terraform() {
        for text in ["0", "-0", "12", "-7", "0.1", "1.5", "-0.000001", "123456789012345678901234567890", "0.3333"] {
            assert_eq!(number(text).to_string(), text);
        }
        for (text, expected) in
            [("1e3", "1000"), ("1p3", "8"), ("1.", "1"), (".5", "0.5"), ("+5", "5"), ("inf", "+Inf")]
        {
            assert_eq!(number(text).to_string(), expected);
        }
        assert_eq!(number("1e400").to_string(), format!("1{}", "0".repeat(400)));
        assert_eq!(number("1e-90000").to_string(), format!("0.{}1", "0".repeat(89999)));
        assert_eq!(number("-12.5e70000").to_string(), format!("-125{}", "0".repeat(69999)));
        check(Number::from_f64(2f64.powi(100)), "1267650600228229400000000000000");
        check(Number::from_f64(0.1), "0.1");
    }

    #[test]
    fn rejects_what_is_not_decimal() {
        for text in ["", "-", "0x10", "1_000", " 1", "1e", "e5", ".", "1e99999999999999999999", "nan", "--1", "1.2.3"] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn calculates_as_terraform() {
        check(number("0.1").add(&number("0.2")), "0.3");
        let sum = number("1.1").add(&number("2.2")).expect("a number").to_string();
        assert_eq!((sum.len(), &sum[..4], &sum[sum.len() - 4..]), (156, "3.30", "0002"));
        check(Number::from(1).divide(&Number::from(3)), "0.33333333333333333334");
        assert_eq!(number("1").divide(&number("3")).expect("a number").to_string().len(), 157);
        check(number("5").modulo(&number("-3")), "2");
        check(number("-5").modulo(&number("3")), "-2");
        check(number("5.5").modulo(&number("2")), "1.5");
        check(number("5").modulo(&number("0")), "5");
        check(number("7.5").modulo(&number("0.1")), "0");
        let rest = number("100").modulo(&number("7.3")).expect("a number").to_string();
        assert_eq!((rest.len(), &rest[..5], &rest[rest.len() - 4..]), (155, "5.099", "9998"));
        check(number("-1").multiply(&number("0")), "-0");
        check(number("0").subtract(&number("0")), "0");
        check(number("1").divide(&number("0")), "+Inf");
        check(number("9223372036854775807").add(&number("1")), "9223372036854775808");
        check(number("3037000500").multiply(&number("3037000500")), "9223372037000250000");
        assert!(number("0").divide(&number("0")).is_none());
        assert!(number("inf").subtract(&number("inf")).is_none());
    }

    #[test]
    fn rounds_to_integers() {
        check(Some(number("-2.5").floor()), "-3");
        check(Some(number("-2.5").ceil()), "-2");
        check(Some(number("-0.5").ceil()), "0");
        check(Some(number("2.5").truncate()), "2");
        check(Some(number("1e30").divide(&number("7")).expect("a number").floor()), "142857142857142857142857142857");
    }

    #[test]
    fn compares_fractions_by_what_they_print() {
        assert_eq!(Number::from_f64(0.1), Some(number("0.1")));
        assert_eq!(number("-0"), number("0"));
        assert!(number("0.1") < number("0.2"));
        assert!(number("-inf") < number("-1e1000"));
        assert_eq!(Number::from(u64::MAX).to_u64(), Some(u64::MAX));
        assert_eq!(number("1.5").to_i64(), None);
    }

    #[test]
    fn large_and_small_numbers_have_an_exponent() {
        for (text, expected) in [
            ("1000", "1000"),
            ("12345678901", "1.23456789e+10"),
            ("0.00001", "1e-05"),
            ("1e10", "1e+10"),
            ("0.5", "0.5"),
        ] {
            assert_eq!(number(text).decimal().general_to(10, 'e'), expected);
        }
        assert_eq!(number("100000").shortest_decimal().general('e'), "100000");
        assert_eq!(number("12345678").shortest_decimal().general('e'), "1.2345678e+07");
        assert_eq!(number("2.675").decimal().fixed_to(2), "2.67");
        assert_eq!(number("0.004").decimal().fixed_to(2), "0.00");
        assert_eq!(number("9.99").decimal().fixed_to(1), "10.0");
    }

    proptest! {
        #[test]
        fn print_and_parse_round_trip(digits in "[1-9][0-9]{0,40}", fraction in "[0-9]{0,40}", exponent in -300..300) {
            let first = number(&format!("{digits}.{fraction}e{exponent}"));
            let again = number(&first.to_string());
            prop_assert_eq!(first.compare_exactly(&again), Ordering::Equal);
        }

        #[test]
        fn doubles_round_trip(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let number = Number::from_f64(value).expect("finite");
            prop_assert_eq!(number.to_f64(), value);
            prop_assert_eq!(number.to_string().parse::<f64>().expect("decimal"), value);
        }

        #[test]
        fn integers_calculate_as_floats(a in any::<i64>(), b in any::<i64>()) {
            let (x, y) = (Number::from(a), Number::from(b));
            let slow = x.to_float().add(&y.to_float()).map(Number::from_float);
            prop_assert_eq!(x.add(&y), slow);
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        }
    }
}
