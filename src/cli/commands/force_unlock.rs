//! `terrace force-unlock`

use crate::cli::directory::in_directory;
use crate::cli::{Command, Exit, Group, flags};
use crate::ops::force_unlock::force_unlock;
use crate::render::paint::Paint;

pub const COMMAND: Command = Command {
    words: "force-unlock",
    group: Group::Other,
    about: "Break a lock that a process left behind",
    usage: "LOCK_ID",
    description: "Takes away the lock on the state of this workspace. The lock of a local state goes with the process that holds it: \
                  there it only clears away what a killed process left.",
    define: |command| command.args([flags::switch("force", "Do not ask."), flags::argument("id").required(true)]),
    run: |invocation| {
        in_directory(invocation, |invocation, session| {
            let id = invocation.text("id").unwrap_or_default();
            force_unlock(&mut *session.store, id, invocation.is_set("force"))?;
            let title =
                Paint(invocation.terminal.color()).bold_green("Terraform state has been successfully unlocked!");
            invocation.terminal.print_line(&format!(
                "{title}\n\nThe state has been unlocked, and Terraform commands should now be able to\nobtain a new lock on the remote state."
            ));
            Ok(Exit::SUCCESS)
        })
    },
};
