//! What holds for all values, tried on random ones.

use super::*;
use proptest::prelude::*;

fn primitive() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::bool),
        any::<i32>().prop_map(Value::number),
        (any::<i16>(), 1..1000i64).prop_map(|(a, b)| {
            let ratio = Number::written(a.into()).divide(&Number::written(b)).expect("the divisor is not zero");
            Value::number(ratio)
        }),
        "[a-c<&\"\\\\\u{e9}\u{2028}\n ]{0,4}".prop_map(|text| Value::text(&text)),
        "[0-9]{1,2}".prop_map(|text| Value::text(&text)),
        Just(Value::untyped_null()),
        Just(Value::null(Type::String)),
    ]
}

fn known() -> impl Strategy<Value = Value> {
    primitive().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::tuple),
            prop::collection::vec(("[a-d]", inner.clone()), 0..4)
                .prop_map(|entries| Value::object(entries.into_iter().map(|(key, value)| (key.into(), value)))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| {
                let tuple = Value::tuple(items);
                convert(&tuple, &Type::list(Type::Dynamic)).unwrap_or(tuple)
            }),
            prop::collection::vec(inner, 1..4).prop_map(|items| {
                let tuple = Value::tuple(items);
                convert(&tuple, &Type::set(Type::Dynamic)).unwrap_or(tuple)
            }),
        ]
    })
}

fn wanted() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Dynamic), Just(Type::String), Just(Type::Number), Just(Type::Bool)];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::vec(("[a-d]", inner), 0..3).prop_map(|attributes| {
                let names: Vec<Text> = attributes.iter().map(|(name, _)| name.as_str().into()).collect();
                object_constraint(attributes.into_iter().map(|(name, of)| (name.into(), of)), names)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn converting_twice_changes_nothing(value in known(), to in wanted()) {
        if let Ok(once) = convert(&value, &to) {
            prop_assert!(once.type_of().conforms_to(&to.without_optional()), "{once:?} is no {to}");
            prop_assert_eq!(convert(&once, &to), Ok(once.clone()));
            prop_assert_eq!(convert(&once, &once.type_of()), Ok(once));
        }
    }

    #[test]
    fn what_converts_is_convertible(value in known(), to in wanted()) {
        if convert(&value, &to).is_ok() {
            prop_assert!(is_convertible(&value.type_of(), &to, true));
        }
    }

    #[test]
    fn json_reads_back(value in known(), open in any::<bool>()) {
        let of = if open { Type::Dynamic } else { value.type_of() };
        let mut text = String::new();
        write_json(&value, &of, &mut text).expect("known and unmarked");
        let json = serde_json::from_str(&text).expect("well-formed");
        prop_assert_eq!(from_json_as(&json, &of), Ok(value));
    }

    #[test]
    fn the_order_of_a_set_is_its_own(items in prop::collection::vec(known(), 0..6), turn in any::<prop::sample::Index>()) {
        let Ok(set) = convert(&Value::tuple(items), &Type::set(Type::Dynamic)) else { return Ok(()) };
        let Type::Set(element) = set.type_of() else { return Ok(()) };
        let mut items = set.as_items().unwrap_or_default().to_vec();
        if !items.is_empty() {
            let by = turn.index(items.len());
            items.rotate_left(by);
            items.extend_from_within(..by);
        }
        prop_assert_eq!(Value::set((*element).clone(), items), set);
    }

    #[test]
    fn a_value_equals_itself(value in known()) {
        prop_assert_eq!(equal(&value, &value).as_bool(), Some(true));
        prop_assert_eq!(&value, &value.clone());
    }

    #[test]
    fn all_become_the_common_type(values in prop::collection::vec(known(), 1..4)) {
        let types: Vec<Type> = values.iter().map(Value::type_of).collect();
        if let Some(common) = unify(&types) {
            for of in &types {
                prop_assert!(*of == common || is_convertible(of, &common, true), "{of} to {common}");
            }
            let turned: Vec<Type> = types.iter().rev().cloned().collect();
            prop_assert!(unify(&turned).is_some());
        }
    }
}

#[test]
fn a_value_stays_small() {
    assert!(std::mem::size_of::<Value>() <= 32);
}
