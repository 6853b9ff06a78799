//! Providers as states of Terraform 0.12 name them: without saying where they come from.
//!
//! Terraform reads them as of the namespace `-`; `state replace-provider -/aws hashicorp/aws` makes them whole.

use crate::addr::{ModulePath, ProviderConfig, ProviderSource};

/// `-/aws`, `registry.terraform.io/-/aws`
pub fn legacy_source(text: &str) -> Option<ProviderSource> {
    let name = text.strip_prefix("registry.terraform.io/").unwrap_or(text).strip_prefix("-/")?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_name.then(|| ProviderSource { namespace: "-".into(), ..ProviderSource::official(name) })
}

/// `provider.aws`, `module.net.provider.aws.west`, `provider["registry.terraform.io/-/aws"].west`
pub fn legacy_provider_config(text: &str) -> Option<ProviderConfig> {
    let mut module = ModulePath::root();
    let mut rest = text;
    while let Some(inner) = rest.strip_prefix("module.") {
        let (name, after) = inner.split_once('.')?;
        module = module.child(name);
        rest = after;
    }
    let (source, alias) = match rest.strip_prefix("provider[\"") {
        Some(quoted) => {
            let (source, after) = quoted.split_once("\"]")?;
            (legacy_source(source)?, after.strip_prefix('.'))
        }
        None => {
            let (name, alias) = match rest.strip_prefix("provider.")?.split_once('.') {
                Some((name, alias)) => (name, Some(alias)),
                None => (rest.strip_prefix("provider.")?, None),
            };
            (legacy_source(&format!("-/{name}"))?, alias)
        }
    };
    Some(ProviderConfig { module, source, alias: alias.map(Into::into) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_become_whole() {
        let whole = |text: &str| legacy_provider_config(text).map(|config| config.to_string());
        let expected = "module.a.provider[\"registry.terraform.io/-/aws\"].west";
        assert_eq!(whole("module.a.provider.aws.west").as_deref(), Some(expected));
        assert_eq!(whole(expected).as_deref(), Some(expected));
        assert_eq!(whole("provider.null").as_deref(), Some("provider[\"registry.terraform.io/-/null\"]"));
        assert_eq!([whole("aws"), whole("provider."), whole("provider[\"x/-/y\"]")], [None, None, None]);
    }
}
