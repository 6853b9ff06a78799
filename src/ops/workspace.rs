//! Workspaces: several states of one configuration, one of them selected.

use super::backend::{self, BackendSettings, DEFAULT_WORKSPACE, StateFlags};
use super::refusal::Refusal;
use super::session::Session;
use super::state_edit::{Editing, Patience};
use crate::addr::ResourceMode;
use crate::config::join;
use crate::diag::Diagnostic;
use crate::state::State;
use crate::state::v4::read_state;
use crate::system::file;
use std::path::Path;

/// Whether a workspace may have this name: it must stay as it is in a URL path.
pub fn is_workspace_name(name: &str) -> bool {
    let stays = |c: char| c.is_ascii_alphanumeric() || "-_.~$&+=:@".contains(c);
    !name.is_empty() && name.chars().all(stays)
}

/// What is wrong with the workspace that the environment names.
pub fn check_workspace_variable(name: Option<&str>) -> Option<Diagnostic> {
    let is_wrong = name.is_some_and(|name| !is_workspace_name(name));
    is_wrong.then(|| Diagnostic::error("Invalid workspace name set using TF_WORKSPACE", ""))
}

/// All workspaces, the default one first.
pub fn list(backend: Option<&BackendSettings>) -> Result<Vec<String>, Refusal> {
    let directory = backend::workspaces_directory(backend);
    let mut names = match std::fs::read_dir(&directory) {
        Ok(entries) => entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed("read", &directory, &error)),
    };
    names.sort();
    names.insert(0, DEFAULT_WORKSPACE.to_owned());
    Ok(names)
}

/// What `select` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selected {
    Already,
    Switched,
    Created,
}

/// Makes a workspace the one that commands work on; with `or_create` a new one where there is none of the name.
pub fn select(session: &Session, name: &str, or_create: bool) -> Result<Selected, Refusal> {
    if session.is_workspace_overridden() {
        return Err(Refusal::text(
            "\nThe selected workspace is currently overridden using the TF_WORKSPACE\nenvironment variable.\n\nTo select a new workspace, \
             either update this environment variable or unset\nit and then run this command again.\n",
        ));
    }
    check_name(name)?;
    let exists = list(session.backend.as_ref())?.iter().any(|found| found == name);
    if name == session.workspace {
        return Ok(Selected::Already);
    }
    if !exists && !or_create {
        return Err(Refusal::text(format!("\n{}", does_not_exist(name))));
    }
    if !exists {
        make_directory(session, name)?;
    }
    note_selected(session, name)?;
    Ok(if exists { Selected::Switched } else { Selected::Created })
}

/// Makes a workspace and selects it. `state`: the text and name of a state file to begin with.
pub fn create(session: &Session, name: &str, state: Option<(&str, &str)>, patience: Patience) -> Result<(), Refusal> {
    check_name(name)?;
    if session.is_workspace_overridden() && session.workspace != name {
        return Err(Refusal::text(
            "\nThe workspace is currently overridden using the TF_WORKSPACE environment\nvariable. You cannot create a new workspace when \
             using this setting.\n\nTo create a new workspace, either unset this environment variable or update it\nto match the workspace \
             name you are trying to create, and then run this command\nagain.\n",
        ));
    }
    if list(session.backend.as_ref())?.iter().any(|found| found == name) {
        return Err(Refusal::text(format!("Workspace {name:?} already exists")));
    }
    let initial = state.map(|(text, name)| read_state(text, name)).transpose()?;
    make_directory(session, name)?;
    if let Some(initial) = initial {
        let mut store = backend::open_store(session.backend.as_ref(), name, &StateFlags::default());
        if let Some(patience) = patience {
            super::locking::lock(&mut *store, "workspace-new", patience)?;
        }
        // It goes its own way from here: a lineage and serial of its own.
        store.write(&State { lineage: String::new(), serial: 0, ..initial })?;
    }
    note_selected(session, name)
}

