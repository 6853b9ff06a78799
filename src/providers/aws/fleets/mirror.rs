//! Blocks whose attributes bear the API's own names: written once, they are declared, sent and read.
//!
//! `mirrored!(cpu_options: LaunchTemplateCpuOptionsRequest, LaunchTemplateCpuOptions { number core_count, choice amd_sev_snp });`
//! makes a module with `fields`, `request` (from a block) and `value` (from what the API says). `choice` is one of the SDK's enums, `truth` a
//! flag that is written as a text, `block` the module of an inner block.

use crate::providers::aws::engine::{Field, flag, number, set_of_text, text};
use crate::value::{Type, Value};

macro_rules! mirrored {
    ($name:ident: $request:ty, $response:ty { $($kind:ident $attribute:ident),* $(,)? }) => {
        pub mod $name {
            use super::*;

            pub fn fields() -> Vec<crate::providers::aws::engine::Field<(), ()>> {
                vec![$(mirrored!(@field $kind $attribute)),*]
            }

            pub fn request(block: &crate::providers::aws::engine::Want) -> $request {
                let builder = <$request>::builder();
                $(let builder = mirrored!(@send $kind $attribute builder block);)*
                builder.build()
            }

            pub fn value(found: &$response) -> crate::value::Value {
                crate::value::Value::object([
                    $((crate::value::Text::from(stringify!($attribute)), mirrored!(@show $kind found.$attribute, $attribute))),*
                ])
            }
        }
    };
    (@field block $attribute:ident) => {
        crate::providers::aws::engine::block_list(stringify!($attribute), 1, $attribute::fields()).optional()
    };
    (@field $kind:ident $attribute:ident) => { $crate::providers::aws::fleets::mirror::$kind(stringify!($attribute)) };
    (@send string $attribute:ident $builder:ident $block:ident) => {
        match $block.filled(stringify!($attribute)) { Some(text) => $builder.$attribute(text), None => $builder }
    };
    (@send choice $attribute:ident $builder:ident $block:ident) => {
        match $block.filled(stringify!($attribute)) { Some(text) => $builder.$attribute(text.as_str().into()), None => $builder }
    };
    (@send truth $attribute:ident $builder:ident $block:ident) => {
        match $block.filled(stringify!($attribute)) { Some(text) => $builder.$attribute(text == "true"), None => $builder }
    };
    (@send whole $attribute:ident $builder:ident $block:ident) => {
        match $block.integer(stringify!($attribute)).filter(|number| *number != 0) {
            Some(number) => $builder.$attribute(number),
            None => $builder,
        }
    };
    (@send yes $attribute:ident $builder:ident $block:ident) => {
        match $block.flag(stringify!($attribute)) { Some(yes) => $builder.$attribute(yes), None => $builder }
    };
    (@send strings $attribute:ident $builder:ident $block:ident) => {
        $block.texts(stringify!($attribute)).into_iter().fold($builder, |builder, text| builder.$attribute(text))
    };
    (@send block $attribute:ident $builder:ident $block:ident) => {
        match $block.item(stringify!($attribute)) { Some(inner) => $builder.$attribute($attribute::request(&inner)), None => $builder }
    };
    (@show string $found:ident.$field:ident, $attribute:ident) => { crate::value::Value::text($found.$field.as_deref().unwrap_or_default()) };
    (@show choice $found:ident.$field:ident, $attribute:ident) => {
        crate::value::Value::text($found.$field.as_ref().map(|choice| choice.as_str()).unwrap_or_default())
    };
    (@show truth $found:ident.$field:ident, $attribute:ident) => {
        crate::value::Value::text(&$found.$field.map(|truth| truth.to_string()).unwrap_or_default())
    };
    (@show whole $found:ident.$field:ident, $attribute:ident) => {
        crate::value::Value::from(i64::from($found.$field.unwrap_or_default()))
    };
    (@show yes $found:ident.$field:ident, $attribute:ident) => { crate::value::Value::bool($found.$field.unwrap_or_default()) };
    (@show strings $found:ident.$field:ident, $attribute:ident) => {
        $crate::providers::aws::fleets::mirror::shown_texts($found.$field.as_deref().unwrap_or_default())
    };
    (@show block $found:ident.$field:ident, $attribute:ident) => {
        crate::value::Value::tuple($found.$field.as_ref().map($attribute::value).into_iter().collect())
    };
}
pub(super) use mirrored;

pub fn string(name: &'static str) -> Field<(), ()> {
    text(name).optional()
}

pub fn choice(name: &'static str) -> Field<(), ()> {
    text(name).optional()
}

pub fn truth(name: &'static str) -> Field<(), ()> {
    text(name).optional().one_of(&["", "true", "false", "0", "1"])
}

pub fn whole(name: &'static str) -> Field<(), ()> {
    number(name).optional()
}

pub fn yes(name: &'static str) -> Field<(), ()> {
    flag(name).optional()
}

pub fn strings(name: &'static str) -> Field<(), ()> {
    set_of_text(name).optional()
}

/// No texts are none at all.
pub fn shown_texts(texts: &[String]) -> Value {
    match texts {
        [] => Value::null(Type::set(Type::String)),
        texts => Value::set(Type::String, texts.iter().map(|text| Value::text(text)).collect()),
    }
}

/// The same attributes, which the API fills where nobody does.
pub fn computed(fields: Vec<Field<(), ()>>) -> Vec<Field<(), ()>> {
    fields.into_iter().map(Field::computed).collect()
}

/// The same attributes, which have to be there.
pub fn required(fields: Vec<Field<(), ()>>) -> Vec<Field<(), ()>> {
    let needed = |field: Field<(), ()>| {
        let mut field = field.required();
        field.declared.is_optional = false;
        field
    };
    fields.into_iter().map(needed).collect()
}
