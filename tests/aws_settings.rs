//! What the block `provider "aws"` and the environment say, told by the calls they lead to.
//!
//! A small AWS of our own answers who we are, gives roles and credentials, and notes who asked for what.
#![cfg(feature = "aws")]

mod workplace;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use workplace::Workplace;

/// An AWS that knows STS, and gives credentials as a container's and a machine's metadata do.
struct FakeAws {
    port: u16,
    calls: Arc<Mutex<Vec<String>>>,
    /// So many of the next calls are answered with 503.
    broken: Arc<Mutex<usize>>,
}

impl FakeAws {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let aws = Self { port, calls: Arc::default(), broken: Arc::default() };
        let (calls, broken) = (aws.calls.clone(), aws.broken.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (calls, broken) = (calls.clone(), broken.clone());
                std::thread::spawn(move || serve(stream, &calls, &broken));
            }
        });
        aws
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The calls since the last time: `KEY REGION OPERATION`, with what else of the request is worth knowing.
    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().expect("the log"))
    }
}

/// One connection, request after request.
fn serve(stream: TcpStream, calls: &Mutex<Vec<String>>, broken: &Mutex<usize>) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let (mut line, mut length, mut signature) = (String::new(), 0, String::new());
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let path = line.split(' ').nth(1)?.to_owned();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim().split_once(": ") else { break };
            match name.to_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                "authorization" => signature = value.to_owned(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8_lossy(&body).into_owned();
        calls.lock().ok()?.push(noted(&path, &signature, &body));
        let is_broken = std::mem::replace(&mut *broken.lock().ok()?, 0);
        *broken.lock().ok()? = is_broken.saturating_sub(1);
        let (status, answer) =
            if is_broken > 0 { ("503 Busy", String::new()) } else { ("200 OK", answer(&path, &body)) };
        // The metadata of a machine is told to who has a session.
        let session = "x-aws-ec2-metadata-token-ttl-seconds: 21600";
        let head = format!("HTTP/1.1 {status}\r\n{session}\r\ncontent-length: {}\r\n\r\n", answer.len());
        writer.write_all((head + &answer).as_bytes()).ok()?;
    }
}

/// `KEY REGION OPERATION parameter=value ..`
fn noted(path: &str, signature: &str, body: &str) -> String {
    let credential = signature.split("Credential=").nth(1).unwrap_or("-/-/-/");
    let parts: Vec<&str> = credential.split('/').collect();
    let parameters = body.split('&').filter(|pair| !pair.starts_with("Action=") && !pair.starts_with("Version="));
    let operation = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or(path);
    let mut words = vec![parts[0], parts[2], operation];
    words.extend(parameters.filter(|pair| !pair.is_empty()));
    words.join(" ")
}

fn answer(path: &str, body: &str) -> String {
    let given = |key: &str| {
        format!(
            "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
             <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
        )
    };
    let role =
        || body.rsplit("role%2F").next().and_then(|rest| rest.split('&').next()).unwrap_or("role").to_uppercase();
    let json = |key: &str| {
        format!(
            r#"{{"Code":"Success","AccessKeyId":"{key}","SecretAccessKey":"secret","Token":"token","Expiration":"2099-01-01T00:00:00Z"}}"#
        )
    };
    match body.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
        Some(action @ "GetCallerIdentity") => wrapped(
            action,
            "<Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>me</UserId><Account>123456789012</Account>",
        ),
        Some(action) => wrapped(action, &given(&role())),
        None if path.starts_with("/container") => json("CONTAINER"),
        None if path.contains("/security-credentials") && path.ends_with('/') => "machine".to_owned(),
        None if path.contains("/security-credentials") => json("MACHINE"),
        None if path.starts_with("/federation/credentials") => {
            r#"{"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"secret","sessionToken":"token","expiration":4070908800000}}"#
                .to_owned()
        }
        None => "session".to_owned(),
    }
}