/// Removes a workspace with its state. Unless forced, it must not hold objects. Says whether it held any.
pub fn delete(session: &Session, name: &str, is_forced: bool, patience: Patience) -> Result<bool, Refusal> {
    if !list(session.backend.as_ref())?.iter().any(|found| found == name) {
        return Err(Refusal::text(does_not_exist(name)));
    }
    if name == session.workspace {
        return Err(Refusal::text(format!(
            "Workspace {name:?} is your active workspace.\n\nYou cannot delete the currently active workspace. Please switch\nto another \
             workspace and try again."
        )));
    }
    if name == DEFAULT_WORKSPACE {
        return Err(Refusal::text("cannot delete default state"));
    }
    let store = backend::open_store(session.backend.as_ref(), name, &StateFlags::default());
    let editing = Editing::open(store, "workspace-delete", patience)?;
    let objects = editing.as_ref().map(|editing| managed_objects(&editing.state)).unwrap_or_default();
    if !objects.is_empty() && !is_forced {
        return Err(not_empty(name, &objects));
    }
    drop(editing);
    let directory = backend::workspaces_directory(session.backend.as_ref()).join(name);
    std::fs::remove_dir_all(&directory).map_err(|error| failed("remove", &directory, &error))?;
    Ok(!objects.is_empty())
}

fn check_name(name: &str) -> Result<(), Refusal> {
    match is_workspace_name(name) {
        true => Ok(()),
        false => Err(Refusal::text(format!(
            "\nThe workspace name {name:?} is not allowed. The name must contain only URL safe\ncharacters, and no path separators.\n"
        ))),
    }
}

fn does_not_exist(name: &str) -> String {
    format!(
        "Workspace {name:?} doesn't exist.\n\nYou can create this workspace with the \"new\" subcommand \nor include the \"-or-create\" flag \
         with the \"select\" subcommand."
    )
}

fn make_directory(session: &Session, name: &str) -> Result<(), Refusal> {
    let directory = backend::workspaces_directory(session.backend.as_ref()).join(name);
    std::fs::create_dir_all(&directory).map_err(|error| failed("make", &directory, &error))
}

/// Keeps the selection below the data directory, as Terraform does.
fn note_selected(session: &Session, name: &str) -> Result<(), Refusal> {
    let path = join(session.data_directory(), "environment");
    let path = Path::new(&path);
    let written =
        std::fs::create_dir_all(file::folder_of(path)).and_then(|()| file::write_atomically(path, name.as_bytes()));
    written.map_err(|error| failed("write", path, &error))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Refusal {
    let detail = format!("Terrace could not {what} {}: {}.", path.display(), crate::system::reason(error));
    Refusal::error("Workspace could not be changed", detail)
}

fn managed_objects(state: &State) -> Vec<String> {
    let managed = state.list().into_iter().filter(|address| address.resource.mode == ResourceMode::Managed);
    managed
        .flat_map(|address| {
            let instance = state.instance(&address).cloned().unwrap_or_default();
            let current = instance.current.map(|_| address.to_string());
            let deposed = instance.deposed.into_keys().map(move |key| format!("{address} (deposed object {key})"));
            current.into_iter().chain(deposed).collect::<Vec<_>>()
        })
        .collect()
}

fn not_empty(name: &str, objects: &[String]) -> Refusal {
    let objects: String = objects.iter().map(|object| format!("\n  - {object}")).collect();
    Refusal::error(
        "Workspace is not empty",
        format!(
            "Workspace {name:?} is currently tracking the following resource instances:{objects}\n\nDeleting this workspace would cause \
             Terraform to lose track of any associated remote objects, which would then require you to delete them manually outside of \
             Terraform. You should destroy these objects with Terraform before deleting the workspace.\n\nIf you want to delete this \
             workspace anyway, and have Terraform forget about these managed objects, use the -force option to disable this safety check."
        ),
    )
}
