//! Where modules come from, and the one way in which every source can be written.
//!
//! What counts as a path, a registry's module or an address is Terraform's rule; short forms of addresses (`github.com/acme/net`) are
//! written out as hashicorp/go-getter does, so that the manifest of installed modules says the same for both tools.

use crate::value::Text;
use std::fmt;

const PUBLIC_REGISTRY: &str = "registry.terraform.io";

/// Where a module's files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleSource {
    /// Relative to the calling module, normalised: `./net`, `../shared`.
    Local(Text),
    /// `hashicorp/consul/aws`, with its host where it is not the public one.
    Registry(Text),
    /// Anything else: git, archives, buckets, absolute paths.
    Remote(Text),
}

impl fmt::Display for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(text) | Self::Registry(text) | Self::Remote(text) => f.write_str(text),
        }
    }
}

/// Why a text is no source.
pub(super) enum SourceProblem {
    /// Looks like a path that lacks its `./`.
    MaybeRelative,
    Invalid(String),
}

impl ModuleSource {
    pub(super) fn parse(text: &str, has_version: bool) -> Result<Self, SourceProblem> {
        let is_local = ["./", "../", ".\\", "..\\"].iter().any(|prefix| text.starts_with(prefix));
        if has_version {
            return match registry_problem(text) {
                _ if is_local => Err(SourceProblem::Invalid(format!(
                    "can't use local directory {text:?} as a module registry address"
                ))),
                None => Ok(Self::Registry(text.into())),
                Some(problem) => Err(SourceProblem::Invalid(problem)),
            };
        }
        if is_local {
            return Ok(Self::Local(normalised_local(text).into()));
        }
        if registry_problem(text).is_none() {
            return Ok(Self::Registry(text.into()));
        }
        let is_url = text.contains("::") || text.contains("://");
        let is_host = ["github.com/", "bitbucket.org/"].iter().any(|host| text.starts_with(host));
        let is_bucket = text.contains("googleapis.com/") || text.contains(".amazonaws.com/");
        let is_ssh = text.starts_with("git@") && text.contains(':');
        if is_url || is_host || is_bucket || is_ssh || text.starts_with('/') {
            return Ok(Self::Remote(text.into()));
        }
        Err(SourceProblem::MaybeRelative)
    }
}

impl ModuleSource {
    /// As the manifest of installed modules has it.
    pub fn canonical(&self) -> String {
        match self {
            Self::Local(text) => text.to_string(),
            Self::Registry(text) => RegistryModule::of(text).to_string(),
            Self::Remote(text) => Package::of(text).to_string(),
        }
    }
}

/// `registry.terraform.io/hashicorp/consul/aws//modules/server`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryModule {
    pub host: String,
    /// `hashicorp/consul/aws`
    pub name: String,
    /// The directory inside of the package.
    pub inner: String,
}

impl RegistryModule {
    /// Of a text that has the shape of one.
    pub fn of(text: &str) -> Self {
        let (package, inner) = text.split_once("//").unwrap_or((text, ""));
        let (host, name) = match package.split_once('/') {
            Some((host, name)) if package.matches('/').count() == 3 => (host.to_lowercase(), name),
            _ => (PUBLIC_REGISTRY.to_owned(), package),
        };
        Self { host, name: name.to_owned(), inner: inner.to_owned() }
    }

    /// As people write it: without the host where it is the public one.
    pub fn for_display(&self) -> String {
        if self.host == PUBLIC_REGISTRY { self.name.clone() } else { format!("{}/{}", self.host, self.name) }
    }
}

impl fmt::Display for RegistryModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.name)?;
        if self.inner.is_empty() { Ok(()) } else { write!(f, "//{}", self.inner) }
    }
}

/// What can be fetched as one: a repository, an archive, a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// `git` in `git::https://example.com/net.git`.
    pub forced: Option<String>,
    /// `https://example.com/net.git`, without its query.
    pub url: String,
    /// The directory inside of the package.
    pub inner: String,
    /// `ref=v1.2&depth=1`
    pub query: String,
}

