//! The cookie that brings a client back to its member: it carries a digest of the member's id, so that it tells nothing of the inside.

use super::routing::Stickiness;
use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue};
use sha2::{Digest, Sha256};
use std::fmt::Write;

pub(super) fn token_of(member: &str) -> String {
    Sha256::digest(member.as_bytes()).iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The token that the client brought, if any.
pub(super) fn token_in<'h>(headers: &'h HeaderMap, stickiness: &Stickiness) -> Option<&'h str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == stickiness.cookie).map(|(_, token)| token)
}

pub(super) fn cookie_for(token: &str, stickiness: &Stickiness) -> Option<HeaderValue> {
    let Stickiness { cookie, duration } = stickiness;
    HeaderValue::try_from(format!("{cookie}={token}; Max-Age={}; Path=/; HttpOnly; SameSite=Lax", duration.as_secs()))
        .ok()
}
