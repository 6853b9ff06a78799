//! `terrace import`

use crate::addr::ResourceMode;
use crate::addr::parse::parse_instance;
use crate::cli::operation::Operation;
use crate::cli::progress::Style;
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::syntax::parse_traversal;

pub const COMMAND: Command = Command {
    words: "import",
    group: Group::Other,
    about: "Manage an object that exists already",
    usage: "ADDRESS ID",
    description: "Looks up an object by its id and writes it into the state at an address, which must be in the configuration. What an id \
                  looks like depends on the type. An import block in the configuration does the same where others can review it.",
    define: |command| {
        flags::with_state_files(flags::with_locking(flags::with_variables(command.args([
            flags::value("config", "DIR", "Accepted for compatibility: use -chdir."),
            flags::switch_off("input", "Ask no questions."),
            flags::number("parallelism", "Accepted for compatibility."),
            flags::switch("ignore-remote-version", "Accepted for compatibility."),
            flags::argument("address").required(true),
            flags::argument("id").required(true),
        ]))))
    },
    run,
};

const HELP: &str =
    "For information on valid syntax, see:\nhttps://developer.hashicorp.com/terraform/cli/state/resource-addressing\n";

const DONE: &str = "
Import successful!

The resources that were imported are shown above. These resources are now in
your Terraform state and will henceforth be managed by Terraform.

";

fn run(invocation: &mut Invocation) -> Exit {
    invocation.terminal.space_diagnostics();
    let text = invocation.text("address").unwrap_or_default().to_owned();
    let id = invocation.text("id").unwrap_or_default().to_owned();
    let mut sources = SourceMap::new();
    let file = sources.add("<import-address>", &text);
    let (traversal, problems) = parse_traversal(&text, file, 0);
    let parsed = match traversal.filter(|_| !problems.has_errors()) {
        Some(traversal) => parse_instance(&traversal),
        None => Err(problems),
    };
    let address = match parsed {
        Ok(address) => address,
        Err(problems) => {
            invocation.report(&problems, &sources);
            invocation.terminal.print(HELP);
            return Exit::FAILURE;
        }
    };
    if address.resource.mode != ResourceMode::Managed {
        let problem = Diagnostic::error(
            "A managed resource address is required. Importing into a data resource is not allowed.",
            "",
        );
        invocation.report(&Diagnostics::from(problem), &sources);
        return Exit::FAILURE;
    }
    let mut operation = match Operation::begin(invocation, Style::Lines, "import") {
        Ok(operation) => operation,
        Err(exit) => return exit,
    };
    let diagnostics = match operation.import(invocation, &address, &id) {
        Ok(diagnostics) => diagnostics,
        Err(exit) => return exit,
    };
    let undeclared =
        diagnostics.iter().find(|problem| problem.summary.ends_with("does not exist in the configuration."));
    let failed = match undeclared {
        // Terraform prints this one as it is, example and all.
        Some(problem) => {
            invocation.terminal.print_error(&format!("Error: {}\n\n{}\n\n", problem.summary, problem.detail));
            true
        }
        None => operation.report(invocation, &diagnostics),
    };
    operation.end(invocation);
    if failed {
        return Exit::FAILURE;
    }
    invocation.terminal.print(DONE);
    Exit::SUCCESS
}
