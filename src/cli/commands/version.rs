//! `terrace version`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation};
use crate::config::version::TERRAFORM_VERSION;
use serde_json::json;

pub const COMMAND: Command = Command {
    words: "version",
    group: Group::Other,
    about: "Show the version",
    usage: "",
    description: "Shows the version of Terrace and of the Terraform language, state and plan formats that it speaks.",
    define: |command| command.arg(flags::switch("json", "Print a JSON object.")),
    run,
};

fn run(invocation: &mut Invocation) -> Exit {
    let platform = format!("{}_{}", operating_system(), architecture());
    let own = env!("CARGO_PKG_VERSION");
    let text = if invocation.is_set("json") {
        let version = json!({
            "terraform_version": TERRAFORM_VERSION,
            "platform": platform,
            "provider_selections": {},
            "terraform_outdated": false,
            "terrace_version": own,
        });
        format!("{version:#}")
    } else {
        format!("Terrace v{own}\non {platform}\nspeaks Terraform {TERRAFORM_VERSION}")
    };
    invocation.terminal.print_line(&text);
    Exit::SUCCESS
}

/// Go's word for the system, which scripts know.
fn operating_system() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