fn wrapped(action: &str, content: &str) -> String {
    format!("<{action}Response><{action}Result>{content}</{action}Result></{action}Response>")
}

/// A plan that asks who we are, with this in the provider block and these variables; what it said, and the calls it made.
fn asked(aws: &FakeAws, block: &str, variables: &[(&str, &str)], code: i32) -> (String, Vec<String>) {
    let place = place(block);
    let output = asked_in(&place, variables, code);
    (output, aws.calls())
}

fn place(block: &str) -> Workplace {
    Workplace::with(&format!(
        "provider \"aws\" {{\n  region = \"eu-west-1\"\n  skip_requesting_account_id = true\n  skip_credentials_validation = true\n{block}\n}}\n\
         data \"aws_caller_identity\" \"me\" {{}}\n"
    ))
}

fn asked_in(place: &Workplace, variables: &[(&str, &str)], code: i32) -> String {
    let mut command = place.command(&["plan"]);
    for (name, _) in
        std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.to_lowercase().ends_with("_proxy"))
    {
        command.env_remove(name);
    }
    command.env("HOME", place.path("")).env("AWS_EC2_METADATA_DISABLED", "true").envs(variables.iter().copied());
    let ended = workplace::ended(&mut command);
    assert_eq!(ended.code, Some(code), "{}", ended.output);
    ended.output
}

const KEYS: &str = "access_key = \"BLOCK\"\nsecret_key = \"secret\"\n";
const KEYS_OUTSIDE: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "OUTSIDE"), ("AWS_SECRET_ACCESS_KEY", "secret")];

fn with_sts(aws: &FakeAws, block: &str) -> String {
    format!("{block}\nendpoints {{ sts = \"{}\" }}\n", aws.url())
}

#[test]
fn keys_of_the_block_count_before_those_of_the_environment() {
    let aws = FakeAws::start();
    let (_, calls) = asked(&aws, &with_sts(&aws, KEYS), &KEYS_OUTSIDE, 0);
    assert_eq!(calls, ["BLOCK eu-west-1 GetCallerIdentity"]);
    let (_, calls) = asked(&aws, &with_sts(&aws, ""), &KEYS_OUTSIDE, 0);
    assert_eq!(calls, ["OUTSIDE eu-west-1 GetCallerIdentity"]);
}

#[test]
fn endpoints_come_from_the_environment_too() {
    let aws = FakeAws::start();
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"] {
        let (_, calls) = asked(&aws, KEYS, &[(name, &aws.url())], 0);
        assert_eq!(calls, ["BLOCK eu-west-1 GetCallerIdentity"], "{name}");
    }
}

#[test]
fn a_profile_is_read_from_the_files_that_the_block_names() {
    let aws = FakeAws::start();
    let place = place(&with_sts(
        &aws,
        "profile = \"other\"\nshared_config_files = [\"config\"]\nshared_credentials_files = [\"credentials\"]\n",
    ));
    place.write("config", "[profile other]\nregion = us-west-2\n");
    place.write("credentials", "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = secret\n\n[other]\naws_access_key_id = OTHER\naws_secret_access_key = secret\n");
    asked_in(&place, &[], 0);
    assert_eq!(aws.calls(), ["OTHER eu-west-1 GetCallerIdentity"]);
}

#[test]
fn a_profile_of_the_environment_may_assume_a_role() {
    let aws = FakeAws::start();
    let place = place(&with_sts(&aws, ""));
    place.write(
        "config",
        "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = secret\n\n\
         [profile deploy]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = base\n",
    );
    let config = place.path("config");
    let config = config.to_str().expect("a plain path");
    asked_in(
        &place,
        &[("AWS_CONFIG_FILE", config), ("AWS_PROFILE", "deploy"), ("AWS_ENDPOINT_URL_STS", &aws.url())],
        0,
    );
    let calls = aws.calls();
    assert!(calls[0].starts_with("BASE eu-west-1 AssumeRole "), "{calls:?}");
    assert_eq!(calls[1..], ["DEPLOY eu-west-1 GetCallerIdentity"]);
}