impl Package {
    pub fn of(text: &str) -> Self {
        let (forced, rest) = match text.split_once("::") {
            Some((forced, rest)) if forced.chars().all(|c| c.is_ascii_alphanumeric()) => (Some(forced), rest),
            _ => (None, text),
        };
        let scheme_end = rest.find("://").map_or(0, |at| at + 3);
        let (before, after) = match rest[scheme_end..].find("//") {
            Some(at) => (&rest[..scheme_end + at], rest[scheme_end + at..].trim_start_matches('/')),
            None => (rest, ""),
        };
        // The query may stand before or behind the directory.
        let (url, query) = before.split_once('?').unwrap_or((before, ""));
        let (inner, query) = after.split_once('?').unwrap_or((after, query));
        let (detected, url) = written_out(url);
        let forced = forced.map(str::to_owned).or(detected.map(str::to_owned));
        Self { forced, url, inner: inner.to_owned(), query: query.to_owned() }
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|part| part.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// The address of the whole package, without the directory in it.
    pub fn whole(&self) -> Self {
        Self { inner: String::new(), ..self.clone() }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(forced) = &self.forced {
            write!(f, "{forced}::")?;
        }
        f.write_str(&self.url)?;
        if !self.inner.is_empty() {
            write!(f, "//{}", self.inner)?;
        }
        if self.query.is_empty() { Ok(()) } else { write!(f, "?{}", self.query) }
    }
}

/// How an address that people shorten is fetched, and the whole of it.
fn written_out(url: &str) -> (Option<&'static str>, String) {
    if url.contains("://") {
        return (None, url.to_owned());
    }
    if url.starts_with('/') {
        return (None, format!("file://{url}"));
    }
    if url.starts_with("github.com/") || url.starts_with("bitbucket.org/") {
        let mut parts = url.splitn(4, '/');
        let repository: Vec<&str> = parts.by_ref().take(3).collect();
        let repository = repository.join("/");
        let suffix = if repository.ends_with(".git") { "" } else { ".git" };
        let deeper = parts.next().map(|rest| format!("/{rest}")).unwrap_or_default();
        return (Some("git"), format!("https://{repository}{suffix}{deeper}"));
    }
    // As scp has it: `git@example.com:acme/net.git`.
    match url.split_once(':') {
        Some((host, path)) if host.contains('@') => {
            (Some("git"), format!("ssh://{host}/{}", path.trim_start_matches('/')))
        }
        _ => (None, url.to_owned()),
    }
}

/// Cleaned like a path, with its leading `./` kept.
fn normalised_local(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    match parts.first() {
        Some(&"..") => parts.join("/"),
        None => "./".to_owned(),
        Some(_) => format!("./{}", parts.join("/")),
    }
}

/// Why a text is no `[host/]namespace/name/system[//directory]`.
fn registry_problem(text: &str) -> Option<String> {
    let package = text.split_once("//").map_or(text, |(package, _)| package);
    let mut parts: Vec<&str> = package.split('/').collect();
    if parts.len() == 4 {
        let host = parts.remove(0);
        if !host.contains('.') && !host.contains(':') && host != "localhost" {
            return Some("invalid module registry hostname: must contain at least one dot".to_owned());
        }
        if ["github.com", "bitbucket.org", "gitlab.com"].contains(&host) {
            return Some(format!(
                "can't use \"{host}\" as a module registry host, because it's reserved for installing directly from version control repositories"
            ));
        }
    }
    if parts.len() != 3 {
        return Some(
            "a module registry source address must have either three or four slash-separated components".to_owned(),
        );
    }
    let is_part = |part: &&str| {
        !part.is_empty()
            && part.len() <= 64
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    let names = ["namespace", "module name", "target system"];
    parts.iter().zip(names).find(|(part, _)| !is_part(part)).map(|(part, name)| {
        format!("invalid {name} \"{part}\": must be between one and 64 characters, including ASCII letters, digits, dashes, and underscores, where dashes and underscores may not be the prefix or suffix")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_written_out_as_terraform_does() {
        let canonical =
            |text: &str| ModuleSource::parse(text, false).map(|source| source.canonical()).unwrap_or_default();
        for (text, expected) in [
            ("./a/../b", "./b"),
            ("acme/net/aws", "registry.terraform.io/acme/net/aws"),
            ("Example.com/acme/net/aws//modules/a", "example.com/acme/net/aws//modules/a"),
            ("github.com/acme/net", "git::https://github.com/acme/net.git"),
            ("github.com/acme/net//a/b?ref=v1", "git::https://github.com/acme/net.git//a/b?ref=v1"),
            ("git@github.com:acme/net.git//a", "git::ssh://git@github.com/acme/net.git//a"),
            ("git::ssh://git@example.com/net.git?ref=1", "git::ssh://git@example.com/net.git?ref=1"),
            ("https://example.com/net.zip//a", "https://example.com/net.zip//a"),
            ("https://example.com/net?archive=zip//a", "https://example.com/net//a?archive=zip"),
            ("/srv/modules/net", "file:///srv/modules/net"),
        ] {
            assert_eq!(canonical(text), expected);
        }
    }

    #[test]
    fn parameters_of_a_package() {
        let package = Package::of("git::https://example.com/net.git//a?ref=v1&depth=3");
        assert_eq!(
            (package.parameter("ref"), package.parameter("depth"), package.parameter("x")),
            (Some("v1"), Some("3"), None)
        );
        assert_eq!(package.whole().to_string(), "git::https://example.com/net.git?ref=v1&depth=3");
    }
}
