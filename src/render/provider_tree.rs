//! The providers of a configuration as a tree of modules.

use crate::addr::ProviderSource;

/// One module: its own lines, then its children, each with its own.
#[derive(Clone, Debug, Default)]
pub struct TreeNode {
    pub name: String,
    pub children: Vec<TreeNode>,
}

/// The tree below a dot.
pub fn render_tree(nodes: &[TreeNode]) -> String {
    let mut out = String::from(".\n");
    render_nodes(nodes, "", &mut out);
    out
}

fn render_nodes(nodes: &[TreeNode], margin: &str, out: &mut String) {
    for (index, node) in nodes.iter().enumerate() {
        let is_last = index + 1 == nodes.len();
        let (branch, below) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
        out.push_str(&format!("{margin}{branch}{}\n", node.name));
        render_nodes(&node.children, &format!("{margin}{below}"), out);
    }
}

/// `provider[registry.terraform.io/hashicorp/aws] >= 5.0.0`
pub fn provider_line(source: &ProviderSource, versions: &str) -> String {
    let space = if versions.is_empty() { "" } else { " " };
    format!("provider[{source}]{space}{versions}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_lead_down_to_the_last() {
        let leaf = |name: &str| TreeNode { name: name.to_owned(), children: Vec::new() };
        let module = TreeNode { name: "module.m".to_owned(), children: vec![leaf("b")] };
        assert_eq!(render_tree(&[leaf("a"), module, leaf("c")]), ".\n├── a\n├── module.m\n│   └── b\n└── c\n");
    }
}
