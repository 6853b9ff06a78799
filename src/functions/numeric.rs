//! Numbers.

use super::call::whole;
use super::entry::{any, number};
use super::{Call, CallError, Function};
use crate::value::{Number, Type, Value};
use num_bigint::{BigInt, BigUint, Sign};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("abs", [number("num").dynamic()], Type::Number, |call| Ok(call.number(0).absolute().into()))
            .documented(
                "`abs` returns the absolute value of the given number. In other words, if the number is zero or \
             positive then it is returned as-is, but if it is negative then it is multiplied by -1 to make it \
             positive before returning it.",
            )
            .example("abs(-12.4)", "12.4"),
        Function::new("ceil", [number("num")], Type::Number, |call| Ok(without_sign_of_zero(call.number(0).ceil())))
            .documented(
                "`ceil` returns the closest whole number that is greater than or equal to the given value, which \
             may be a fraction.",
            )
            .example("ceil(5.1)", "6"),
        Function::new("floor", [number("num")], Type::Number, |call| Ok(without_sign_of_zero(call.number(0).floor())))
            .documented(
                "`floor` returns the closest whole number that is less than or equal to the given value, which may \
             be a fraction.",
            )
            .example("floor(4.9)", "4"),
        Function::new("log", [number("num"), number("base")], Type::Number, log)
            .documented("`log` returns the logarithm of a given number in a given base.")
            .example("log(16, 2)", "4"),
        Function::new("max", [], Type::Number, |call| extreme(call, |number, best| number > best))
            .variadic(number("numbers").dynamic())
            .documented("`max` takes one or more numbers and returns the greatest number from the set.")
            .example("max(12, 54, 3)", "54"),
        Function::new("min", [], Type::Number, |call| extreme(call, |number, best| number < best))
            .variadic(number("numbers").dynamic())
            .documented("`min` takes one or more numbers and returns the smallest number from the set.")
            .example("min(12, 54, 3)", "3"),
        Function::computed(
            "parseint",
            [any("number").marked().unknown(), number("base").marked().unknown()],
            |arguments, _| match arguments[0].type_of() {
                Type::String => Ok(Type::Number),
                other => {
                    let got = other.friendly_name();
                    Err(CallError::argument(0, format!("first argument must be a string, not {got}")))
                }
            },
            parse_int,
        )
        .documented(
            "`parseint` parses the given string as a representation of an integer in the specified base and \
             returns the resulting number. The base must be between 2 and 62 inclusive.",
        )
        .example("parseint(\"FF\", 16)", "255"),
        Function::new("pow", [number("num"), number("power")], Type::Number, pow)
            .documented(
                "`pow` calculates an exponent, by raising its first argument to the power of the second argument.",
            )
            .example("pow(3, 2)", "9"),
        Function::new("signum", [number("num")], Type::Number, |call| Ok(call.whole(0)?.signum().into()))
            .documented(
                "`signum` determines the sign of a number, returning a number between -1 and 1 to represent the \
             sign.",
            )
            .example("signum(-13)", "-1"),
        Function::new("sum", [any("list")], Type::Number, sum)
            .documented("`sum` takes a list or set of numbers and returns the sum of those numbers.")
            .example("sum([10, 13, 6, 4.5])", "33.5"),
    ]
}

/// Integers know no negative zero.
fn without_sign_of_zero(number: Number) -> Value {
    if number.is_zero() { number.absolute().into() } else { number.into() }
}

fn log(call: &Call<'_>) -> Result<Value, CallError> {
    let (number, base) = (call.double(0)?, call.double(1)?);
    from_double(number.ln() / base.ln())
}

fn pow(call: &Call<'_>) -> Result<Value, CallError> {
    from_double(power(call.double(0)?, call.double(1)?))
}

/// By repeated squaring of the mantissa, as Terraform computes it; the last digit can differ from what a correctly rounded
/// power would be.
fn power(base: f64, exponent: f64) -> f64 {
    let is_special = base == 0.0 || !base.is_finite() || exponent.abs() >= 9e18 || !exponent.is_finite();
    match exponent {
        _ if is_special => return base.powf(exponent),
        0.5 => return base.sqrt(),
        -0.5 => return 1.0 / base.sqrt(),
        _ => {}
    }
    let (mut whole, mut part) = (exponent.abs().trunc(), exponent.abs().fract());
    if part != 0.0 && base < 0.0 {
        return f64::NAN;
    }
    if part > 0.5 {
        (whole, part) = (whole + 1.0, part - 1.0);
    }
    let mut result = if part == 0.0 { 1.0 } else { (part * base.ln()).exp() };
    let mut result_exponent = 0;
    let (mut mantissa, mut mantissa_exponent) = split(base);
    let mut rest = whole as u64;
    while rest != 0 {
        if mantissa_exponent.abs() > 1 << 12 {
            result_exponent += mantissa_exponent;
            break;
        }
        if rest & 1 == 1 {
            result *= mantissa;
            result_exponent += mantissa_exponent;
        }
        mantissa *= mantissa;
        mantissa_exponent *= 2;
        if mantissa < 0.5 {
            mantissa += mantissa;
            mantissa_exponent -= 1;
        }
        rest >>= 1;
    }
    if exponent < 0.0 {
        (result, result_exponent) = (1.0 / result, -result_exponent);
    }
    // In two steps, so that a result close to the limits is not lost on the way.
    let half = result_exponent / 2;
    result * 2f64.powi(half) * 2f64.powi(result_exponent - half)
}

