//! Provider sources: `hashicorp/aws`, `registry.example.com/acme/cloud`.
//!
//! The parts follow the rules of host names: case does not matter, letters, digits and single dashes inside.
//! See <https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses>.

use super::ProviderSource;
use crate::diag::{Diagnostic, Diagnostics};
use std::fmt::Write;

const DEFAULT_HOST: &str = "registry.terraform.io";

/// `name`, `namespace/name` or `host/namespace/name`.
pub fn parse_source(text: &str) -> Result<ProviderSource, Diagnostics> {
    let parts: Vec<&str> = text.split('/').collect();
    let (host, namespace, name) = match parts[..] {
        [name] => (DEFAULT_HOST, "hashicorp", name),
        [namespace, name] => (DEFAULT_HOST, namespace, name),
        [host, namespace, name] => (host, namespace, name),
        _ => return Err(malformed()),
    };
    if parts.contains(&"") {
        return Err(malformed());
    }
    let part = |what: &str, given: &str, shown: &str| {
        parse_part(given).map_err(|problem| {
            error(
                &format!("Invalid provider {what}"),
                format!("Invalid provider {what} {shown:?} in source {text:?}: {problem}\""),
            )
        })
    };
    let name = part("type", name, name)?;
    // Terraform shows no name here.
    let namespace = part("namespace", namespace, "")?;
    let host = parse_host(host).ok_or_else(|| {
        error(
            "Invalid provider source hostname",
            format!("Invalid provider source hostname namespace {host:?} in source {text:?}: must contain only letters, digits, and dashes\""),
        )
    })?;
    let source = ProviderSource { host: host.into(), namespace: namespace.into(), name: name.into() };
    check_prefix(source)
}

impl ProviderSource {
    /// As short as it can be said: without the default host.
    pub fn for_display(&self) -> String {
        let mut out = String::new();
        if &*self.host != DEFAULT_HOST {
            let _ = write!(out, "{}/", self.host);
        }
        let _ = write!(out, "{}/{}", self.namespace, self.name);
        out
    }
}

fn error(summary: &str, detail: String) -> Diagnostics {
    Diagnostic::error(summary, detail).into()
}

fn malformed() -> Diagnostics {
    error(
        "Invalid provider source string",
        "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\"".to_owned(),
    )
}

/// One part, in lower case.
pub fn parse_part(given: &str) -> Result<String, &'static str> {
    if given.is_empty() {
        return Err("must have at least one character");
    }
    if given.contains('.') {
        return Err("dots are not allowed");
    }
    if given.contains("--") {
        return Err("cannot use multiple consecutive dashes");
    }
    let is_label = given.chars().all(|c| c.is_alphanumeric() || c == '-');
    if !is_label || given.starts_with('-') || given.ends_with('-') {
        return Err("must contain only letters, digits, and dashes, and may not use leading or trailing dashes");
    }
    Ok(given.to_lowercase())
}

fn parse_host(given: &str) -> Option<String> {
    let (name, port) = given.split_once(':').map_or((given, None), |(name, port)| (name, Some(port)));
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return None;
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.split('.').all(is_label).then(|| given.to_lowercase())
}

/// `terraform-` in front of a provider's name is always a mistake.
fn check_prefix(source: ProviderSource) -> Result<ProviderSource, Diagnostics> {
    if let Some(rest) = source.name.strip_prefix("terraform-provider-") {
        let suggested = ProviderSource { name: rest.into(), ..source.clone() };
        return Err(error(
            "Invalid provider type",
            format!(
                "Provider source {:?} has a type with the prefix \"terraform-provider-\", which isn't valid. Although that prefix \
                 is often used in the names of version control repositories for Terraform providers, provider source strings should \
                 not include it.\n\nDid you mean {:?}?",
                source.for_display(),
                suggested.for_display()
            ),
        ));
    }
    if source.name.starts_with("terraform-") {
        return Err(error(
            "Invalid provider type",
            format!(
                "Provider source \"{source}\" has a type with the prefix \"terraform-\", which isn't allowed because it would be \
                 redundant to name a Terraform provider with that prefix. If you are the author of this provider, rename it to not \
                 include the prefix."
            ),
        ));
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::parse_source;

    fn check(text: &str, expected: &str) {
        let shown = match parse_source(text) {
            Ok(source) => source.to_string(),
            Err(problems) => problems.iter().next().map(|problem| problem.detail.clone()).unwrap_or_default(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn sources_are_completed() {
        check("aws", "registry.terraform.io/hashicorp/aws");
        check("Acme/Cloud", "registry.terraform.io/acme/cloud");
        check("example.com/acme/cloud", "example.com/acme/cloud");
        check("a/b/c/d", "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\"");
        check("a--b", "Invalid provider type \"a--b\" in source \"a--b\": cannot use multiple consecutive dashes\"");
    }
}
