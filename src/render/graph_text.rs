//! Dependencies between resources in Graphviz's language.

use super::rollout_graph::render_rollout;
use crate::addr::{ConfigResource, quoted};
use crate::plan::Rollout;
use std::collections::BTreeMap;

/// Resources with what each depends on, modules as clusters; of a plan also its rollouts, step by step.
pub fn render_graph(resources: &[(ConfigResource, Vec<ConfigResource>)], rollouts: &[Rollout]) -> String {
    let mut out = String::from("digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n");
    let mut by_module: BTreeMap<String, Vec<&ConfigResource>> = BTreeMap::new();
    for (resource, _) in resources {
        by_module.entry(resource.module.to_string()).or_default().push(resource);
    }
    for (module, inside) in &by_module {
        let is_root = module.is_empty();
        let margin = if is_root { "  " } else { "    " };
        if !is_root {
            let name = quoted(module);
            out.push_str(&format!(
                "  subgraph {} {{\n    label = {name}\n    fontname = \"sans-serif\"\n",
                quoted(&format!("cluster_{module}"))
            ));
        }
        for resource in inside {
            let (id, label) = (quoted(&resource.to_string()), quoted(&resource.resource.to_string()));
            out.push_str(&format!("{margin}{id} [label={label}];\n"));
        }
        if !is_root {
            out.push_str("  }\n");
        }
    }
    if resources.is_empty() {
        out.push_str("  /* This configuration does not contain any resources.         */\n");
        out.push_str("  /* For a more detailed graph, try: terraform graph -type=plan */\n");
    }
    for (resource, dependencies) in resources {
        for dependency in dependencies {
            out.push_str(&format!("  {} -> {};\n", quoted(&resource.to_string()), quoted(&dependency.to_string())));
        }
    }
    out.extend(rollouts.iter().map(render_rollout));
    out + "}\n"
}
