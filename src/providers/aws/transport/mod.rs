//! How calls travel: TLS and whom it trusts, and proxies.
//!
//! TLS by rustls with ring; root certificates are read when the first TLS connection is made. Proxies as hashicorp's provider has them:
//! the provider block's, then the environment's; an `http_proxy` of the block also serves HTTPS; this machine is never behind one.

mod unchecked;

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
    if settings.is_insecure {
        return unchecked_client(settings);
    }
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

fn unchecked_client(settings: &Settings) -> Result<SharedHttpClient, Complaint> {
    if plain_proxy(settings).is_some() || secure_proxy(settings).is_some() {
        return Err(invalid("insecure", "Calls through a proxy always check certificates. Name the authority that issued them in custom_ca_bundle instead.".to_owned()));
    }
    Ok(unchecked::client())
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

#[cfg(test)]
mod tests {
    use super::http_client;
    use crate::providers::aws::settings::Settings;
    use aws_config::retry::RetryConfig;
    use aws_credential_types::Credentials;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::TlsAcceptor;

    /// For `localhost`, signed by itself.
    const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBjzCCATSgAwIBAgIUEACgq73qb8O8qP7eV5vz5zFv13swCgYIKoZIzj0EAwIw\n\
EjEQMA4GA1UEAwwHb3duLWF3czAgFw0yNjExMjExNTIwMzVaGA8yMTI2MTAyODE1\n\
MjAzNVowEjEQMA4GA1UEAwwHb3duLWF3czBZMBMGByqGSM49AgEGCCqGSM49AwEH\n\
A0IABKjqNpO6hnY9JbZRqorduWiLMXkzbN1f9gRhRJLsED8jQXE0QfYG8Y3eIz86\n\
R9wODTObBkveyqenid9+8a7FwxOjZjBkMB0GA1UdDgQWBBS8aCVo95FR2njcZKAZ\n\
JELe682/KDAfBgNVHSMEGDAWgBS8aCVo95FR2njcZKAZJELe682/KDAUBgNVHREE\n\
DTALgglsb2NhbGhvc3QwDAYDVR0TAQH/BAIwADAKBggqhkjOPQQDAgNJADBGAiEA\n\
3Y566rcctfW+TLEeWLqfYsghSROzHDu0HfpDNgjgnVECIQCFi/rd4hZB9V0FFFKj\n\
Uh/mrH7l73nV6zN8yyzVyas+Jw==\n\
-----END CERTIFICATE-----\n\
";
    const KEY: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFb3+ZLnV4TmTg5tE\n\
W4zzhgKgvgBJ2TWPXCuBoMRXA6ehRANCAASo6jaTuoZ2PSW2UaqK3bloizF5M2zd\n\
X/YEYUSS7BA/I0FxNEH2BvGN3iM/OkfcDg0zmwZL3sqnp4nffvGuxcMT\n\
-----END PRIVATE KEY-----\n\
";

    const ANSWER: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\
        <GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>\
        </GetCallerIdentityResponse>";

    /// A server that says to everybody who they are; gives its port.
    async fn server() -> u16 {
        let chain = vec![CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.expect("versions").with_no_client_auth().with_single_cert(chain, key).expect("a pair");
        let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(ANSWER.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        port
    }

    /// The account that the server tells, asked by this name.
    async fn answer(settings: Settings, host: &str) -> Result<String, String> {
        let client = http_client(&settings).map_err(|complaint| complaint.summary)?;
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .http_client(client)
            .endpoint_url(format!("https://{host}:{}", server().await))
            .region(aws_config::Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .retry_config(RetryConfig::disabled());
        let answer = aws_sdk_sts::Client::from_conf(config.build()).get_caller_identity().send().await;
        answer.map(|answer| answer.account.unwrap_or_default()).map_err(|error| format!("{error:?}"))
    }

    #[tokio::test]
    async fn a_certificate_that_nobody_issued_is_refused() {
        let refused = answer(Settings::default(), "localhost").await.expect_err("refused");
        assert!(refused.contains("UnknownIssuer"), "{refused}");
    }

    #[tokio::test]
    async fn a_bundle_is_trusted_and_insecure_trusts_everybody() {
        let directory = tempfile::tempdir().expect("a directory");
        let bundle = directory.path().join("bundle.pem");
        std::fs::write(&bundle, CERTIFICATE).expect("written");
        let with_bundle = || Settings { custom_ca_bundle: Some(bundle.display().to_string()), ..Settings::default() };
        assert_eq!(answer(with_bundle(), "localhost").await.as_deref(), Ok("123456789012"));
        assert!(answer(with_bundle(), "127.0.0.1").await.is_err(), "the name is checked");
        let insecure = Settings { is_insecure: true, ..Settings::default() };
        assert_eq!(answer(insecure, "127.0.0.1").await.as_deref(), Ok("123456789012"));
    }
}
