//! Between the SDK's typed getters and setters and our values.
//!
//! `Subnet::vpc_id` is `fn(&Subnet) -> Option<&str>` and `CreateSubnetFluentBuilder::set_vpc_id` is
//! `fn(Self, Option<String>) -> Self`. Each shape of getter or setter is an implementation of [`Getter`] or [`Setter`] with a
//! marker of its own, so that a declaration names the SDK's function and nothing else. (Setters of the SDK's enums would be ambiguous with
//! those of texts; `Field::enum_to` takes them.)

use super::want::texts_of;
use crate::value::{Data, Type, Value};

/// Reads one attribute from what the API says.
pub trait Getter<T, Marker>: Send + Sync + 'static {
    fn get(&self, from: &T) -> Value;
}

/// Puts one attribute into a request.
pub trait Setter<C, Marker>: Send + Sync + 'static {
    fn set(&self, request: C, value: &Value) -> C;
}

pub struct AsText;
pub struct AsOwnedText;
pub struct AsNumber;
pub struct AsLong;
pub struct AsFraction;
pub struct AsFlag;
pub struct AsTexts;
pub struct AsValue;
pub struct AsJson;
pub struct AsEnum<E>(std::marker::PhantomData<E>);

impl<T, F> Getter<T, AsText> for F
where
    F: for<'a> Fn(&'a T) -> Option<&'a str> + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        self(from).map_or(Value::null(Type::String), Value::text)
    }
}

impl<T, F> Getter<T, AsOwnedText> for F
where
    F: Fn(&T) -> Option<String> + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        self(from).map_or(Value::null(Type::String), |text| Value::text(&text))
    }
}

impl<T, F> Getter<T, AsNumber> for F
where
    F: Fn(&T) -> Option<i32> + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        self(from).map_or(Value::null(Type::Number), |number| Value::number(i64::from(number)))
    }
}

impl<T, F> Getter<T, AsLong> for F
where
    F: Fn(&T) -> Option<i64> + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        self(from).map_or(Value::null(Type::Number), Value::number)
    }
}

impl<T, F> Getter<T, AsFraction> for F
where
    F: Fn(&T) -> Option<f64> + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        self(from).map_or(Value::null(Type::Number), Value::number)
    }
}

impl<T, F> Getter<T, AsFlag> for F
where
    F: Fn(&T) -> Option<bool> + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        self(from).map_or(Value::null(Type::Bool), Value::bool)
    }
}

impl<T, F> Getter<T, AsTexts> for F
where
    F: for<'a> Fn(&'a T) -> &'a [String] + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        Value::list(Type::String, self(from).iter().map(|text| Value::text(text)).collect())
    }
}

impl<T, F> Getter<T, AsValue> for F
where
    F: Fn(&T) -> Value + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        self(from)
    }
}

/// Nested blocks: what the objects leave out is null, or no block.
impl<T, F> Getter<T, AsJson> for F
where
    F: Fn(&T) -> serde_json::Value + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        crate::value::from_json(&self(from))
    }
}

impl<T, F, E> Getter<T, AsEnum<E>> for F
where
    E: AsRef<str> + 'static,
    F: for<'a> Fn(&'a T) -> Option<&'a E> + Send + Sync + 'static,
{
    fn get(&self, from: &T) -> Value {
        self(from).map_or(Value::null(Type::String), |member| Value::text(member.as_ref()))
    }
}

impl<C, F> Setter<C, AsText> for F
where
    F: Fn(C, Option<String>) -> C + Send + Sync + 'static,
{
    fn set(&self, request: C, value: &Value) -> C {
        self(request, value.as_str().map(ToString::to_string))
    }
}

impl<C, F> Setter<C, AsNumber> for F
where
    F: Fn(C, Option<i32>) -> C + Send + Sync + 'static,
{
    fn set(&self, request: C, value: &Value) -> C {
        self(request, value.as_number().and_then(|number| i32::try_from(number.to_i64()?).ok()))
    }
}

impl<C, F> Setter<C, AsLong> for F
where
    F: Fn(C, Option<i64>) -> C + Send + Sync + 'static,
{
    fn set(&self, request: C, value: &Value) -> C {
        self(request, value.as_number().and_then(|number| number.to_i64()))
    }
}

impl<C, F> Setter<C, AsFraction> for F
where
    F: Fn(C, Option<f64>) -> C + Send + Sync + 'static,
{
    fn set(&self, request: C, value: &Value) -> C {
        self(request, value.as_number().map(|number| number.to_f64()))
    }
}

impl<C, F> Setter<C, AsFlag> for F
where
    F: Fn(C, Option<bool>) -> C + Send + Sync + 'static,
{
    fn set(&self, request: C, value: &Value) -> C {
        self(request, value.as_bool())
    }
}

impl<C, F> Setter<C, AsTexts> for F
where
    F: Fn(C, Option<Vec<String>>) -> C + Send + Sync + 'static,
{
    fn set(&self, request: C, value: &Value) -> C {
        self(request, matches!(value.data(), Data::List(_) | Data::Set(_)).then(|| texts_of(value)))
    }
}

impl<C, F> Setter<C, AsValue> for F
where
    F: Fn(C, &Value) -> C + Send + Sync + 'static,
{
    fn set(&self, request: C, value: &Value) -> C {
        self(request, value)
    }
}
