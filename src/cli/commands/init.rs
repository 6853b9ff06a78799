//! `terrace init`

use crate::cli::flags;
use crate::cli::{Command, Exit, Group, Invocation, natives};
use crate::config::{Config, has_config, load_root};
use crate::diag::{Diagnostic, Diagnostics};
use crate::ops::backend::{self, BackendSettings, DEFAULT_WORKSPACE, StateFlags};
use crate::ops::configuration::open_configuration;
use crate::ops::init::{Found, find_providers, new_modules, read_manifest, write_manifest};
use crate::ops::modules::{Installation, install};
use crate::ops::workspace::check_workspace_variable;
use crate::render::paint::Paint;
use crate::system::Machine;

pub const COMMAND: Command = Command {
    words: "init",
    group: Group::Main,
    about: "Prepare the directory for the other commands",
    usage: "",
    description: "Installs the modules that the configuration in this directory calls, from registries, git repositories and archives, and \
                  looks at which providers it needs and where its state lives. Running it again is always safe.\n\n\
                  Providers that Terrace speaks natively are part of the program: nothing is downloaded for them.",
    define: |command| {
        flags::with_locking(flags::with_variables(command.args([
            flags::switch_off("backend", "Leave the backend alone."),
            flags::repeated("backend-config", "FILE|name=value", "More settings for the backend."),
            flags::switch("reconfigure", "Forget the backend that was set up before."),
            flags::switch("migrate-state", "Move the state to a backend that has changed."),
            flags::switch("force-copy", "As -migrate-state, without asking."),
            flags::switch_off("get", "Do not install modules."),
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
    if let Some(problem) = check_workspace_variable(invocation.settings.workspace.as_deref()) {
        invocation.terminal.print_diagnostic(&problem);
        return Exit::FAILURE;
    }
    let (root, diagnostics) = load_root(".", &Machine);
    if diagnostics.has_errors() {
        return say_broken(invocation, &root, diagnostics);
    }
    if invocation.switch("backend") != Some(false)
        && let Err(problems) = set_up_backend(invocation, &root, &data_directory)
    {
        invocation.terminal.print("\n");
        invocation.report(&problems, &root.sources);
        return Exit::FAILURE;
    }
    let (config, diagnostics) = match invocation.switch("get") != Some(false) && !root.root().calls.is_empty() {
        true => {
            let upgrade = invocation.is_set("upgrade");
            let line = if upgrade { "Upgrading modules..." } else { "Initializing modules..." };
            invocation.terminal.print_line(&paint.bold(line));
            match install_modules(invocation, &data_directory, upgrade) {
                Ok(installed) => installed,
                Err(exit) => return exit,
            }
        }
        false => {
            let (config, diagnostics) = open_configuration(&data_directory, &Machine);
            if diagnostics.has_errors() {
                return say_broken(invocation, &config, diagnostics);
            }
            (config, diagnostics)
        }
    };
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

/// Reads the backend's settings, and records them for the other commands.
fn set_up_backend(invocation: &mut Invocation, config: &Config, data_directory: &str) -> Result<(), Diagnostics> {
    let extra = extra_settings(&invocation.texts("backend-config"))?;
    let configured = backend::configured(config, &extra)?;
    let recorded = backend::recorded(data_directory);
    if configured == recorded {
        return Ok(());
    }
    let may_change =
        invocation.is_set("reconfigure") || invocation.is_set("migrate-state") || invocation.is_set("force-copy");
    if recorded.is_some() && !may_change {
        let detail = "A change in the backend configuration has been detected, which may require migrating existing state.\n\nIf you wish \
                      to attempt automatic migration of the state, use \"terraform init -migrate-state\".\nIf you wish to store the \
                      current configuration with no changes to the state, use \"terraform init -reconfigure\".";
        return Err(Diagnostic::error("Backend configuration changed", detail).into());
    }
    if invocation.is_set("migrate-state") || invocation.is_set("force-copy") {
        migrate(recorded.as_ref(), configured.as_ref())?;
    }
    backend::record(data_directory, configured.as_ref()).map_err(|error| {
        Diagnostics::from(Diagnostic::error("Failed to record the backend", format!("{data_directory}: {error}.")))
    })?;
    if let Some(backend) = &configured {
        let text = format!(
            "\nSuccessfully configured the backend \"{}\"! Terraform will automatically\nuse this backend unless the backend \
             configuration changes.",
            backend.kind
        );
        let paint = Paint(invocation.terminal.color());
        invocation.terminal.print_line(&paint.green(&text));
    }
    Ok(())
}

/// Copies the default workspace's state from where it was to where it will be, where nothing is yet.
fn migrate(from: Option<&BackendSettings>, to: Option<&BackendSettings>) -> Result<(), Diagnostics> {
    let flags = StateFlags::default();
    let old = backend::open_store(from, DEFAULT_WORKSPACE, &flags).read()?;
    let mut new = backend::open_store(to, DEFAULT_WORKSPACE, &flags);
    match (old, new.read()?) {
        (Some(state), None) => new.push(&state, false),
        (Some(_), Some(_)) => {
            let detail = "Both the old and the new backend hold a state. Move one of them away, or use -reconfigure to go on with the new one.";
            Err(Diagnostic::error("State exists in both backends", detail).into())
        }
        (None, _) => Ok(()),
    }
}

/// `-backend-config=name=value`; files of settings are read line by line.
fn extra_settings(given: &[String]) -> Result<Vec<(String, String)>, Diagnostics> {
    let mut settings = Vec::new();
    for text in given {
        match text.split_once('=') {
            Some((name, value)) => settings.push((name.trim().to_owned(), value.trim().to_owned())),
            None => {
                let detail = format!(
                    "Reading backend settings from a file such as {text} is not supported yet; give name=value."
                );
                return Err(Diagnostic::error("Backend settings in a file", detail).into());
            }
        }
    }
    Ok(settings)
}

fn say_broken(invocation: &mut Invocation, config: &Config, diagnostics: Diagnostics) -> Exit {
    invocation.terminal.print("\n");
    let mut all = Diagnostics::from(Diagnostic::error(BROKEN, ""));
    all.extend(diagnostics);
    invocation.report(&all, &config.sources);
    Exit::FAILURE
}

/// Installs what the configuration calls, tells of modules that were not there before, and keeps where they are.
pub fn install_modules(
    invocation: &mut Invocation,
    data_directory: &str,
    upgrade: bool,
) -> Result<(Config, Diagnostics), Exit> {
    let before = read_manifest(data_directory);
    let installation = {
        let mut say = |line: &str| invocation.terminal.print_line(line);
        install(data_directory, &before, upgrade, &Machine, &mut say)
    };
    let Installation { config, manifest, diagnostics } = installation;
    for record in new_modules(&before, &manifest) {
        let key = record.path().0.join(".");
        invocation.terminal.print_line(&format!("- {key} in {}", record.directory));
    }
    let written = write_manifest(data_directory, &manifest);
    if diagnostics.has_errors() {
        invocation.report(&diagnostics, &config.sources);
        return Err(Exit::FAILURE);
    }
    match written {
        Ok(()) => Ok((config, diagnostics)),
        Err(problem) => {
            invocation.terminal.print_diagnostic(&problem);
            Err(Exit::FAILURE)
        }
    }
}
