//! Differences as Terraform 1.11 writes them.

use super::*;
use crate::render::plan_text::PlanOptions;
use crate::schema::{Attribute, Block, NestedBlock, Nesting};
use crate::value::{Marks, Path, Type};

fn schema() -> Block {
    let mut rule = Block::default();
    rule.attributes.insert("port".into(), Attribute::optional(Type::Number));
    let mut block = Block::default();
    for (name, of) in [
        ("id", Type::String),
        ("name", Type::String),
        ("policy", Type::String),
        ("tags", Type::map(Type::String)),
        ("zones", Type::set(Type::String)),
        ("script", Type::String),
    ] {
        block.attributes.insert(name.into(), Attribute::optional_computed(of));
    }
    let nested = NestedBlock { nesting: Nesting::Set, block: rule, min_items: 0, max_items: 0 };
    block.blocks.insert("rule".into(), nested);
    block
}

fn object(id: Value, policy: &str, tags: &[(&str, &str)], zones: &[&str], script: &str, ports: &[i64]) -> Value {
    let tags = tags.iter().map(|(key, value)| (Text::from(*key), Value::string(*value)));
    let rules = ports.iter().map(|port| Value::object([("port".into(), Value::number(*port))])).collect();
    let rule = Type::object([("port".into(), Type::Number)]);
    Value::object([
        ("id".into(), id),
        ("name".into(), Value::string("n").with_marks(Marks::SENSITIVE)),
        ("policy".into(), Value::string(policy)),
        ("tags".into(), Value::map(Type::String, tags)),
        ("zones".into(), Value::set(Type::String, zones.iter().map(|zone| Value::string(*zone)).collect())),
        ("script".into(), Value::string(script)),
        ("rule".into(), Value::set(rule, rules)),
    ])
}

#[test]
fn a_replaced_object_shows_each_kind_of_change() {
    let before = object(
        Value::string("i-1"),
        "{\"a\":1,\"b\":2}",
        &[("x", "1"), ("y", "2")],
        &["a", "b"],
        "one\ntwo",
        &[80, 443],
    );
    let after = object(
        Value::unknown(Type::String),
        "{\"a\":1, \"b\":3}",
        &[("x", "1"), ("y", "3")],
        &["b", "c"],
        "one\nthree",
        &[80, 22],
    );
    let replacing = [Path::of_attribute("zones")];
    let mut pair = Pair::new(Some(&before), Some(&after));
    pair.replacing = Scope::at(&replacing);
    let options = Options { paint: PlanOptions::default().paint, ..Options::default() };
    let expected = r#"{
      ~ id     = "i-1" -> (known after apply)
        name   = (sensitive value)
      ~ policy = jsonencode(
          ~ {
              ~ b = 2 -> 3
                # (1 unchanged attribute hidden)
            }
        )
      ~ script = <<-EOT
            one
          - two
          + three
        EOT
      ~ tags   = {
            "x" = "1"
          ~ "y" = "2" -> "3"
        }
      ~ zones  = [ # forces replacement
          - "a",
          + "c",
            # (1 unchanged element hidden)
        ]

      - rule {
          - port = 443 -> null
        }
      + rule {
          + port = 22
        }

        # (1 unchanged block hidden)
    }"#;
    assert_eq!(render(&diff_block(pair, &schema()), 0, &options), expected);
}

#[test]
fn a_value_that_is_only_shown_has_no_symbols() {
    let value = object(Value::string("i-1"), "p", &[], &["b", "a"], "s", &[]);
    let options = Options { shows_unchanged: true, hides_symbols: true, ..Options::default() };
    let expected = "{\n    id     = \"i-1\"\n    name   = (sensitive value)\n    policy = \"p\"\n    script = \"s\"\n    tags   = {}\n    \
                    zones  = [\n        \"a\",\n        \"b\",\n    ]\n}";
    assert_eq!(render(&diff_block(Pair::of(&value), &schema()), 0, &options), expected);
}
