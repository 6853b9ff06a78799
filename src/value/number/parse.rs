//! Numbers from decimal text.
//!
//! The digits are multiplied or divided by a power of five that is itself rounded (at 64 bits more than the result), exactly as Go's
//! `big.ParseFloat` does, so that the last bit is the same.

use super::float::Float;
use num_bigint::BigUint;
use num_traits::Num;

/// Bits by which a power of five is more precise than what it is used for.
const GUARD_BITS: u32 = 64;

/// Sign, digits with a point, exponent (`e` decimal, `p` binary), or `inf`.
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

pub(super) fn power_of_five(exponent: u64, precision: u32) -> Option<Float> {
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
