//! `terrace init`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation, natives};
use crate::config::{Manifest, has_config};
use crate::diag::{Diagnostic, Diagnostics};
use crate::ops::configuration::open_configuration;
use crate::ops::init::{Found, find_providers, new_modules, read_manifest, write_manifest};
use crate::render::paint::Paint;
use crate::system::Machine;

pub const COMMAND: Command = Command {
    words: "init",
    group: Group::Main,
    about: "Prepare the directory for the other commands",
    usage: "",
    description: "Looks at the configuration in this directory: which modules and providers it needs, and where its state lives. \
                  Running it again is always safe; nothing that exists is changed or deleted.\n\n\
                  Providers that Terrace speaks natively are part of the program: nothing is downloaded for them.",
    define: |command| {
        flags::with_locking(flags::with_variables(command.args([
            flags::switch_off("backend", "Leave the backend alone."),
            flags::repeated("backend-config", "FILE|name=value", "More settings for the backend."),
            flags::switch("reconfigure", "Forget the backend that was set up before."),
            flags::switch("migrate-state", "Move the state to a backend that has changed."),
            flags::switch("force-copy", "As -migrate-state, without asking."),
            flags::switch_off("get", "Do not look at modules."),
            flags::switch("upgrade", "Look for newer modules and providers."),
            flags::switch_off("input", "Ask no questions."),
            flags::switch("json", "Print one JSON object a line."),
            flags::value("lockfile", "MODE", "What to do with the lock file: readonly."),
            flags::repeated("plugin-dir", "DIR", "Accepted for compatibility: providers are part of the program."),
            flags::value("from-module", "SOURCE", "Accepted for compatibility: not supported yet."),
            flags::value("test-directory", "path", "Accepted for compatibility."),
            flags::switch("ignore-remote-version", "Accepted for compatibility."),
            flags::switch("compact-warnings", "Show warnings by their summaries where there are no errors."),
        ])))
    },
    run,
};

const EMPTY: &str = "\
Terraform initialized in an empty directory!

The directory has no Terraform configuration files. You may begin working
with Terraform immediately by creating Terraform configuration files.
";

const NEXT: &str = "
You may now begin working with Terraform. Try running \"terraform plan\" to see
any changes that are required for your infrastructure. All Terraform commands
should now work.

If you ever set or change modules or backend configuration for Terraform,
rerun this command to reinitialize your working directory. If you forget, other
commands will detect it and remind you to do so if necessary.
";

const BROKEN: &str = "\
Terraform encountered problems during initialisation, including problems
with the configuration, described below.

The Terraform configuration must be valid before initialization so that
Terraform can determine which modules and providers need to be installed.";

fn run(invocation: &mut Invocation) -> Exit {
    let paint = Paint(invocation.terminal.color());
    if invocation.text("from-module").is_some() {
        invocation.terminal.print_diagnostic(&Diagnostic::error(
            "Copying modules is not supported yet",
            "Copy the module's files into this directory, then run init without -from-module.",
        ));
        return Exit::FAILURE;
    }
    if !has_config(".", &Machine) {
        invocation.terminal.print(&format!("{}\n", paint.bold_green(EMPTY)));
        return Exit::SUCCESS;
    }
    if invocation.switch("backend") != Some(false) {
        invocation.terminal.print_line(&paint.bold("Initializing the backend..."));
    }
    let data_directory = invocation.settings.data_directory.to_string_lossy().into_owned();
    let (config, diagnostics) = open_configuration(&data_directory, &Machine);
    if diagnostics.has_errors() {
        invocation.terminal.print("\n");
        let mut all = Diagnostics::from(Diagnostic::error(BROKEN, ""));
        all.extend(diagnostics);
        invocation.report(&all, &config.sources);
        return Exit::FAILURE;
    }
    if invocation.switch("get") != Some(false) && !config.root().calls.is_empty() {
        invocation.terminal.print_line(&paint.bold("Initializing modules..."));
        if let Err(problem) = note_modules(invocation, &data_directory, &Manifest::of(&config)) {
            invocation.terminal.print_diagnostic(&problem);
            return Exit::FAILURE;
        }
    }
    invocation.terminal.print_line(&paint.bold("Initializing provider plugins..."));
    let (providers, found) = find_providers(&config, &natives());
    for (source, what) in providers {
        let line = match what {
            Found::BuiltIn => format!("- {source} is built in to Terraform"),
            Found::Native { version } => format!("- {} v{version} is part of Terrace", source.for_display()),
        };
        invocation.terminal.print_line(&line);
    }
    let mut diagnostics = diagnostics;
    diagnostics.extend(found);
    if diagnostics.has_errors() {
        invocation.report(&diagnostics, &config.sources);
        return Exit::FAILURE;
    }
    invocation.terminal.print("\n");
    invocation.report(&diagnostics, &config.sources);
    invocation.terminal.print_line(&paint.bold_green("Terraform has been successfully initialized!"));
    if !invocation.settings.in_automation {
        invocation.terminal.print(&paint.green(NEXT));
    }
    invocation.terminal.print("\n");
    Exit::SUCCESS
}

/// Tells of modules that were not known before, and keeps where they are.
pub fn note_modules(invocation: &mut Invocation, data_directory: &str, now: &Manifest) -> Result<(), Diagnostic> {
    for record in new_modules(&read_manifest(data_directory), now) {
        let key = record.path().0.join(".");
        invocation.terminal.print_line(&format!("- {key} in {}", record.directory));
    }
    write_manifest(data_directory, now)
}
