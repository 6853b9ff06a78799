//! `terrace workspace`: several states of one configuration. One file a command.

pub mod delete;
pub mod list;
pub mod new;
pub mod select;
pub mod show;

use crate::cli::{Command, Invocation};
use crate::render::paint::Paint;

pub const FAMILY: Command = Command::family(
    "workspace",
    "Make, select and delete workspaces",
    "A workspace is one named state of the configuration in this directory; the one that is selected is what all commands work on.",
);

fn tell_created(invocation: &mut Invocation, name: &str) {
    let title = Paint(invocation.terminal.color()).bold_green(&format!("Created and switched to workspace {name:?}!"));
    invocation.terminal.print_line(&format!(
        "{title}\n\nYou're now on a new, empty workspace. Workspaces isolate their state,\nso if you run \"terraform plan\" Terraform will \
         not see any existing state\nfor this configuration."
    ));
}
