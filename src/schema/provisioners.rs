//! Shapes of provisioner blocks and of `connection`.

use super::{Attribute, Block};
use crate::value::Type;

/// What a kind of provisioner takes; nothing where there is no such kind.
pub fn provisioner(kind: &str) -> Option<Block> {
    let text = || Attribute::optional(Type::String);
    let texts = || Attribute::optional(Type::list(Type::String));
    Some(match kind {
        "local-exec" => block([
            ("command", Attribute::required(Type::String)),
            ("environment", Attribute::optional(Type::map(Type::String))),
            ("interpreter", texts()),
            ("quiet", Attribute::optional(Type::Bool)),
            ("working_dir", text()),
        ]),
        "remote-exec" => block([("inline", texts()), ("script", text()), ("scripts", texts())]),
        "file" => block([("content", text()), ("destination", Attribute::required(Type::String)), ("source", text())]),
        _ => return None,
    })
}

/// Everything that any kind of connection takes.
pub fn connection() -> Block {
    const TEXTS: [&str; 21] = [
        "agent_identity",
        "bastion_certificate",
        "bastion_host",
        "bastion_host_key",
        "bastion_password",
        "bastion_private_key",
        "bastion_user",
        "cacert",
        "certificate",
        "host_key",
        "password",
        "private_key",
        "proxy_host",
        "proxy_scheme",
        "proxy_user_name",
        "proxy_user_password",
        "script_path",
        "target_platform",
        "timeout",
        "type",
        "user",
    ];
    let texts = TEXTS.map(|name| (name, Attribute::optional(Type::String)));
    let flags = ["agent", "https", "insecure", "use_ntlm"].map(|name| (name, Attribute::optional(Type::Bool)));
    let numbers = ["bastion_port", "port", "proxy_port"].map(|name| (name, Attribute::optional(Type::Number)));
    let host = [("host", Attribute::required(Type::String))];
    block(texts.into_iter().chain(flags).chain(numbers).chain(host))
}

fn block(attributes: impl IntoIterator<Item = (&'static str, Attribute)>) -> Block {
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    Block { attributes, ..Block::default() }
}
