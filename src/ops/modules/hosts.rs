//! What the user's Terraform settings say about hosts: tokens, and services that are elsewhere than the host says.
//!
//! `~/.terraformrc` or the file that `TF_CLI_CONFIG_FILE` names, `~/.terraform.d/credentials.tfrc.json` as `terraform login` writes it,
//! and variables such as `TF_TOKEN_example_com`, which win.

use crate::diag::SourceMap;
use crate::eval::constant;
use crate::syntax::{Block, parse_body};
use crate::value::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Default)]
pub struct Hosts {
    tokens: BTreeMap<String, String>,
    /// By host and service.
    services: BTreeMap<(String, String), String>,
}

impl Hosts {
    pub fn of_user() -> Self {
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let named = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"].iter().find_map(std::env::var_os).map(PathBuf::from);
        let settings = named.unwrap_or_else(|| home.join(".terraformrc"));
        let written = std::fs::read_to_string(settings).unwrap_or_default();
        let kept = std::fs::read_to_string(home.join(".terraform.d/credentials.tfrc.json")).unwrap_or_default();
        let mut hosts = Self::parse(&written);
        hosts.tokens.extend(tokens_of_login(&kept).into_iter().filter(|(host, _)| !host.is_empty()));
        hosts
    }

    /// What is not understood is left to Terraform.
    fn parse(text: &str) -> Self {
        let file = SourceMap::default().add("settings", text);
        let (body, _) = parse_body(text, file);
        let mut hosts = Self::default();
        for block in &body.blocks {
            let Some(host) = block.labels.first().map(|label| label.text.to_string()) else { continue };
            match &*block.kind {
                "credentials" => hosts.tokens.extend(text_of(&argument(block, "token")).map(|token| (host, token))),
                "host" => {
                    let services = argument(block, "services");
                    for (name, value) in services.as_entries().into_iter().flat_map(|entries| entries.iter()) {
                        let key = (host.clone(), name.to_string());
                        hosts.services.extend(text_of(value).map(|address| (key, address)));
                    }
                }
                _ => {}
            }
        }
        hosts
    }

    pub fn token(&self, host: &str) -> Option<String> {
        let name = host.replace('-', "__").replace('.', "_");
        let variable = std::env::var(format!("TF_TOKEN_{name}")).ok().filter(|token| !token.is_empty());
        variable.or_else(|| self.tokens.get(host).cloned())
    }

    /// Where a service of a host is, if the user says so.
    pub fn service(&self, host: &str, service: &str) -> Option<&str> {
        self.services.get(&(host.to_owned(), service.to_owned())).map(String::as_str)
    }
}

fn argument(block: &Block, name: &str) -> Value {
    let written = block.body.attributes.iter().find(|attribute| &*attribute.name == name);
    written.map_or_else(|| Value::null(crate::value::Type::Dynamic), |written| constant(&written.expression).0)
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(ToString::to_string)
}

/// `{"credentials":{"example.com":{"token":"..."}}}`
fn tokens_of_login(text: &str) -> BTreeMap<String, String> {
    let file: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let hosts = file["credentials"].as_object().into_iter().flatten();
    hosts.filter_map(|(host, kept)| Some((host.clone(), kept["token"].as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_the_settings() {
        let hosts = Hosts::parse(
            "credentials \"a.example\" {\n  token = \"secret\"\n}\nhost \"b.example\" {\n  services = {\n    \"modules.v1\" = \"http://127.0.0.1:1/\"\n  }\n}\nplugin_cache_dir = \"x\"\n",
        );
        assert_eq!(hosts.token("a.example").as_deref(), Some("secret"));
        assert_eq!(hosts.service("b.example", "modules.v1"), Some("http://127.0.0.1:1/"));
        assert_eq!((hosts.token("b.example"), hosts.service("a.example", "modules.v1")), (None, None));
    }

    #[test]
    fn tokens_that_login_kept() {
        let tokens = tokens_of_login(r#"{"credentials":{"a.example":{"token":"x"},"b.example":{}}}"#);
        assert_eq!(tokens.into_iter().collect::<Vec<_>>(), [("a.example".to_owned(), "x".to_owned())]);
        assert!(tokens_of_login("").is_empty());
    }
}
