//! How calls travel: TLS and whom it trusts, and proxies.
//!
//! TLS by rustls with ring; root certificates are read when the first TLS connection is made. Proxies as hashicorp's provider has them:
//! the provider block's, then the environment's; an `http_proxy` of the block also serves HTTPS; this machine is never behind one.

use super::settings::Settings;
use crate::provider::Complaint;
use crate::value::Path;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider as Tls, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::env;

/// Hosts that no proxy stands before.
const THIS_MACHINE: &str = "localhost,127.0.0.0/8,::1";

pub fn http_client(settings: &Settings) -> Result<SharedHttpClient, Complaint> {
    let trust = trust_of(settings)?;
    let (plain, secure) = (plain_proxy(settings), secure_proxy(settings));
    let client = |proxy: Option<String>, argument: &'static str| {
        let proxy = proxy_config(proxy, settings).map_err(|problem| invalid(argument, problem))?;
        Ok(client_through(proxy, trust.clone()))
    };
    if plain == secure {
        return client(secure, "https_proxy");
    }
    let both = ByScheme { plain: client(plain, "http_proxy")?, secure: client(secure, "https_proxy")? };
    Ok(SharedHttpClient::new(both))
}

fn invalid(argument: &str, problem: String) -> Complaint {
    Complaint::error(format!("Invalid {argument}"), problem).at(Path::of_attribute(argument))
}

fn plain_proxy(settings: &Settings) -> Option<String> {
    settings.http_proxy.clone().or_else(|| from_environment("HTTP_PROXY"))
}

fn secure_proxy(settings: &Settings) -> Option<String> {
    let of_block = settings.https_proxy.as_ref().or(settings.http_proxy.as_ref());
    of_block.cloned().or_else(|| from_environment("HTTPS_PROXY"))
}

/// In capital letters, or in small ones as curl has it.
fn from_environment(name: &str) -> Option<String> {
    [name.to_owned(), name.to_lowercase()].iter().find_map(|name| env::var(name).ok()).filter(|text| !text.is_empty())
}

fn proxy_config(proxy: Option<String>, settings: &Settings) -> Result<ProxyConfig, String> {
    let Some(proxy) = proxy else { return Ok(ProxyConfig::disabled()) };
    let except = settings.no_proxy.clone().or_else(|| from_environment("NO_PROXY"));
    let except = except.map_or_else(|| THIS_MACHINE.to_owned(), |except| format!("{THIS_MACHINE},{except}"));
    let config =
        ProxyConfig::all(proxy.as_str()).map_err(|error| format!("{proxy:?} is no URL of a proxy: {error}"))?;
    Ok(config.no_proxy(except))
}

/// The certificates of the bundle, and only those, where there is one.
fn trust_of(settings: &Settings) -> Result<TlsContext, Complaint> {
    let bundle = settings.custom_ca_bundle.clone().or_else(|| env::var("AWS_CA_BUNDLE").ok());
    let store = match bundle.filter(|path| !path.is_empty()) {
        None => TrustStore::default(),
        Some(path) => {
            let unreadable =
                |error: std::io::Error| invalid("custom_ca_bundle", format!("{path} cannot be read: {error}."));
            let text = std::fs::read(&path).map_err(unreadable)?;
            if !text.windows(11).any(|part| part == b"-----BEGIN ") {
                return Err(invalid("custom_ca_bundle", format!("{path} holds no certificate in PEM.")));
            }
            TrustStore::empty().with_pem_certificate(text)
        }
    };
    let context = TlsContext::builder().with_trust_store(store).build();
    context.map_err(|error| invalid("custom_ca_bundle", error.to_string()))
}

fn client_through(proxy: ProxyConfig, trust: TlsContext) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder();
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        let builder = builder.proxy_config(proxy.clone());
        builder.tls_provider(Tls::Rustls(CryptoMode::Ring)).tls_context(trust.clone()).build()
    })
}

/// Different ways for `http:` and `https:`.
#[derive(Debug)]
struct ByScheme<T> {
    plain: T,
    secure: T,
}

impl HttpClient for ByScheme<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(ByScheme {
            plain: self.plain.http_connector(settings, components),
            secure: self.secure.http_connector(settings, components),
        })
    }
}

impl HttpConnector for ByScheme<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_plain = request.uri().starts_with("http:");
        if is_plain { self.plain.call(request) } else { self.secure.call(request) }
    }
}
