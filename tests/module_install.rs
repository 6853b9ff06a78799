//! Modules from elsewhere: `init` installs them from registries, git repositories and archives, and the other commands use them.
//!
//! The registry is a small server of the test, the repository is on the disk; where `git` is missing that part says so and is left out.

mod workplace;

use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use workplace::{Workplace, ended};

/// A module that says who it is; `inner` has one below it.
const NET: &str = "variable \"size\" {\n  default = 1\n}\nmodule \"part\" {\n  source = \"./part\"\n}\noutput \"who\" {\n  value = \"net ${var.size} ${module.part.who}\"\n}\n";
const PART: &str = "output \"who\" {\n  value = \"part\"\n}\n";

/// Answers what it was given: a status line, more header lines, a body.
struct Registry {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

type Answers = BTreeMap<String, (&'static str, String, Vec<u8>)>;

impl Registry {
    fn start(answers: impl FnOnce(&str) -> Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, log) = (answers(&address), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away early gets nothing.
                let _ = answer(&stream, &answers, &log);
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("not poisoned"))
    }
}

fn answer(stream: &TcpStream, answers: &Answers, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let headers: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let token = headers.iter().find_map(|line| line.strip_prefix("authorization: Bearer "));
    log.lock().expect("not poisoned").push(format!("{path} {}", token.unwrap_or("-")));
    let missing = ("404 Not Found", String::new(), Vec::new());
    let (status, headers, body) = answers.get(&path).unwrap_or(&missing);
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    stream.write_all(body)
}

/// An archive of the module, in a directory as forges pack it.
fn packed() -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in [("net-1/main.tf", NET), ("net-1/part/main.tf", PART)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, text.as_bytes()).expect("memory can be written");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("memory can be written")
}

