//! `strategy "rolling" { ... }` and its sisters.

use super::arguments::Arguments;
use crate::rollout::policy::{Amount, Strategy};
use crate::syntax::{Block, BodySchema};
use std::time::Duration;

const NAMES: &str = "\"rolling\", \"blue_green\" or \"canary\"";

pub(super) fn read_strategy(block: &Block, arguments: &mut Arguments<'_>) -> Option<Strategy> {
    let label = block.labels.first()?;
    match &*label.text {
        "rolling" => Some(rolling(block, arguments)),
        "blue_green" => {
            let content = arguments.content(&block.body, &BodySchema::new().optional("bake"));
            Some(Strategy::BlueGreen { bake: arguments.duration(&content, "bake").unwrap_or_default() })
        }
        "canary" => Some(canary(block, arguments)),
        other => {
            let detail = format!("A strategy is {NAMES}; there is none named {other:?}.");
            arguments.error("Unknown strategy", detail, label.span);
            None
        }
    }
}

fn rolling(block: &Block, arguments: &mut Arguments<'_>) -> Strategy {
    let schema = BodySchema::new()
        .optional("batch")
        .optional("max_surge")
        .optional("max_unavailable")
        .optional("one_zone_at_a_time")
        .optional("pause");
    let content = arguments.content(&block.body, &schema);
    let batch = arguments.amount(&content, "batch", 1).unwrap_or(Amount::Count(1));
    let max_unavailable = arguments.amount(&content, "max_unavailable", 0).unwrap_or(Amount::Count(0));
    // Whoever allows absence and says nothing about a surge wants none; otherwise a whole batch may be there twice.
    let usual = if max_unavailable.is_none() { batch } else { Amount::Count(0) };
    Strategy::Rolling {
        batch,
        max_surge: arguments.amount(&content, "max_surge", 0).unwrap_or(usual),
        max_unavailable,
        one_zone_at_a_time: arguments.flag(&content, "one_zone_at_a_time").unwrap_or(false),
        pause: arguments.duration(&content, "pause").unwrap_or(Duration::ZERO),
    }
}

fn canary(block: &Block, arguments: &mut Arguments<'_>) -> Strategy {
    let schema = BodySchema::new().required("weights").optional("bake").optional("manual_promotion");
    let content = arguments.content(&block.body, &schema);
    let weights = arguments.counts(&content, "weights", 1, 100).unwrap_or_default();
    if weights.windows(2).any(|pair| pair[0] >= pair[1]) {
        let detail =
            "Weights are per cent of the traffic that the new version gets, one after the other: they must rise.";
        arguments.error_at(&content, "weights", "Canary weights do not rise", detail);
    }
    Strategy::Canary {
        weights: weights.into_iter().filter_map(|weight| u8::try_from(weight).ok()).collect(),
        bake: arguments.duration(&content, "bake").unwrap_or_default(),
        manual_promotion: arguments.flag(&content, "manual_promotion").unwrap_or(false),
    }
}
