//! Blocks whose attributes bear the API's own names: written once, they are declared, sent and read.
//!
//! `mirrored!(cpu_options: LaunchTemplateCpuOptionsRequest, LaunchTemplateCpuOptions { number core_count, choice amd_sev_snp });`
//! makes a module with `fields`, `request` (from a block) and `value` (from what the API says). `choice` is one of the SDK's enums, `choices`
//! a set of those, `truth` a flag that is written as a text, `block` the module of an inner block, `range` a block of two ends. Where the
//! SDK's name is another it follows the attribute's: `range vcpu_count = v_cpu_count`.

use crate::providers::aws::engine::{Field, block_list, flag, number, set_of_text, text};
use crate::value::{Type, Value};

macro_rules! mirrored {
    ($name:ident: $request:ty, $response:ty { $($kind:ident $attribute:ident $(= $member:ident)?),* $(,)? }) => {
        pub mod $name {
            use super::*;

            pub fn fields() -> Vec<crate::providers::aws::engine::Field<(), ()>> {
                vec![$(mirrored!(@field $kind $attribute)),*]
            }

            pub fn request(block: &crate::providers::aws::engine::Want) -> $request {
                let builder = <$request>::builder();
                $(let builder = mirrored!(@send $kind $attribute [$attribute $($member)?] builder block);)*
                builder.build()
            }

            pub fn value(found: &$response) -> crate::value::Value {
                crate::value::Value::object([
                    $((crate::value::Text::from(stringify!($attribute)), mirrored!(@show $kind $attribute [$attribute $($member)?] found))),*
                ])
            }
        }
    };
    (@field block $attribute:ident) => {
        crate::providers::aws::engine::block_list(stringify!($attribute), 1, $attribute::fields()).optional()
    };
    (@field $kind:ident $attribute:ident) => { $crate::providers::aws::fleets::mirror::$kind(stringify!($attribute)) };
    (@send $kind:ident $attribute:ident [$same:ident $member:ident] $builder:ident $block:ident) => {
        mirrored!(@send $kind $attribute [$member] $builder $block)
    };
    (@send string $attribute:ident [$member:ident] $builder:ident $block:ident) => {
        match $block.filled(stringify!($attribute)) { Some(text) => $builder.$member(text), None => $builder }
    };
    (@send choice $attribute:ident [$member:ident] $builder:ident $block:ident) => {
        match $block.filled(stringify!($attribute)) { Some(text) => $builder.$member(text.as_str().into()), None => $builder }
    };
    (@send truth $attribute:ident [$member:ident] $builder:ident $block:ident) => {
        match $block.filled(stringify!($attribute)) { Some(text) => $builder.$member(text == "true"), None => $builder }
    };
    (@send whole $attribute:ident [$member:ident] $builder:ident $block:ident) => {
        match $block.integer(stringify!($attribute)).filter(|number| *number != 0) {
            Some(number) => $builder.$member(number),
            None => $builder,
        }
    };
    (@send yes $attribute:ident [$member:ident] $builder:ident $block:ident) => {
        match $block.flag(stringify!($attribute)) { Some(yes) => $builder.$member(yes), None => $builder }
    };
    (@send strings $attribute:ident [$member:ident] $builder:ident $block:ident) => {
        $block.texts(stringify!($attribute)).into_iter().fold($builder, |builder, text| builder.$member(text))
    };
    (@send choices $attribute:ident [$member:ident] $builder:ident $block:ident) => {
        $block.texts(stringify!($attribute)).into_iter().fold($builder, |builder, text| builder.$member(text.as_str().into()))
    };
    (@send range $attribute:ident [$member:ident] $builder:ident $block:ident) => {
        match $block.item(stringify!($attribute)) { Some(ends) => $builder.$member(Range::of(&ends)), None => $builder }
    };
    (@send block $attribute:ident [$member:ident] $builder:ident $block:ident) => {
        match $block.item(stringify!($attribute)) { Some(inner) => $builder.$member($attribute::request(&inner)), None => $builder }
    };
    (@show $kind:ident $attribute:ident [$same:ident $member:ident] $found:ident) => {
        mirrored!(@show $kind $attribute [$member] $found)
    };
    (@show string $attribute:ident [$member:ident] $found:ident) => {
        crate::value::Value::text($found.$member.as_deref().unwrap_or_default())
    };
    (@show choice $attribute:ident [$member:ident] $found:ident) => {
        crate::value::Value::text($found.$member.as_ref().map(|choice| choice.as_str()).unwrap_or_default())
    };
    (@show truth $attribute:ident [$member:ident] $found:ident) => {
        crate::value::Value::text(&$found.$member.map(|truth| truth.to_string()).unwrap_or_default())
    };
    (@show whole $attribute:ident [$member:ident] $found:ident) => {
        crate::value::Value::from(i64::from($found.$member.unwrap_or_default()))
    };
    (@show yes $attribute:ident [$member:ident] $found:ident) => { crate::value::Value::bool($found.$member.unwrap_or_default()) };
    (@show strings $attribute:ident [$member:ident] $found:ident) => {
        $crate::providers::aws::fleets::mirror::shown_texts($found.$member.as_deref().unwrap_or_default())
    };
    (@show choices $attribute:ident [$member:ident] $found:ident) => {
        $crate::providers::aws::fleets::mirror::shown_texts(
            &$found.$member.iter().flatten().map(|choice| choice.as_str().to_owned()).collect::<Vec<_>>(),
        )
    };
    (@show range $attribute:ident [$member:ident] $found:ident) => {
        crate::value::Value::tuple($found.$member.as_ref().map(Range::value).into_iter().collect())
    };
    (@show block $attribute:ident [$member:ident] $found:ident) => {
        crate::value::Value::tuple($found.$member.as_ref().map($attribute::value).into_iter().collect())
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

pub fn choices(name: &'static str) -> Field<(), ()> {
    set_of_text(name).optional()
}

pub fn range(name: &'static str) -> Field<(), ()> {
    block_list(name, 1, vec![whole("max"), whole("min")]).optional()
}

pub fn shown_texts(texts: &[String]) -> Value {
    Value::set(Type::String, texts.iter().map(|text| Value::text(text)).collect())
}

/// The same attributes, which the API fills where nobody does.
pub fn computed(fields: Vec<Field<(), ()>>) -> Vec<Field<(), ()>> {
    fields.into_iter().map(Field::computed).collect()
}

/// The same attributes, which have to be there.
pub fn required(fields: Vec<Field<(), ()>>) -> Vec<Field<(), ()>> {
    fields.into_iter().map(needed).collect()
}

/// The same attributes, of which this one has to be there.
pub fn with_required(name: &str, fields: Vec<Field<(), ()>>) -> Vec<Field<(), ()>> {
    fields.into_iter().map(|field| if field.declared.name == name { needed(field) } else { field }).collect()
}

fn needed(field: Field<(), ()>) -> Field<(), ()> {
    let mut field = field.required();
    field.declared.is_optional = false;
    field
}
