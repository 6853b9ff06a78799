//! Binary floating point of any precision, rounded half to even.
//!
//! The mantissa is an odd integer, so that one number has one form: `mantissa * 2^exponent`. Exponents are limited as in Go's
//! `big.Float`, so that too large becomes infinite and too small becomes zero.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};
use std::cmp::Ordering;

/// A number and how many bits its mantissa may have.
#[derive(Clone, Debug)]
pub struct Float {
    negative: bool,
    precision: u32,
    size: Size,
}

#[derive(Clone, Debug)]
enum Size {
    Zero,
    /// The mantissa is odd.
    Finite {
        mantissa: BigUint,
        exponent: i64,
    },
    Infinite,
}

impl Float {
    /// `mantissa * 2^exponent`, rounded. `inexact` says that the true mantissa is a little larger: it then must have at least two
    /// bits more than the precision.
    pub fn rounded(negative: bool, mantissa: BigUint, exponent: i64, precision: u32, inexact: bool) -> Self {
        let (mut mantissa, mut exponent) = (mantissa, exponent);
        let excess = mantissa.bits().saturating_sub(u64::from(precision));
        if excess > 0 {
            let half = mantissa.bit(excess - 1);
            let beyond = inexact || mantissa.trailing_zeros().is_some_and(|zeros| zeros < excess - 1);
            mantissa >>= excess;
            if half && (beyond || mantissa.bit(0)) {
                mantissa += 1u32;
            }
            exponent += excess as i64;
        }
        let size = match mantissa.trailing_zeros() {
            None => Size::Zero,
            Some(zeros) => {
                mantissa >>= zeros;
                exponent += zeros as i64;
                match exponent + mantissa.bits() as i64 {
                    top if top > i64::from(i32::MAX) => Size::Infinite,
                    top if top < i64::from(i32::MIN) => Size::Zero,
                    _ => Size::Finite { mantissa, exponent },
                }
            }
        };
        Self { negative, precision, size }
    }

    pub fn zero(negative: bool, precision: u32) -> Self {
        Self { negative, precision, size: Size::Zero }
    }

    pub fn infinity(negative: bool, precision: u32) -> Self {
        Self { negative, precision, size: Size::Infinite }
    }

    pub fn from_i64(value: i64, precision: u32) -> Self {
        Self::rounded(value < 0, value.unsigned_abs().into(), 0, precision, false)
    }

    pub fn from_big_integer(value: &BigInt, precision: u32) -> Self {
        Self::rounded(value.sign() == Sign::Minus, value.magnitude().clone(), 0, precision, false)
    }