/// A mantissa between a half and one, and the exponent of two that goes with it.
fn split(value: f64) -> (f64, i32) {
    let normal = if value.abs() < f64::MIN_POSITIVE { value * 2f64.powi(64) } else { value };
    let shift = if normal == value { 0 } else { 64 };
    let exponent = (normal.to_bits() >> 52 & 0x7ff) as i32 - 1022;
    (normal * 2f64.powi(-(exponent / 2)) * 2f64.powi(-(exponent - exponent / 2)), exponent - shift)
}

fn from_double(double: f64) -> Result<Value, CallError> {
    match double.is_nan() {
        true => Err(CallError::panic("Float.SetFloat64(NaN)")),
        false => Ok(Value::number(double)),
    }
}

/// The first of the arguments that no later one is better than.
fn extreme(call: &Call<'_>, is_better: fn(&Number, &Number) -> bool) -> Result<Value, CallError> {
    let numbers = (0..call.arguments.len()).map(|index| call.number(index));
    let best = numbers.reduce(|best, number| if is_better(number, best) { number } else { best });
    best.map(|number| number.clone().into()).ok_or_else(|| "must pass at least one number".into())
}

fn parse_int(call: &Call<'_>) -> Result<Value, CallError> {
    let (digits, digit_marks) = call.arguments[0].clone().unmark();
    let (base, base_marks) = call.arguments[1].clone().unmark();
    let (Some(text), Some(base)) = (digits.as_str(), base.as_number()) else {
        return Ok(call.unknown().with_marks(digit_marks | base_marks));
    };
    let base = whole(base).map_err(|message| CallError::argument(1, message))?;
    if !(2..=62).contains(&base) {
        return Err(CallError::argument(1, "base must be a whole number between 2 and 62 inclusive"));
    }
    let Some(integer) = parse_in_base(text, base as u32) else {
        let shown = if digit_marks.is_sensitive() { "(sensitive value)".into() } else { format!("{text:?}") };
        let base = if base_marks.is_sensitive() { "(sensitive value)".into() } else { base.to_string() };
        return Err(CallError::argument(0, format!("cannot parse {shown} as a base {base} integer")));
    };
    let number = match i64::try_from(&integer) {
        Ok(small) => Number::from(small),
        Err(_) => Number::from_integer(integer),
    };
    Ok(Value::number(number).with_marks(digit_marks | base_marks))
}

/// Up to base 36 letters of either case are the same digit; beyond, capitals come after small letters.
fn parse_in_base(text: &str, base: u32) -> Option<BigInt> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (Sign::Minus, &text[1..]),
        b'+' => (Sign::Plus, &text[1..]),
        _ => (Sign::Plus, text),
    };
    if digits.is_empty() {
        return None;
    }
    let digit_of = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'z' => Some(byte - b'a' + 10),
        b'A'..=b'Z' if base <= 36 => Some(byte - b'A' + 10),
        b'A'..=b'Z' => Some(byte - b'A' + 36),
        _ => None,
    };
    let values: Option<Vec<u8>> =
        digits.bytes().map(|byte| digit_of(byte).filter(|digit| u32::from(*digit) < base)).collect();
    let magnitude = BigUint::from_radix_be(&values?, base)?;
    Some(BigInt::from_biguint(sign, magnitude))
}

fn sum(call: &Call<'_>) -> Result<Value, CallError> {
    let fail = |message: &str| Err(CallError::argument(0, message));
    let list = &call.arguments[0];
    let (length, is_sequence) = match (list.as_items(), list.as_entries()) {
        (Some(items), _) => (items.len(), true),
        (None, Some(entries)) => (entries.len(), false),
        (None, None) => return fail("cannot sum noniterable"),
    };
    if length == 0 {
        return fail("cannot sum an empty list");
    }
    if !is_sequence {
        let got = list.type_of().friendly_name();
        return fail(&format!("argument must be list, set, or tuple. Received {got}"));
    }
    if !list.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut total: Option<Number> = None;
    for item in call.items(0) {
        let converted = item.convert(&Type::Number).ok();
        let Some(number) = converted.as_ref().and_then(Value::as_number) else {
            return fail("argument must be list, set, or tuple of number values");
        };
        total = Some(match total {
            None => number.clone(),
            Some(total) => total.add(number).ok_or("can't compute sum of opposing infinities")?,
        });
    }
    Ok(total.expect("the list is not empty").into())
}
