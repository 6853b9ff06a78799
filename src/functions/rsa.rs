//! `rsadecrypt`: PKCS #1 v1.5, with keys in any of the usual PEM forms.

use super::entry::text;
use super::{Call, CallError, Function};
use crate::value::quote::quote;
use crate::value::{Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{BigUint, Pkcs1v15Encrypt, RsaPrivateKey};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("rsadecrypt", [text("ciphertext"), text("privatekey")], Type::String, decrypt)
            .documented("`rsadecrypt` decrypts an RSA-encrypted ciphertext, returning the corresponding cleartext.")
            .example("can(rsadecrypt(\"aGVsbG8=\", \"no key\"))", "false"),
    ]
}

fn decrypt(call: &Call<'_>) -> Result<Value, CallError> {
    let encoded = call.text(0);
    let ciphertext = super::encoding::decode_base64(encoded).map_err(|_| {
        let shown = quote(encoded);
        CallError::argument(0, format!("failed to decode input {shown}: cipher text must be base64-encoded"))
    })?;
    let key = private_key(call.text(1)).map_err(|message| CallError::argument(1, message))?;
    let plain = key
        .decrypt(Pkcs1v15Encrypt, &ciphertext)
        .map_err(|_| CallError::failed("failed to decrypt: crypto/rsa: decryption error"))?;
    Ok(Value::text(&String::from_utf8_lossy(&plain)))
}

fn private_key(text: &str) -> Result<RsaPrivateKey, String> {
    let block = Block::find(text).ok_or("invalid private key: ssh: no key found")?;
    if block.headers.contains("ENCRYPTED") {
        return Err("invalid private key: ssh: this private key is passphrase protected".into());
    }
    let key = match block.kind {
        "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_der(&block.bytes).ok(),
        "PRIVATE KEY" => RsaPrivateKey::from_pkcs8_der(&block.bytes).ok(),
        "OPENSSH PRIVATE KEY" => openssh_key(&block.bytes),
        other => return Err(format!("invalid private key: ssh: unsupported key type {}", quote(other))),
    };
    key.ok_or_else(|| "invalid ASN1 data in the given private key: data truncated".into())
}

/// One PEM block.
struct Block<'a> {
    kind: &'a str,
    headers: String,
    bytes: Vec<u8>,
}

impl<'a> Block<'a> {
    fn find(text: &'a str) -> Option<Self> {
        let (_, rest) = text.split_once("-----BEGIN ")?;
        let (kind, rest) = rest.split_once("-----")?;
        let (body, _) = rest.split_once(&format!("-----END {kind}-----"))?;
        let (headers, lines): (Vec<&str>, Vec<&str>) = body.lines().partition(|line| line.contains(':'));
        let encoded: String = lines.iter().flat_map(|line| line.chars()).filter(|c| !c.is_whitespace()).collect();
        Some(Self { kind, headers: headers.concat(), bytes: STANDARD.decode(encoded).ok()? })
    }
}

/// The format of `ssh-keygen`: length-prefixed fields. Only keys without a passphrase.
fn openssh_key(bytes: &[u8]) -> Option<RsaPrivateKey> {
    let mut fields = Fields(bytes.strip_prefix(b"openssh-key-v1\0")?);
    if fields.field()? != b"none" {
        return None;
    }
    fields.skip(2)?;
    fields.number()?;
    fields.field()?;
    let mut private = Fields(fields.field()?);
    private.number()?;
    private.number()?;
    if private.field()? != b"ssh-rsa" {
        return None;
    }
    let modulus = private.integer()?;
    let public_exponent = private.integer()?;
    let private_exponent = private.integer()?;
    private.field()?;
    let primes = vec![private.integer()?, private.integer()?];
    RsaPrivateKey::from_components(modulus, public_exponent, private_exponent, primes).ok()
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number) as usize)
    }

    fn field(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.field().map(drop))
    }

    fn integer(&mut self) -> Option<BigUint> {
        self.field().map(BigUint::from_bytes_be)
    }
}
