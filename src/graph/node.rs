//! What stands in the graph.

use crate::addr::{ConfigResource, ModulePath, ProviderConfig};
use crate::value::Text;
use petgraph::graph::NodeIndex;
use std::fmt;

/// Position in a [`super::Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

impl NodeId {
    pub(super) fn index(self) -> NodeIndex {
        NodeIndex::new(self.0)
    }
}

/// One block, or a thing that stands between blocks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    Provider(ProviderConfig),
    Variable(ModulePath, Text),
    /// The validations of a variable: they may refer to what refers to the variable.
    Validation(ModulePath, Text),
    Local(ModulePath, Text),
    Output(ModulePath, Text),
    /// A module call: which instances the module has. Everything inside needs it.
    Call(ModulePath),
    /// Everything inside a module is done: what `depends_on = [module.x]` waits for.
    Close(ModulePath),
    Resource(ConfigResource),
    /// All managed resources are done: data sources inside checks look at the result.
    CheckStart,
    Check(ModulePath, Text),
}

impl Node {
    /// The module that the block stands in; for a call, the module that it calls.
    pub fn module(&self) -> Option<&ModulePath> {
        match self {
            Self::Variable(module, _)
            | Self::Validation(module, _)
            | Self::Local(module, _)
            | Self::Output(module, _)
            | Self::Check(module, _)
            | Self::Call(module)
            | Self::Close(module) => Some(module),
            Self::Resource(resource) => Some(&resource.module),
            Self::Provider(provider) => Some(&provider.module),
            Self::CheckStart => None,
        }
    }

    pub fn resource(&self) -> Option<&ConfigResource> {
        match self {
            Self::Resource(resource) => Some(resource),
            _ => None,
        }
    }
}

/// As the members of a cycle are named.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = |f: &mut fmt::Formatter<'_>, module: &ModulePath, what: String| match module.is_root() {
            true => f.write_str(&what),
            false => write!(f, "{module}.{what}"),
        };
        match self {
            Self::Provider(provider) => provider.fmt(f),
            Self::Variable(module, name) if module.is_root() => write!(f, "var.{name}"),
            Self::Variable(module, name) => inside(f, module, format!("var.{name} (expand)")),
            Self::Validation(module, name) => inside(f, module, format!("var.{name} (validation)")),
            Self::Local(module, name) => inside(f, module, format!("local.{name} (expand)")),
            Self::Output(module, name) => inside(f, module, format!("output.{name} (expand)")),
            Self::Call(module) => write!(f, "{module} (expand)"),
            Self::Close(module) if module.is_root() => f.write_str("root"),
            Self::Close(module) => write!(f, "{module} (close)"),
            Self::Resource(resource) => resource.fmt(f),
            Self::CheckStart => f.write_str("(execute checks)"),
            Self::Check(module, name) => inside(f, module, format!("check.{name} (expand)")),
        }
    }
}
