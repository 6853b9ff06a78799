//! Numbers with a fraction: `%e`, `%f`, `%g`, from exact decimal digits.

use super::Verb;
use crate::value::Number;
use num_bigint::BigUint;

/// Decimal digits and where the point stands: `0.d1d2d3... * 10^exponent`. Zero has no digits.
struct Decimal {
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// All digits that the binary number has.
    fn exact(number: &Number) -> Self {
        let (mantissa, exponent) = number.magnitude_parts();
        if mantissa == BigUint::ZERO {
            return Self { digits: Vec::new(), exponent: 0 };
        }
        let (digits, exponent) = match exponent {
            0.. => {
                let digits = (mantissa << exponent as u64).to_radix_be(10);
                let length = digits.len() as i64;
                (digits, length)
            }
            _ => {
                let scaled = mantissa * BigUint::from(5u32).pow(exponent.unsigned_abs() as u32);
                let digits = scaled.to_radix_be(10);
                let length = digits.len() as i64;
                (digits, length + exponent)
            }
        };
        Self { digits, exponent }.trimmed()
    }

    /// As few digits as tell the number from its neighbours.
    fn shortest(number: &Number) -> Self {
        let text = number.absolute().to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        let exponent = whole.len() as i64 - zeros as i64;
        Self { digits: digits[zeros..].to_vec(), exponent }.trimmed()
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

    /// Rounded to so many digits, half to even.
    fn round(&mut self, count: i64) {
        let Ok(count) = usize::try_from(count) else {
            self.digits.clear();
            self.exponent = 0;
            return;
        };
        let Some(next) = self.digits.get(count) else { return };
        let is_half = *next == 5 && count + 1 == self.digits.len();
        let is_odd = count > 0 && self.digits[count - 1] % 2 == 1;
        let rounds_up = if is_half { is_odd } else { *next >= 5 };
        self.digits.truncate(count);
        if rounds_up {
            self.increment();
        }
        let rounded = std::mem::replace(self, Self { digits: Vec::new(), exponent: 0 });
        *self = rounded.trimmed();
    }

    fn increment(&mut self) {
        while let Some(last) = self.digits.pop() {
            if last < 9 {
                self.digits.push(last + 1);
                return;
            }
        }
        self.digits.push(1);
        self.exponent += 1;
    }

    fn digit(&self, index: i64) -> char {
        let digit = usize::try_from(index).ok().and_then(|index| self.digits.get(index)).unwrap_or(&0);
        char::from(b'0' + digit)
    }

    /// `123.45`
    fn fixed(&self, precision: usize) -> String {
        let mut out = String::new();
        match self.exponent {
            1.. => out.extend((0..self.exponent).map(|index| self.digit(index))),
            _ => out.push('0'),
        }
        if precision > 0 {
            out.push('.');
            out.extend((0..precision as i64).map(|index| self.digit(self.exponent + index)));
        }
        out
    }

    /// `1.2345e+02`
    fn scientific(&self, precision: usize, letter: char) -> String {
        let mut out = String::from(self.digit(0));
        if precision > 0 {
            out.push('.');
            out.extend((1..=precision as i64).map(|index| self.digit(index)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.exponent - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        out + &format!("{letter}{sign}{:02}", exponent.abs())
    }
}

/// `%v`: as few digits as possible, with an exponent from 10^21 on and below 10^-4.
pub(super) fn shortest(number: &Number) -> String {
    let sign = if number.is_negative() { "-" } else { "" };
    if number.is_infinite() {
        return if sign.is_empty() { "+Inf".into() } else { "-Inf".into() };
    }
    format!("{sign}{}", general(Decimal::shortest(number), None, 'e'))
}

/// A fixed point or an exponent, whichever suits the size.
fn general(mut decimal: Decimal, precision: Option<usize>, letter: char) -> String {
    let limit = match precision {
        Some(precision) => {
            decimal.round(precision.max(1) as i64);
            let limit = precision.max(1);
            if limit > decimal.digits.len() && decimal.digits.len() as i64 >= decimal.exponent {
                decimal.digits.len() as i64
            } else {
                limit as i64
            }
        }
        None => 6,
    };
    let limit = if precision.is_none() { limit.max(21) } else { limit };
    let exponent = decimal.exponent - 1;
    let is_zero = decimal.digits.is_empty();
    if !is_zero && (exponent < -4 || exponent >= limit) {
        return decimal.scientific(decimal.digits.len().saturating_sub(1), letter);
    }
    let fraction = decimal.digits.len() as i64 - decimal.exponent;
    decimal.fixed(fraction.max(0) as usize)
}

pub(super) fn format(verb: &Verb<'_>, number: &Number) -> String {
    let sign = verb.sign(number.is_negative());
    if number.is_infinite() {
        let sign = if sign.is_empty() { "+" } else { sign };
        return verb.align(format!("{sign}Inf"), verb.width);
    }
    let body = match verb.mode {
        'f' => {
            let precision = verb.precision.unwrap_or(6);
            let mut decimal = Decimal::exact(number);
            let count = decimal.exponent + precision as i64;
            decimal.round(count);
            decimal.fixed(precision)
        }
        'e' | 'E' => {
            let precision = verb.precision.unwrap_or(6);
            let mut decimal = Decimal::exact(number);
            decimal.round(precision as i64 + 1);
            decimal.scientific(precision, verb.mode)
        }
        _ => {
            let letter = if verb.mode == 'G' { 'E' } else { 'e' };
            match verb.precision {
                Some(precision) => general(Decimal::exact(number), Some(precision), letter),
                None => general(Decimal::shortest(number), None, letter),
            }
        }
    };
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + body.len());
    if verb.is_zero && !verb.is_left {
        return format!("{sign}{}{body}", "0".repeat(missing));
    }
    verb.align(format!("{sign}{body}"), verb.width)
}
