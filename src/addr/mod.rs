//! Addresses: the names of things in configuration, state and plan.
//!
//! *Static* addresses name blocks (`module.net.aws_subnet.app`); *instance* addresses name what `count` and `for_each` made of
//! them (`module.net["a"].aws_subnet.app[0]`). `parse` reads both from text or from a traversal; `Display` writes them.

pub mod parse;
pub mod provider;
pub mod reference;

use crate::value::Text;
use std::fmt;

/// Module names from the root down; the root is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModulePath(pub Vec<Text>);

/// One instance of a module: names with keys; the root is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleInstance(pub Vec<(Text, InstanceKey)>);

/// Which instance of a block with `count` or `for_each`. The order is Terraform's: none, numbers, texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    #[default]
    None,
    Index(u64),
    Key(Text),
}

/// Data sources come first wherever resources are sorted, as in Terraform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceMode {
    Data,
    Managed,
    Ephemeral,
}

/// A resource block within its module: `aws_instance.web`, `data.aws_ami.base`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    pub mode: ResourceMode,
    pub kind: Text,
    pub name: Text,
}

/// A resource block anywhere in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    pub module: ModulePath,
    pub resource: Resource,
}

/// A resource in one instance of its module: all its `count`/`for_each` instances together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleResource {
    pub module: ModuleInstance,
    pub resource: Resource,
}

/// The name of one object: an instance of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceInstance {
    pub module: ModuleInstance,
    pub resource: Resource,
    pub key: InstanceKey,
}

/// Where a provider comes from: `registry.terraform.io/hashicorp/aws`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderSource {
    pub host: Text,
    pub namespace: Text,
    pub name: Text,
}

/// A `provider` block: `module.net.provider["registry.terraform.io/hashicorp/aws"].west`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderConfig {
    pub module: ModulePath,
    pub source: ProviderSource,
    pub alias: Option<Text>,
}

impl ModulePath {
    pub fn root() -> Self {
        Self::default()
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub fn child(&self, name: &str) -> Self {
        let mut names = self.0.clone();
        names.push(name.into());
        Self(names)
    }

    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }
}

impl ModuleInstance {
    pub fn root() -> Self {
        Self::default()
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub fn child(&self, name: &str, key: InstanceKey) -> Self {
        let mut steps = self.0.clone();
        steps.push((name.into(), key));
        Self(steps)
    }

    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// The module without instance keys.
    pub fn path(&self) -> ModulePath {
        ModulePath(self.0.iter().map(|(name, _)| name.clone()).collect())
    }
}

impl Resource {
    pub fn managed(kind: &str, name: &str) -> Self {
        Self { mode: ResourceMode::Managed, kind: kind.into(), name: name.into() }
    }

    pub fn data(kind: &str, name: &str) -> Self {
        Self { mode: ResourceMode::Data, kind: kind.into(), name: name.into() }
    }

    /// The provider name that a type implies: `aws` for `aws_instance`.
    pub fn implied_provider(&self) -> &str {
        self.kind.split_once('_').map_or(&*self.kind, |(prefix, _)| prefix)
    }
}

impl ResourceInstance {
    pub fn in_module(&self) -> ModuleResource {
        ModuleResource { module: self.module.clone(), resource: self.resource.clone() }
    }

    pub fn in_config(&self) -> ConfigResource {
        ConfigResource { module: self.module.path(), resource: self.resource.clone() }
    }
}

impl ModuleResource {
    pub fn instance(&self, key: InstanceKey) -> ResourceInstance {
        ResourceInstance { module: self.module.clone(), resource: self.resource.clone(), key }
    }

    pub fn in_config(&self) -> ConfigResource {
        ConfigResource { module: self.module.path(), resource: self.resource.clone() }
    }
}

impl ProviderSource {
    pub fn official(name: &str) -> Self {
        Self { host: "registry.terraform.io".into(), namespace: "hashicorp".into(), name: name.into() }
    }

    pub fn builtin(name: &str) -> Self {
        Self { host: "terraform.io".into(), namespace: "builtin".into(), name: name.into() }
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}", if index > 0 { "." } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for ModuleInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, key)) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}{key}", if index > 0 { "." } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => write!(f, "[{}]", quoted(key)),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.mode {
            ResourceMode::Managed => "",
            ResourceMode::Data => "data.",
            ResourceMode::Ephemeral => "ephemeral.",
        };
        write!(f, "{prefix}{}.{}", self.kind, self.name)
    }
}

fn write_in_module(
    f: &mut fmt::Formatter<'_>,
    module: &dyn fmt::Display,
    is_root: bool,
    rest: &dyn fmt::Display,
) -> fmt::Result {
    if is_root { write!(f, "{rest}") } else { write!(f, "{module}.{rest}") }
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_in_module(f, &self.module, self.module.is_root(), &self.resource)
    }
}

impl fmt::Display for ModuleResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_in_module(f, &self.module, self.module.is_root(), &self.resource)
    }
}

impl fmt::Display for ResourceInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_in_module(f, &self.module, self.module.is_root(), &self.resource)?;
        write!(f, "{}", self.key)
    }
}

impl fmt::Display for ProviderSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.namespace, self.name)
    }
}

impl fmt::Display for ProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("provider[\"{}\"]", self.source);
        write_in_module(f, &self.module, self.module.is_root(), &text)?;
        self.alias.as_ref().map_or(Ok(()), |alias| write!(f, ".{alias}"))
    }
}

/// A text as an HCL string literal.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
