//! Addresses from traversals and from text: targets, state commands, `moved`, `removed`, `import`, provider configurations.
//!
//! Diagnostics are Terraform's. Those about text from a command line carry no useful span: callers show their detail.

use super::{
    ConfigResource, InstanceKey, ModuleInstance, ModulePath, ModuleResource, ProviderConfig, Resource,
    ResourceInstance, ResourceMode, provider,
};
use crate::diag::{Diagnostic, Diagnostics, FileId, Span};
use crate::syntax::{Traversal, TraversalStepKind, parse_traversal};
use crate::value::{Data, Text, Value};

/// What `-target` names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Module(ModuleInstance),
    /// All instances.
    Resource(ModuleResource),
    Instance(ResourceInstance),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Module(module) => module.fmt(f),
            Self::Resource(resource) => resource.fmt(f),
            Self::Instance(instance) => instance.fmt(f),
        }
    }
}

/// Reads an address from text with one of the functions below: `from_text("aws_instance.web[0]", parse_target)`. Spans of diagnostics
/// mean nothing then: callers say what text they are about.
pub fn from_text<T>(text: &str, parse: fn(&Traversal) -> Result<T, Diagnostics>) -> Result<T, Diagnostics> {
    let (traversal, problems) = parse_traversal(text, FileId(0), 0);
    match traversal {
        Some(traversal) if !problems.has_errors() => parse(&traversal),
        _ => Err(problems),
    }
}

/// `module.net["a"]`, `aws_instance.web`, `module.net.aws_instance.web[0]`
pub fn parse_target(traversal: &Traversal) -> Result<Target, Diagnostics> {
    let parts = parts_of(traversal);
    let (module, rest) = module_prefix(&parts)?;
    if rest.is_empty() {
        return Ok(Target::Module(module));
    }
    let instance = resource_instance(module, rest)?;
    Ok(match instance.key {
        InstanceKey::None => Target::Resource(instance.in_module()),
        _ => Target::Instance(instance),
    })
}

/// A resource instance; without a key it is the one without a key.
pub fn parse_instance(traversal: &Traversal) -> Result<ResourceInstance, Diagnostics> {
    match parse_target(traversal)? {
        Target::Resource(resource) => Ok(resource.instance(InstanceKey::None)),
        Target::Instance(instance) => Ok(instance),
        Target::Module(_) => Err(invalid(
            "A resource instance address is required here. The module path must be followed by a resource instance specification.",
            traversal.span(),
        )),
    }
}

/// A resource, all instances together.
pub fn parse_resource(traversal: &Traversal) -> Result<ModuleResource, Diagnostics> {
    match parse_target(traversal)? {
        Target::Resource(resource) => Ok(resource),
        Target::Instance(_) => Err(invalid(
            "A resource address is required. This instance key identifies a specific resource instance, which is not expected here.",
            traversal.steps.last().map_or(traversal.root_span, |step| step.span),
        )),
        Target::Module(_) => Err(invalid(
            "A resource address is required here. The module path must be followed by a resource specification.",
            traversal.span(),
        )),
    }
}

/// `module.net["a"].module.sub`
pub fn parse_module_instance(traversal: &Traversal) -> Result<ModuleInstance, Diagnostics> {
    let parts = parts_of(traversal);
    let (module, rest) = module_prefix(&parts)?;
    match rest.first() {
        None => Ok(module),
        Some(_) => Err(Diagnostic::error(
            "Invalid module instance address",
            "A module instance address must begin with \"module.\".",
        )
        .at(whole(rest))
        .into()),
    }
}

/// `module.net.aws_instance.web` without any key: what `removed` names. Nothing for the resource where only a module is named.
pub fn parse_config_address(traversal: &Traversal) -> Result<(ModulePath, Option<ConfigResource>), Diagnostics> {
    let parts = parts_of(traversal);
    let (module, rest) = module_path_prefix(&parts)?;
    if rest.is_empty() {
        return Ok((module, None));
    }
    let resource = config_resource(module.clone(), rest)?;
    Ok((module, Some(resource)))
}

/// `module.net.provider["registry.terraform.io/hashicorp/aws"].west`
pub fn parse_provider_config(traversal: &Traversal) -> Result<ProviderConfig, Diagnostics> {
    let parts = parts_of(traversal);
    let (module, rest) = module_prefix(&parts)?;
    let error = |detail: &str, span| Diagnostic::error("Invalid provider configuration address", detail).at(span);
    if module.0.iter().any(|(_, key)| *key != InstanceKey::None) {
        return Err(error("Provider address cannot contain module indexes", whole(rest)).into());
    }
    let (source, alias) = match rest {
        [Part::Name(keyword, _), source] if &***keyword == "provider" => (source, None),
        [Part::Name(keyword, _), source, alias] if &***keyword == "provider" => (source, Some(alias)),
        [Part::Name(keyword, _), _, _, extra, ..] if &***keyword == "provider" => {
            return Err(error("Extraneous operators after provider configuration alias.", extra.span()).into());
        }
        _ => {
            let detail = "Provider address must begin with \"provider.\", followed by a provider type name.";
            return Err(error(detail, if rest.is_empty() { traversal.span() } else { whole(rest) }).into());
        }
    };
    let source = match source {
        Part::Index(text, _) if text.as_str().is_some() => {
            provider::parse_source(text.as_str().map_or("", |text| text))?
        }
        _ => {
            let detail = "The prefix \"provider.\" must be followed by a provider type name.";
            return Err(error(detail, source.span()).into());
        }
    };
    let alias = match alias {
        None => None,
        Some(Part::Name(alias, _)) => Some((*alias).clone()),
        Some(Part::Index(_, span)) => {
            return Err(error("Provider type name must be followed by a configuration alias name.", *span).into());
        }
    };
    Ok(ProviderConfig { module: module.path(), source, alias })
}

