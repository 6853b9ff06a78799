//! Rollouts of a plan in Graphviz's language: each a cluster with its steps in order, gates as hexagons.
//!
//! An arrow leads from a step to the one before, as everywhere in the graph from what needs to what is needed.

use super::rollout_text::{describe_step, describe_way, in_service};
use crate::addr::quoted;
use crate::plan::Rollout;
use crate::rollout::point_of_no_return;

pub(super) fn render_rollout(rollout: &Rollout) -> String {
    let step = |number: usize| quoted(&format!("rollout {} {number}", rollout.name));
    let title = format!("rollout {}: {}", rollout.name, describe_way(rollout));
    let mut out = format!(
        "  subgraph {} {{\n    label = {}\n    fontname = \"sans-serif\"\n",
        quoted(&format!("cluster_rollout {}", rollout.name)),
        quoted(&title)
    );
    let turning = point_of_no_return(&rollout.fleet, &rollout.stages);
    for (index, stage) in rollout.stages.iter().enumerate() {
        let serving = in_service(rollout, &stage.after);
        let label = quoted(&format!("{}. {}\n{serving}", index + 1, describe_step(rollout, &stage.action)));
        let shape = if stage.action.is_gate() { ", shape = hexagon" } else { "" };
        let line = if Some(index) == turning { ", style = bold" } else { "" };
        out.push_str(&format!("    {} [label={label}{shape}{line}];\n", step(index + 1)));
    }
    for number in 2..=rollout.stages.len() {
        out.push_str(&format!("    {} -> {};\n", step(number), step(number - 1)));
    }
    out.push_str("  }\n");
    if !rollout.stages.is_empty() {
        let fleet = quoted(&rollout.resource.to_string());
        out.push_str(&format!("  {fleet} -> {} [style = dashed];\n", step(rollout.stages.len())));
    }
    out
}
