//! Module registries: which versions there are, and where one of them is.
//!
//! <https://developer.hashicorp.com/terraform/internals/module-registry-protocol>, with the discovery of
//! <https://developer.hashicorp.com/terraform/internals/remote-service-discovery>.

use super::hosts::Hosts;
use crate::config::RegistryModule;
use crate::config::version::{Constraints, Version};
use crate::ops::web::{self, Answer};
use std::collections::BTreeMap;
use std::time::Duration;

const SERVICE: &str = "modules.v1";
const LARGEST_ANSWER: usize = 64 << 20;
/// The longest that one answer is waited for, unless `TF_REGISTRY_CLIENT_TIMEOUT` says so in seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// What has failed is tried so often again.
const RETRIES: u32 = 2;

/// Everything that is asked is asked once.
pub struct Registries {
    hosts: Hosts,
    services: BTreeMap<String, String>,
    versions: BTreeMap<String, Vec<String>>,
    patience: Duration,
}

/// Why there is no module.
#[derive(Debug, PartialEq, Eq)]
pub enum RegistryProblem {
    /// The host cannot be asked.
    Host(String),
    NotFound,
    /// No version is accepted; the newest there is.
    NoVersion(Option<String>),
    Other(String),
}

impl Registries {
    pub fn new(hosts: Hosts) -> Self {
        let seconds = std::env::var("TF_REGISTRY_CLIENT_TIMEOUT").ok().and_then(|text| text.parse().ok());
        let patience = seconds.map_or(PATIENCE, Duration::from_secs);
        Self { hosts, services: BTreeMap::new(), versions: BTreeMap::new(), patience }
    }

    /// The newest version that the constraints accept. Versions before a release count only where they are named.
    pub async fn newest(
        &mut self,
        module: &RegistryModule,
        wanted: Option<&Constraints>,
    ) -> Result<String, RegistryProblem> {
        let texts = self.versions_of(module).await?;
        let known = texts.iter().filter_map(|text| Some((Version::parse(text)?, text)));
        let mut sorted: Vec<(Version, &String)> = known.collect();
        sorted.sort_by(|(one, _), (other, _)| other.cmp(one));
        let accepted = sorted.iter().find(|(version, _)| match wanted {
            Some(wanted) => wanted.accept(version),
            None => !version.is_prerelease(),
        });
        match accepted {
            Some((_, text)) => Ok((*text).clone()),
            None => Err(RegistryProblem::NoVersion(sorted.first().map(|(_, text)| (*text).clone()))),
        }
    }

    async fn versions_of(&mut self, module: &RegistryModule) -> Result<Vec<String>, RegistryProblem> {
        let key = module.for_display();
        if let Some(known) = self.versions.get(&key) {
            return Ok(known.clone());
        }
        let base = self.service(&module.host).await?;
        let answer = self.ask(&module.host, &format!("{base}{}/versions", module.name)).await?;
        let listed: serde_json::Value = serde_json::from_slice(&answer.body)
            .map_err(|_| RegistryProblem::Other("the list of versions is no JSON".to_owned()))?;
        let entries = listed["modules"][0]["versions"].as_array().cloned().unwrap_or_default();
        let versions: Vec<String> =
            entries.iter().filter_map(|entry| entry["version"].as_str().map(str::to_owned)).collect();
        self.versions.insert(key, versions.clone());
        Ok(versions)
    }

    /// The source that a version is fetched from.
    pub async fn location(&mut self, module: &RegistryModule, version: &str) -> Result<String, RegistryProblem> {
        let base = self.service(&module.host).await?;
        let answer = self.ask(&module.host, &format!("{base}{}/{version}/download", module.name)).await?;
        let in_body = || {
            let body: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
            body["location"].as_str().map(str::to_owned)
        };
        let location = answer.header("x-terraform-get").map(str::to_owned).or_else(in_body);
        let location = location
            .ok_or_else(|| RegistryProblem::Other("the registry does not say where the module is".to_owned()))?;
        let is_relative = ["/", "./", "../"].iter().any(|prefix| location.starts_with(prefix));
        Ok(if is_relative { web::resolve(&answer.url, &location) } else { location })
    }

    /// Where a host has its modules, with a slash at the end.
    async fn service(&mut self, host: &str) -> Result<String, RegistryProblem> {
        if let Some(known) = self.services.get(host) {
            return Ok(known.clone());
        }
        let found = match self.hosts.service(host, SERVICE) {
            Some(said) => said.to_owned(),
            None => self.discover(host).await?,
        };
        let base = format!("{}/", found.trim_end_matches('/'));
        self.services.insert(host.to_owned(), base.clone());
        Ok(base)
    }

    async fn discover(&self, host: &str) -> Result<String, RegistryProblem> {
        let url = format!("https://{host}/.well-known/terraform.json");
        let answer = match self.ask(host, &url).await {
            Err(RegistryProblem::NotFound) => {
                return Err(RegistryProblem::Host(format!("host {host} does not offer a module registry")));
            }
            Err(RegistryProblem::Other(problem)) => {
                return Err(RegistryProblem::Host(format!("failed to request discovery document: {problem}")));
            }
            other => other?,
        };
        let document: serde_json::Value = serde_json::from_slice(&answer.body)
            .map_err(|_| RegistryProblem::Host("the discovery document is no JSON".to_owned()))?;
        let path = document[SERVICE].as_str();
        let path =
            path.ok_or_else(|| RegistryProblem::Host(format!("host {host} does not offer a module registry")))?;
        Ok(web::resolve(&answer.url, path))
    }

    async fn ask(&self, host: &str, url: &str) -> Result<Answer, RegistryProblem> {
        let token = self.hosts.token(host);
        let mut tries = 0;
        loop {
            let asked = tokio::time::timeout(self.patience, web::follow(url, token.as_deref(), LARGEST_ANSWER)).await;
            let problem = match asked {
                Ok(Ok(answer)) => match answer.status {
                    200..=299 => return Ok(answer),
                    404 => return Err(RegistryProblem::NotFound),
                    401 | 403 => {
                        let advice = "give a token in a credentials block of ~/.terraformrc or in TF_TOKEN_...";
                        return Err(RegistryProblem::Other(format!("{url} answered {}: {advice}", answer.status)));
                    }
                    status => format!("{url} answered {status}"),
                },
                Ok(Err(problem)) => format!("{url}: {problem}"),
                Err(_) => format!("{url}: no answer within {} seconds", self.patience.as_secs()),
            };
            if tries == RETRIES {
                return Err(RegistryProblem::Other(problem));
            }
            tries += 1;
            tokio::time::sleep(Duration::from_millis(250) * tries).await;
        }
    }
}
