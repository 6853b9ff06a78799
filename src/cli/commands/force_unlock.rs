//! `terrace force-unlock`

use crate::cli::refusal::with_state;
use crate::cli::{Command, Exit, Group, flags};
use crate::ops::force_unlock::force_unlock;
use crate::render::paint::Paint;

pub const COMMAND: Command = Command {
    words: "force-unlock",
    group: Group::Other,
    about: "Break a lock that was left behind",
    usage: "LOCK_ID",
    description: "Removes the lock of the state. Only do this if the process that took it is gone; otherwise two of them may change the \
                  same state.",
    define: |command| {
        command.args([
            flags::switch("force", "Do not ask."),
            flags::value("state", "FILE", "The state that is locked."),
            flags::argument("id").required(true),
        ])
    },
    run: |invocation| {
        with_state(invocation, |invocation, session| {
            let id = invocation.text("id").unwrap_or_default().to_owned();
            force_unlock(&mut *session.store, &id, invocation.is_set("force"))?;
            let paint = Paint(invocation.terminal.color());
            let title = paint.bold_green("Terraform state has been successfully unlocked!");
            let text = "The state has been unlocked, and Terraform commands should now be able to\nobtain a new lock on the remote state.";
            invocation.terminal.print(&format!("{title}\n\n{}\n", paint.green(text)));
            Ok(Exit::SUCCESS)
        })
    },
};