fn registry() -> Registry {
    Registry::start(|address| {
        let versions = br#"{"modules":[{"versions":[{"version":"1.0.0"},{"version":"1.2.0"},{"version":"2.0.0-beta1"},{"version":"1.10.0"}]}]}"#;
        let location = |path: &str| format!("X-Terraform-Get: {address}{path}\r\n");
        BTreeMap::from([
            ("/m/acme/net/aws/versions".to_owned(), ("200 OK", String::new(), versions.to_vec())),
            (
                "/m/acme/net/aws/1.10.0/download".to_owned(),
                ("204 No Content", location("/net?archive=tar.gz//net-1"), vec![]),
            ),
            ("/m/acme/net/aws/1.2.0/download".to_owned(), ("204 No Content", location("/net.tgz//*"), vec![])),
            ("/net".to_owned(), ("200 OK", String::new(), packed())),
            ("/net.tgz".to_owned(), ("200 OK", String::new(), packed())),
            (
                "/m/acme/empty/aws/versions".to_owned(),
                ("200 OK", String::new(), br#"{"modules":[{"versions":[]}]}"#.to_vec()),
            ),
        ])
    })
}

/// A directory whose user knows the registry as `modules.example`.
fn place(registry: &Registry, configuration: &str) -> Workplace {
    let place = Workplace::with("");
    place.write("main.tf", configuration);
    let settings = format!(
        "host \"modules.example\" {{\n  services = {{\n    \"modules.v1\" = \"{}/m/\"\n  }}\n}}\ncredentials \"modules.example\" {{\n  token = \"secret\"\n}}\n",
        registry.address
    );
    place.write("settings.rc", &settings);
    place
}

fn run(place: &Workplace, arguments: &[&str]) -> workplace::Ended {
    ended(place.command(arguments).env("TF_CLI_CONFIG_FILE", place.path("settings.rc")))
}

fn ok(place: &Workplace, arguments: &[&str]) -> String {
    let ended = run(place, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}:\n{}", ended.output);
    ended.output
}

fn call(version: &str) -> String {
    format!(
        "module \"net\" {{\n  source  = \"modules.example/acme/net/aws\"\n  version = \"{version}\"\n  size    = 7\n}}\noutput \"who\" {{\n  value = module.net.who\n}}\n"
    )
}

#[test]
fn a_registry_s_newest_accepted_version_is_installed() {
    let registry = registry();
    let place = place(&registry, &call("~> 1.0"));
    let output = ok(&place, &["init"]);
    assert!(output.contains("Downloading modules.example/acme/net/aws 1.10.0 for net..."), "{output}");
    assert!(output.contains("- net in .terraform/modules/net/net-1"), "{output}");
    let manifest = place.read(".terraform/modules/modules.json");
    assert!(manifest.contains(r#"{"Key":"net","Source":"modules.example/acme/net/aws","Version":"1.10.0","Dir":".terraform/modules/net/net-1"}"#), "{manifest}");
    assert!(
        manifest.contains(r#"{"Key":"net.part","Source":"./part","Dir":".terraform/modules/net/net-1/part"}"#),
        "{manifest}"
    );
    ok(&place, &["plan", "-out=saved"]);
    // A plan is applied as it was planned, whatever has become of the modules.
    fs::remove_dir_all(place.path(".terraform/modules")).expect("it is there");
    ok(&place, &["apply", "saved"]);
    assert_eq!(ok(&place, &["output", "-raw", "who"]), "net 7 part");
    // The token goes to the registry, and to nobody else.
    assert_eq!(
        registry.asked(),
        ["/m/acme/net/aws/versions secret", "/m/acme/net/aws/1.10.0/download secret", "/net -"]
    );
}

#[test]
fn what_is_installed_stays_until_something_else_is_asked_for() {
    let registry = registry();
    let place = place(&registry, &call("1.2.0"));
    ok(&place, &["init"]);
    registry.asked();
    ok(&place, &["init"]);
    assert_eq!(registry.asked(), Vec::<String>::new());
    place.write("main.tf", &call("~> 1.3"));
    run(&place, &["plan"]).expect_failure(&[
        "Module version requirements have changed",
        "the installed version (1.2.0) is no longer acceptable",
        "terraform init",
    ]);
    ok(&place, &["init"]);
    ok(&place, &["plan"]);
    place.write("main.tf", &call("~> 1.0"));
    registry.asked();
    ok(&place, &["init", "-upgrade"]);
    assert_eq!(registry.asked().len(), 3);
}

#[test]
fn what_a_registry_does_not_have_is_said_at_the_line() {
    let registry = registry();
    for (source, version, words) in [
        (
            "modules.example/acme/net/aws",
            ">= 3.0",
            ["Unresolvable module version constraint", "The newest available version is 2.0.0-beta1", "main.tf line 3"],
        ),
        (
            "modules.example/acme/other/aws",
            "1.0.0",
            ["Module not found", "cannot be found in the module registry at modules.example", "main.tf line 2"],
        ),
        (
            "modules.example/acme/empty/aws",
            "1.0.0",
            ["Module has no versions", "no versions available on modules.example", "main.tf line 2"],
        ),
        (
            "modules.example/acme/net/aws//nowhere",
            "1.10.0",
            ["Unreadable module subdirectory", "target submodule net-1/nowhere does not exist", "main.tf line 2"],
        ),
    ] {
        let place =
            place(&registry, &format!("module \"net\" {{\n  source  = \"{source}\"\n  version = \"{version}\"\n}}\n"));
        run(&place, &["init"]).expect_failure(&words);
        run(&place, &["plan"]).expect_failure(&["Module not installed"]);
    }
}

#[test]
fn an_archive_is_fetched_once_for_all_who_use_it() {
    let registry = registry();
    let source = format!("{}/net.tgz//net-1", registry.address);
    let configuration = format!(
        "module \"a\" {{\n  source = \"{source}\"\n}}\nmodule \"b\" {{\n  source = \"{source}/part\"\n}}\noutput \"who\" {{\n  value = \"${{module.a.who}}, ${{module.b.who}}\"\n}}\n"
    );
    let place = place(&registry, &configuration);
    ok(&place, &["init"]);
    assert_eq!(registry.asked(), ["/net.tgz -"]);
    ok(&place, &["apply", "-auto-approve"]);
    assert_eq!(ok(&place, &["output", "-raw", "who"]), "net 1 part, part");
}

#[test]
fn an_address_that_does_not_answer_leaves_nothing_half_made() {
    let registry = registry();
    for (source, words) in [
        (format!("{}/nothing.zip", registry.address), "bad response code: 404"),
        (format!("{}/net.tgz?archive=zip", registry.address), "the archive cannot be unpacked"),
        ("s3::https://s3.amazonaws.com/bucket/net.zip".to_owned(), "fetching with \"s3\" is not supported"),
        (format!("{}/net.tgz?checksum=1", registry.address), "the parameter checksum is not supported"),
        ("https://127.0.0.1:1/net.zip".to_owned(), "Connection refused"),
    ] {
        let place = place(&registry, &format!("module \"net\" {{\n  source = \"{source}\"\n}}\n"));
        run(&place, &["init"]).expect_failure(&["Failed to download module", words, "main.tf line 2"]);
        let left: Vec<_> = fs::read_dir(place.path(".terraform/modules")).expect("it is there").flatten().collect();
        assert!(left.iter().all(|entry| entry.file_name() == "modules.json"), "{left:?}");
    }
}

fn git(directory: &Path, arguments: &[&str]) {
    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
    let ended = ended(Command::new("git").current_dir(directory).args(who).args(arguments));
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.output);
}

#[test]
fn a_repository_is_taken_at_the_commit_that_is_named() {
    if Command::new("git").arg("--version").output().is_err() {
        println!("left out: there is no git here");
        return;
    }
    let repository = tempfile::tempdir().expect("a temporary directory");
    let path = repository.path();
    git(path, &["init", "--quiet"]);
    fs::create_dir(path.join("part")).expect("it can be written");
    fs::write(path.join("main.tf"), NET).expect("it can be written");
    fs::write(path.join("part/main.tf"), PART).expect("it can be written");
    git(path, &["add", "."]);
    git(path, &["commit", "--quiet", "-m", "first"]);
    git(path, &["tag", "v1"]);
    fs::write(path.join("part/main.tf"), PART.replace("\"part\"", "\"newer part\"")).expect("it can be written");
    git(path, &["commit", "--quiet", "-a", "-m", "second"]);

    let place = Workplace::with("");
    let source = |more: &str| {
        let url = format!("git::file://{}{more}", path.display());
        format!("module \"net\" {{\n  source = \"{url}\"\n}}\noutput \"who\" {{\n  value = module.net.who\n}}\n")
    };
    for (more, who) in [("", "net 1 newer part"), ("?ref=v1", "net 1 part"), ("//part?ref=main", "newer part")] {
        place.write("main.tf", &source(more));
        place.ok(&["init"]);
        place.apply();
        assert_eq!(place.ok(&["output", "-raw", "who"]), who, "{more}");
    }
    place.write("main.tf", &source("?ref=v9"));
    place.fails(&["plan"], &["Module source has changed", "terraform init"]);
    place.fails(&["init"], &["Failed to download module", "v9"]);
}