    /// `None` for NaN.
    pub fn from_f64(value: f64, precision: u32) -> Option<Self> {
        let negative = value.is_sign_negative();
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Self::infinity(negative, precision));
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match (bits >> 52) & 0x7ff {
            0 => (fraction, -1074),
            biased => (fraction | 1 << 52, biased as i64 - 1075),
        };
        Some(Self::rounded(negative, mantissa.into(), exponent, precision, false))
    }

    pub fn precision(&self) -> u32 {
        self.precision
    }

    /// Rounded where the new precision is smaller.
    pub fn with_precision(self, precision: u32) -> Self {
        match self.size {
            Size::Finite { mantissa, exponent } => Self::rounded(self.negative, mantissa, exponent, precision, false),
            size => Self { precision, size, ..self },
        }
    }

    /// The fewest bits that hold the mantissa.
    pub fn needed_precision(&self) -> u32 {
        match &self.size {
            Size::Finite { mantissa, .. } => mantissa.bits() as u32,
            _ => 0,
        }
    }

    /// Also for negative zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    pub fn is_infinite(&self) -> bool {
        matches!(self.size, Size::Infinite)
    }

    pub fn is_integer(&self) -> bool {
        match &self.size {
            Size::Zero => true,
            Size::Finite { exponent, .. } => *exponent >= 0,
            Size::Infinite => false,
        }
    }

    pub fn sign(&self) -> Ordering {
        match (&self.size, self.negative) {
            (Size::Zero, _) => Ordering::Equal,
            (_, true) => Ordering::Less,
            (_, false) => Ordering::Greater,
        }
    }

    /// Mantissa and exponent; nothing for zero and infinities.
    pub fn parts(&self) -> Option<(&BigUint, i64)> {
        match &self.size {
            Size::Finite { mantissa, exponent } => Some((mantissa, *exponent)),
            _ => None,
        }
    }

    /// The position of the highest bit: `2^(bits - 1) <= |self| < 2^bits`.
    pub fn magnitude_bits(&self) -> i64 {
        self.parts().map_or(0, |(mantissa, exponent)| exponent + mantissa.bits() as i64)
    }

    /// The integer part; `None` for infinities.
    pub fn truncated_integer(&self) -> Option<BigInt> {
        let magnitude = match &self.size {
            Size::Zero => BigUint::zero(),
            Size::Finite { mantissa, exponent } if *exponent >= 0 => mantissa << *exponent as u64,
            Size::Finite { mantissa, exponent } => mantissa >> exponent.unsigned_abs(),
            Size::Infinite => return None,
        };
        Some(BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude))
    }

    /// The integer part at the same precision.
    pub fn truncated(&self) -> Self {
        match &self.size {
            Size::Finite { mantissa, exponent } if *exponent < 0 => {
                Self::rounded(self.negative, mantissa >> exponent.unsigned_abs(), 0, self.precision, false)
            }
            _ => self.clone(),
        }
    }

    /// The integer it is, where it is one that fits.
    pub fn to_i64(&self) -> Option<i64> {
        if !self.is_integer() || self.magnitude_bits() > 64 {
            return None;
        }
        self.truncated_integer()?.to_i64()
    }

    pub fn to_f64(&self) -> f64 {
        let magnitude = match &self.size {
            Size::Zero => 0.0,
            Size::Infinite => f64::INFINITY,
            Size::Finite { mantissa, exponent } => magnitude_to_f64(mantissa, *exponent),
        };
        if self.negative { -magnitude } else { magnitude }
    }

    pub fn negate(self) -> Self {
        Self { negative: !self.negative, ..self }
    }

    pub fn compare(&self, other: &Self) -> Ordering {
        self.sign().cmp(&other.sign()).then_with(|| {
            let magnitudes = self.compare_magnitude(other);
            if self.negative { magnitudes.reverse() } else { magnitudes }
        })
    }

    /// Both have one sign.
    fn compare_magnitude(&self, other: &Self) -> Ordering {
        match (&self.size, &other.size) {
            (
                Size::Finite { mantissa: a, exponent: a_exponent },
                Size::Finite { mantissa: b, exponent: b_exponent },
            ) => self.magnitude_bits().cmp(&other.magnitude_bits()).then_with(|| {
                let base = *a_exponent.min(b_exponent);
                (a << (a_exponent - base) as u64).cmp(&(b << (b_exponent - base) as u64))
            }),
            (Size::Infinite, Size::Infinite) | (Size::Zero, Size::Zero) => Ordering::Equal,
            (Size::Infinite, _) | (_, Size::Zero) => Ordering::Greater,
            (_, Size::Infinite) | (Size::Zero, _) => Ordering::Less,
        }
    }

    /// Equal in the first bits: a quick test before an exact one.
    pub fn is_near(&self, other: &Self) -> bool {
        self.sign() == other.sign()
            && self.is_infinite() == other.is_infinite()
            && (self.magnitude_bits() - other.magnitude_bits()).abs() <= 1
    }

    /// At the larger precision. `None` for opposing infinities.
    pub fn add(&self, other: &Self) -> Option<Self> {
        let precision = self.precision.max(other.precision);
        match (&self.size, &other.size) {
            (Size::Infinite, Size::Infinite) if self.negative != other.negative => None,
            (Size::Zero, Size::Zero) => Some(Self::zero(self.negative && other.negative, precision)),
            (Size::Infinite, _) | (_, Size::Zero) => Some(self.clone().with_precision(precision)),
            (_, Size::Infinite) | (Size::Zero, _) => Some(other.clone().with_precision(precision)),
            (Size::Finite { .. }, Size::Finite { .. }) => {
                let (large, small) =
                    if self.magnitude_bits() >= other.magnitude_bits() { (self, other) } else { (other, self) };
                Some(large.add_smaller(small, precision))
            }
        }
    }

    /// Both are finite. What is far below the last bit of the sum is replaced by something as small, to keep numbers short.
    fn add_smaller(&self, small: &Self, precision: u32) -> Self {
        let (Some((a, a_exponent)), Some((b, b_exponent))) = (self.parts(), small.parts()) else {
            return self.clone().with_precision(precision);
        };
        let floor = a_exponent.min(self.magnitude_bits() - i64::from(precision)) - 4;
        let (one, b, b_exponent) = (BigUint::one(), b, b_exponent);
        let (b, b_exponent) = if small.magnitude_bits() < floor { (&one, floor) } else { (b, b_exponent) };
        let base = a_exponent.min(b_exponent);
        let signed = |negative: bool, mantissa: &BigUint, exponent: i64| {
            let sign = if negative { Sign::Minus } else { Sign::Plus };
            BigInt::from_biguint(sign, mantissa << (exponent - base) as u64)
        };
        let sum = signed(self.negative, a, a_exponent) + signed(small.negative, b, b_exponent);
        let negative = sum.sign() == Sign::Minus;
        Self::rounded(negative, sum.into_parts().1, base, precision, false)
    }

    /// `None` for zero times infinity.
    pub fn multiply(&self, other: &Self, precision: u32) -> Option<Self> {
        let negative = self.negative != other.negative;
        match (&self.size, &other.size) {
            (
                Size::Finite { mantissa: a, exponent: a_exponent },
                Size::Finite { mantissa: b, exponent: b_exponent },
            ) => Some(Self::rounded(negative, a * b, a_exponent + b_exponent, precision, false)),
            (Size::Zero, Size::Infinite) | (Size::Infinite, Size::Zero) => None,
            (Size::Zero, _) | (_, Size::Zero) => Some(Self::zero(negative, precision)),
            (Size::Infinite, _) | (_, Size::Infinite) => Some(Self::infinity(negative, precision)),
        }
    }

    /// At the larger precision. `None` for zero by zero and infinity by infinity.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        self.divide_at(other, self.precision.max(other.precision))
    }

    pub fn divide_at(&self, other: &Self, precision: u32) -> Option<Self> {
        let negative = self.negative != other.negative;
        match (&self.size, &other.size) {
            (
                Size::Finite { mantissa: a, exponent: a_exponent },
                Size::Finite { mantissa: b, exponent: b_exponent },
            ) => {
                let shift = (u64::from(precision) + 3 + b.bits()).saturating_sub(a.bits());
                let (quotient, rest) = (a << shift).div_rem(b);
                let exponent = a_exponent - b_exponent - shift as i64;
                Some(Self::rounded(negative, quotient, exponent, precision, !rest.is_zero()))
            }
            (Size::Zero, Size::Zero) | (Size::Infinite, Size::Infinite) => None,
            (Size::Zero, _) | (_, Size::Infinite) => Some(Self::zero(negative, precision)),
            (Size::Infinite, _) | (_, Size::Zero) => Some(Self::infinity(negative, precision)),
        }
    }
}

fn magnitude_to_f64(mantissa: &BigUint, exponent: i64) -> f64 {
    const SMALLEST: f64 = f64::from_bits(1);
    let top = exponent + mantissa.bits() as i64;
    // Numbers close to zero have fewer bits.
    let precision = (top + 1074).min(53);
    match precision {
        _ if top > 1024 => f64::INFINITY,
        ..0 => 0.0,
        0 if mantissa.is_one() => 0.0,
        0 => SMALLEST,
        _ => {
            let rounded = Float::rounded(false, mantissa.clone(), exponent, precision as u32, false);
            let Some((mantissa, exponent)) = rounded.parts() else { return 0.0 };
            let (first, second) = (exponent / 2, exponent - exponent / 2);
            mantissa.to_u64().map_or(0.0, |bits| bits as f64) * 2f64.powi(first as i32) * 2f64.powi(second as i32)
        }
    }
}