/// The key that a literal index means.
pub fn instance_key(index: &Value) -> Result<InstanceKey, String> {
    match index.data() {
        Data::String(text) => Ok(InstanceKey::Key(text.clone())),
        Data::Number(number) => match number.to_i64() {
            Some(index) => u64::try_from(index).map(InstanceKey::Index).map_err(|_| "must not be negative".to_owned()),
            None => {
                Err("value must be a whole number, between -9223372036854775808 and 9223372036854775807".to_owned())
            }
        },
        _ => Err("either a string or an integer is required".to_owned()),
    }
}

/// A step of an address, the root like any other.
enum Part<'a> {
    Name(&'a Text, Span),
    Index(&'a Value, Span),
}

impl Part<'_> {
    fn span(&self) -> Span {
        match self {
            Self::Name(_, span) | Self::Index(_, span) => *span,
        }
    }
}

fn parts_of(traversal: &Traversal) -> Vec<Part<'_>> {
    let steps = traversal.steps.iter().map(|step| match &step.kind {
        TraversalStepKind::Attribute(name) => Part::Name(name, step.span),
        TraversalStepKind::Index(index) => Part::Index(index, step.span),
    });
    std::iter::once(Part::Name(&traversal.root, traversal.root_span)).chain(steps).collect()
}

/// From the first to the last; there is at least one.
fn whole(parts: &[Part<'_>]) -> Span {
    parts[0].span().to(parts[parts.len() - 1].span())
}

fn invalid(detail: impl Into<String>, span: Span) -> Diagnostics {
    Diagnostic::error("Invalid address", detail).at(span).into()
}

fn invalid_operator(detail: impl Into<String>, span: Span) -> Diagnostics {
    Diagnostic::error("Invalid address operator", detail).at(span).into()
}

type Rest<'p, 'a> = &'p [Part<'a>];

fn module_prefix<'p, 'a>(parts: Rest<'p, 'a>) -> Result<(ModuleInstance, Rest<'p, 'a>), Diagnostics> {
    let mut module = ModuleInstance::root();
    let mut rest = parts;
    while let Some((name, after)) = module_name(rest)? {
        rest = after;
        let key = match rest.first() {
            Some(Part::Index(index, span)) => {
                rest = &rest[1..];
                instance_key(index)
                    .map_err(|problem| invalid_operator(format!("Invalid module index: {problem}."), *span))?
            }
            _ => InstanceKey::None,
        };
        module = module.child(name, key);
    }
    Ok((module, rest))
}

fn module_path_prefix<'p, 'a>(parts: Rest<'p, 'a>) -> Result<(ModulePath, Rest<'p, 'a>), Diagnostics> {
    let mut module = ModulePath::root();
    let mut rest = parts;
    while let Some((name, after)) = module_name(rest)? {
        rest = after;
        if let Some(Part::Index(_, span)) = rest.first() {
            let detail = "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \"module.foo[1]\").";
            return Err(Diagnostic::error("Module instance keys not allowed", detail).at(*span).into());
        }
        module = module.child(name);
    }
    Ok((module, rest))
}

/// The name after `module.`; nothing where the keyword does not come next.
fn module_name<'p, 'a>(parts: Rest<'p, 'a>) -> Result<Option<(&'a Text, Rest<'p, 'a>)>, Diagnostics> {
    let detail = "Prefix \"module.\" must be followed by a module name.";
    match parts {
        [] => Ok(None),
        [Part::Index(_, span), ..] => {
            Err(invalid_operator("Module address prefix must be followed by dot and then a name.", *span))
        }
        [Part::Name(keyword, _), ..] if &***keyword != "module" => Ok(None),
        [Part::Name(_, span)] => Err(invalid_operator(detail, *span)),
        [_, Part::Index(_, span), ..] => Err(invalid_operator(detail, *span)),
        [_, Part::Name(name, _), rest @ ..] => Ok(Some((*name, rest))),
    }
}

