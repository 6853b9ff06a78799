//! Hashes of text and of files.

use super::entry::{number, text};
use super::filesystem::open;
use super::{Call, CallError, Function};
use crate::value::{Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest;

type Hash = fn(&[u8]) -> String;

/// bcrypt's limits.
const MAX_PASSWORD_BYTES: usize = 72;
const MIN_COST: i64 = 4;
const MAX_COST: i64 = 31;
const DEFAULT_COST: i64 = 10;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("base64sha256", [text("str")], Type::String, |call| {
            of_text(call, |bytes| STANDARD.encode(sha2::Sha256::digest(bytes)))
        })
        .documented(
            "`base64sha256` computes the SHA256 hash of a given string and encodes it with Base64. This is not \
             equivalent to `base64encode(sha256(\"test\"))` since `sha256()` returns hexadecimal \
             representation.",
        )
        .example("base64sha256(\"a\")", "\"ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=\""),
        Function::new("base64sha512", [text("str")], Type::String, |call| {
            of_text(call, |bytes| STANDARD.encode(sha2::Sha512::digest(bytes)))
        })
        .documented(
            "`base64sha512` computes the SHA512 hash of a given string and encodes it with Base64. This is not \
             equivalent to `base64encode(sha512(\"test\"))` since `sha512()` returns hexadecimal \
             representation.",
        )
        .example("substr(base64sha512(\"a\"), 0, 8)", "\"H0D8ktok\""),
        Function::new("bcrypt", [text("str")], Type::String, bcrypt_hash)
            .variadic(
                number("cost").documented("The `cost` argument is optional and will default to 10 if unspecified."),
            )
            .impure()
            .documented(
                "`bcrypt` computes a hash of the given string using the Blowfish cipher, returning a string in \
             [the _Modular Crypt Format_](https://passlib.readthedocs.io/en/stable/modular_crypt_format.html) \
             usually expected in the shadow password file on many Unix systems.",
            )
            .example("length(bcrypt(\"hello\", 4))", "60"),
        Function::new("md5", [text("str")], Type::String, |call| of_text(call, |bytes| hex(&md5::Md5::digest(bytes))))
            .documented("`md5` computes the MD5 hash of a given string and encodes it with hexadecimal digits.")
            .example("md5(\"hello world\")", "\"5eb63bbbe01eeed093cb22bb8f5acdc3\""),
        Function::new("sha1", [text("str")], Type::String, |call| {
            of_text(call, |bytes| hex(&sha1::Sha1::digest(bytes)))
        })
        .documented("`sha1` computes the SHA1 hash of a given string and encodes it with hexadecimal digits.")
        .example("sha1(\"hello world\")", "\"2aae6c35c94fcfb415dbe95f408b9ce91ee846ed\""),
        Function::new("sha256", [text("str")], Type::String, |call| {
            of_text(call, |bytes| hex(&sha2::Sha256::digest(bytes)))
        })
        .documented("`sha256` computes the SHA256 hash of a given string and encodes it with hexadecimal digits.")
        .example("sha256(\"a\")", "\"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\""),
        Function::new("sha512", [text("str")], Type::String, |call| {
            of_text(call, |bytes| hex(&sha2::Sha512::digest(bytes)))
        })
        .documented("`sha512` computes the SHA512 hash of a given string and encodes it with hexadecimal digits.")
        .example("length(sha512(\"a\"))", "128"),
        of_file_at("filebase64sha256", |call| of_file(call, |bytes| STANDARD.encode(sha2::Sha256::digest(bytes))))
            .documented(
                "`filebase64sha256` is a variant of `base64sha256` that hashes the contents of a given file rather \
             than a literal string.",
            )
            .example("can(filebase64sha256(\"hello.txt\"))", "true"),
        of_file_at("filebase64sha512", |call| of_file(call, |bytes| STANDARD.encode(sha2::Sha512::digest(bytes))))
            .documented(
                "`filebase64sha512` is a variant of `base64sha512` that hashes the contents of a given file rather \
             than a literal string.",
            )
            .example("can(filebase64sha512(\"hello.txt\"))", "true"),
        of_file_at("filemd5", |call| of_file(call, |bytes| hex(&md5::Md5::digest(bytes))))
            .documented(
                "`filemd5` is a variant of `md5` that hashes the contents of a given file rather than a literal \
             string.",
            )
            .example("filemd5(\"hello.txt\")", "\"8b1a9953c4611296a827abf8c47804d7\""),
        of_file_at("filesha1", |call| of_file(call, |bytes| hex(&sha1::Sha1::digest(bytes))))
            .documented(
                "`filesha1` is a variant of `sha1` that hashes the contents of a given file rather than a literal \
             string.",
            )
            .example("filesha1(\"hello.txt\")", "\"f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0\""),
        of_file_at("filesha256", |call| of_file(call, |bytes| hex(&sha2::Sha256::digest(bytes))))
            .documented(
                "`filesha256` is a variant of `sha256` that hashes the contents of a given file rather than a \
             literal string.",
            )
            .example("can(filesha256(\"hello.txt\"))", "true"),
        of_file_at("filesha512", |call| of_file(call, |bytes| hex(&sha2::Sha512::digest(bytes))))
            .documented(
                "`filesha512` is a variant of `sha512` that hashes the contents of a given file rather than a \
             literal string.",
            )
            .example("can(filesha512(\"hello.txt\"))", "true"),
    ]
}

fn of_file_at(name: &'static str, body: super::entry::Body) -> Function {
    Function::new(name, [text("path")], Type::String, body).filesystem()
}

fn of_text(call: &Call<'_>, hash: Hash) -> Result<Value, CallError> {
    Ok(Value::string(hash(call.text(0).as_bytes())))
}

fn of_file(call: &Call<'_>, hash: Hash) -> Result<Value, CallError> {
    let path = call.text(0);
    let bytes = open(call.context, path).map_err(|failure| failure.plain_message())?;
    Ok(Value::string(hash(&bytes)))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn bcrypt_hash(call: &Call<'_>) -> Result<Value, CallError> {
    let mut cost = if call.arguments.len() > 1 { call.whole(1)? } else { DEFAULT_COST };
    if call.arguments.len() > 2 {
        return Err("bcrypt() takes no more than two arguments".into());
    }
    let password = call.text(0);
    let fail = |reason: String| Err(format!("error occured generating password {reason}").into());
    if password.len() > MAX_PASSWORD_BYTES {
        return fail(format!("bcrypt: password length exceeds {MAX_PASSWORD_BYTES} bytes"));
    }
    if cost < MIN_COST {
        cost = DEFAULT_COST;
    }
    if cost > MAX_COST {
        return fail(format!("crypto/bcrypt: cost {cost} is outside allowed range ({MIN_COST},{MAX_COST})"));
    }
    let mut salt = [0; 16];
    call.context.world.fill_random(&mut salt);
    match bcrypt::hash_with_salt(password.as_bytes(), cost as u32, salt) {
        Ok(parts) => Ok(Value::string(parts.format_for_version(bcrypt::Version::TwoA))),
        Err(error) => fail(error.to_string()),
    }
}