#[test]
fn roles_are_assumed_one_after_the_other() {
    let aws = FakeAws::start();
    let role = |name: &str, more: &str| {
        format!(
            "assume_role {{\nrole_arn = \"arn:aws:iam::123456789012:role/{name}\"\nsession_name = \"run\"\n{more}\n}}\n"
        )
    };
    let first = role("first", "external_id = \"partner\"\ntags = { Team = \"web\" }\ntransitive_tag_keys = [\"Team\"]");
    let second = role("second", "duration = \"1h\"\npolicy_arns = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]");
    let (_, calls) = asked(&aws, &with_sts(&aws, &format!("{KEYS}{first}{second}")), &[], 0);
    let arn = "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2F";
    assert_eq!(
        calls,
        [
            &format!(
                "BLOCK eu-west-1 AssumeRole {arn}first RoleSessionName=run Tags.member.1.Key=Team \
                 Tags.member.1.Value=web TransitiveTagKeys.member.1=Team ExternalId=partner"
            ),
            &format!(
                "FIRST eu-west-1 AssumeRole {arn}second RoleSessionName=run \
                 PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess DurationSeconds=3600"
            ),
            "SECOND eu-west-1 GetCallerIdentity",
        ]
    );
}

#[test]
fn a_web_identity_becomes_a_role() {
    let aws = FakeAws::start();
    let block = "assume_role_with_web_identity {\nrole_arn = \"arn:aws:iam::123456789012:role/web\"\nsession_name = \"run\"\nweb_identity_token_file = \"token\"\n}\n";
    let place = place(&with_sts(&aws, block));
    place.write("token", "from-the-issuer\n");
    asked_in(&place, &[], 0);
    let calls = aws.calls();
    assert!(calls[0].starts_with("- - AssumeRoleWithWebIdentity "), "{calls:?}");
    assert!(calls[0].contains("WebIdentityToken=from-the-issuer"), "{calls:?}");
    assert_eq!(calls[1..], ["WEB eu-west-1 GetCallerIdentity"]);
}

#[test]
fn a_container_and_a_machine_have_credentials() {
    let aws = FakeAws::start();
    let container = format!("{}/container", aws.url());
    let (_, calls) = asked(&aws, &with_sts(&aws, ""), &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container)], 0);
    assert_eq!(calls, ["- - /container", "CONTAINER eu-west-1 GetCallerIdentity"]);
    let block = format!("ec2_metadata_service_endpoint = \"{}\"", aws.url());
    let (_, calls) = asked(&aws, &with_sts(&aws, &block), &[("AWS_EC2_METADATA_DISABLED", "false")], 0);
    assert_eq!(calls.last().map(String::as_str), Some("MACHINE eu-west-1 GetCallerIdentity"), "{calls:?}");
}

#[test]
fn a_session_of_single_sign_on_gives_credentials() {
    let aws = FakeAws::start();
    let place = place(&with_sts(&aws, "profile = \"sso\""));
    std::fs::create_dir_all(place.path(".aws/sso/cache")).expect("a directory");
    place.write(
        ".aws/config",
        "[profile sso]\nsso_session = mine\nsso_account_id = 123456789012\nsso_role_name = admin\n\n\
         [sso-session mine]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n",
    );
    // SHA-1 of the session's name, as every AWS tool has it.
    place.write(
        ".aws/sso/cache/8034c43d15bb7ef42e2cc24255217acfc5f4b2f4.json",
        r#"{"accessToken":"signed-in","expiresAt":"2099-01-01T00:00:00Z","region":"eu-west-1","startUrl":"https://example.awsapps.com/start"}"#,
    );
    asked_in(&place, &[("AWS_ENDPOINT_URL_SSO", &aws.url())], 0);
    let calls = aws.calls();
    assert!(calls[0].contains("/federation/credentials?"), "{calls:?}");
    assert_eq!(calls[1..], ["SSO eu-west-1 GetCallerIdentity"]);
}