fn resource_instance(module: ModuleInstance, parts: Rest<'_, '_>) -> Result<ResourceInstance, Diagnostics> {
    let (mode, parts) = mode_prefix(parts)?;
    let (resource, rest) = resource_name(mode, parts)?;
    let key = match rest {
        [] => InstanceKey::None,
        [Part::Index(index, span)] => instance_key(index)
            .map_err(|problem| invalid(format!("Invalid resource instance key: {problem}."), *span))?,
        [other] => return Err(invalid("Resource instance key must be given in square brackets.", other.span())),
        [_, extra, ..] => return Err(invalid("Unexpected extra operators after address.", extra.span())),
    };
    Ok(ResourceInstance { module, resource, key })
}

fn config_resource(module: ModulePath, parts: Rest<'_, '_>) -> Result<ConfigResource, Diagnostics> {
    let (mode, parts) = match parts {
        [Part::Name(keyword, _), rest @ ..] if &***keyword == "data" => (ResourceMode::Data, rest),
        _ => (ResourceMode::Managed, parts),
    };
    let (resource, rest) = resource_name(mode, parts)?;
    if let Some(extra) = rest.first() {
        let detail = "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource instance (e.g. \
                      \"test_instance.foo[1]\").";
        return Err(Diagnostic::error("Resource instance keys not allowed", detail).at(extra.span()).into());
    }
    Ok(ConfigResource { module, resource })
}

/// Words that cannot be resource types.
const RESERVED: [&str; 11] =
    ["count", "each", "local", "module", "path", "self", "terraform", "var", "template", "lazy", "arg"];

fn mode_prefix<'p, 'a>(parts: Rest<'p, 'a>) -> Result<(ResourceMode, Rest<'p, 'a>), Diagnostics> {
    let Some(Part::Name(keyword, _)) = parts.first() else { return Ok((ResourceMode::Managed, parts)) };
    match &***keyword {
        "data" => Ok((ResourceMode::Data, &parts[1..])),
        "ephemeral" => Ok((ResourceMode::Ephemeral, &parts[1..])),
        "resource" => Ok((ResourceMode::Managed, &parts[1..])),
        word if RESERVED.contains(&word) => Err(invalid(
            format!(
                "The keyword \"{word}\" is reserved and cannot be used to target a resource address. If you are targeting a \
                 resource type that uses a reserved keyword, please prefix your address with \"resource.\"."
            ),
            whole(parts),
        )),
        _ => Ok((ResourceMode::Managed, parts)),
    }
}

fn resource_name<'p, 'a>(mode: ResourceMode, parts: Rest<'p, 'a>) -> Result<(Resource, Rest<'p, 'a>), Diagnostics> {
    let [kind, name, rest @ ..] = parts else {
        let detail = "Resource specification must include a resource type and name.";
        let error = Diagnostic::error("Invalid address", detail);
        return Err(if parts.is_empty() { error } else { error.at(whole(parts)) }.into());
    };
    let Part::Name(kind, _) = kind else {
        let detail = match mode {
            ResourceMode::Managed => "A resource type name is required.",
            ResourceMode::Data => "A data source name is required.",
            ResourceMode::Ephemeral => "An ephemeral resource type name is required.",
        };
        return Err(invalid(detail, kind.span()));
    };
    let Part::Name(name, _) = name else { return Err(invalid("A resource name is required.", name.span())) };
    Ok((Resource { mode, kind: (*kind).clone(), name: (*name).clone() }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The address as it is written again, or the first problem.
    fn target(text: &str) -> String {
        match from_text(text, parse_target) {
            Ok(target) => target.to_string(),
            Err(problems) => problems.iter().next().map(|problem| problem.detail.clone()).unwrap_or_default(),
        }
    }

    #[test]
    fn addresses_are_written_as_they_are_read() {
        for text in [
            "aws_instance.web",
            "aws_instance.web[3]",
            "data.aws_ami.base",
            "module.a[\"x\"].module.b.aws_instance.web[\"k\\\"\"]",
            "module.a",
            "ephemeral.random_password.x",
        ] {
            assert_eq!(target(text), text);
        }
        assert_eq!(target("resource.var.x"), "var.x");
    }

    #[test]
    fn wrong_addresses_say_why() {
        assert_eq!(target("aws_instance"), "Resource specification must include a resource type and name.");
        assert_eq!(target("module"), "Prefix \"module.\" must be followed by a module name.");
        assert_eq!(target("aws_instance.web.id"), "Resource instance key must be given in square brackets.");
        assert_eq!(target("aws_instance.web[0].id"), "Unexpected extra operators after address.");
        assert_eq!(
            target("aws_instance.web[0.5]"),
            "Invalid resource instance key: value must be a whole number, between -9223372036854775808 and 9223372036854775807."
        );
        assert!(target("var.x").starts_with("The keyword \"var\" is reserved"));
    }

    #[test]
    fn provider_configurations_have_a_source_and_an_alias() {
        let text = "module.a.provider[\"registry.terraform.io/hashicorp/aws\"].west";
        assert_eq!(from_text(text, parse_provider_config).unwrap().to_string(), text);
        assert!(from_text("provider.aws", parse_provider_config).is_err());
    }
}