#[test]
fn an_account_may_be_refused() {
    let aws = FakeAws::start();
    for block in ["allowed_account_ids = [\"999999999999\"]", "forbidden_account_ids = [\"123456789012\"]"] {
        let (output, _) = asked(&aws, &with_sts(&aws, &format!("{KEYS}{block}")), &[], 1);
        assert!(output.contains("AWS account ID not allowed"), "{output}");
    }
    asked(&aws, &with_sts(&aws, &format!("{KEYS}allowed_account_ids = [\"123456789012\"]")), &[], 0);
}

#[test]
fn calls_are_tried_again_as_often_as_the_block_says() {
    let aws = FakeAws::start();
    for (block, expected) in
        [("max_retries = 0", 1), ("max_retries = 2", 3), ("retry_mode = \"adaptive\"\nmax_retries = 2", 3)]
    {
        *aws.broken.lock().expect("a number") = 3;
        let (_, calls) = asked(&aws, &with_sts(&aws, &format!("{KEYS}{block}")), &[], 1);
        assert_eq!(calls.len(), expected, "{block}");
        *aws.broken.lock().expect("a number") = 0;
    }
}

#[test]
fn calls_go_through_the_proxy_of_the_block_or_the_environment() {
    let aws = FakeAws::start();
    let endpoint = "endpoints { sts = \"http://sts.example.test\" }\n";
    let (_, calls) = asked(&aws, &format!("{KEYS}{endpoint}http_proxy = \"{}\"\n", aws.url()), &[], 0);
    assert_eq!(calls.len(), 1);
    let (_, calls) = asked(&aws, &format!("{KEYS}{endpoint}"), &[("HTTP_PROXY", &aws.url())], 0);
    assert_eq!(calls.len(), 1);
    let block =
        format!("{KEYS}{endpoint}http_proxy = \"{}\"\nno_proxy = \"example.test\"\nmax_retries = 0\n", aws.url());
    let (_, calls) = asked(&aws, &block, &[], 1);
    assert!(calls.is_empty(), "{calls:?}");
}

#[test]
fn aliases_have_regions_and_roles_of_their_own() {
    let aws = FakeAws::start();
    let sts = with_sts(&aws, KEYS);
    let place = Workplace::with(&format!(
        "provider \"aws\" {{\nregion = \"eu-west-1\"\n{sts}}}\n\
         provider \"aws\" {{\nalias = \"us\"\nregion = \"us-east-1\"\n{sts}\
         assume_role {{ role_arn = \"arn:aws:iam::123456789012:role/us\" }}\n}}\n\
         data \"aws_caller_identity\" \"here\" {{}}\n\
         data \"aws_caller_identity\" \"there\" {{ provider = aws.us }}\n"
    ));
    asked_in(&place, &[], 0);
    let calls = aws.calls();
    for (caller, count) in [("BLOCK eu-west-1 GetCallerIdentity", 2), ("US us-east-1 GetCallerIdentity", 2)] {
        assert_eq!(calls.iter().filter(|call| *call == caller).count(), count, "{caller} in {calls:?}");
    }
}

#[test]
fn nobody_is_asked_who_we_are_where_that_is_skipped() {
    let aws = FakeAws::start();
    let place = Workplace::with(&format!(
        "provider \"aws\" {{\nregion = \"eu-west-1\"\nskip_requesting_account_id = true\nskip_credentials_validation = true\n\
         skip_region_validation = true\nskip_metadata_api_check = true\n{}}}\ndata \"aws_region\" \"here\" {{}}\n",
        with_sts(&aws, KEYS)
    ));
    asked_in(&place, &[], 0);
    assert!(aws.calls().is_empty());
}
