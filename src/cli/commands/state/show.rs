//! `terrace state show`

use crate::cli::directory::in_directory;
use crate::cli::operation::schemas_of;
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::NO_STATE;
use crate::ops::taint::parse_address;
use crate::render::paint::Paint;
use crate::render::state_text::render_instance;
use crate::state::InstanceState;

pub const COMMAND: Command = Command {
    words: "state show",
    group: Group::Member,
    about: "Show one object of the state",
    usage: "ADDRESS",
    description: "Shows the attributes of one object as the state has them. Sensitive values are hidden.",
    define: |command| {
        command.args([
            flags::value("state", "FILE", "Look at this state instead of the workspace's own."),
            flags::argument("address").required(true),
        ])
    },
    run: |invocation| in_directory(invocation, show),
};

const ONE_INSTANCE: &str = "This command requires that the address references one specific instance.\nTo view the available instances, \
                            use \"terraform state list\". Please modify \nthe address to reference a specific instance.";

fn show(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let text = invocation.text("address").unwrap_or_default();
    let address = parse_address(text)
        .map_err(|_| Refusal::text(format!("Error parsing instance address: {text}\n\n{ONE_INSTANCE}")))?;
    let state = session.store.read()?.ok_or_else(|| Refusal::text(NO_STATE))?;
    let missing = || Refusal::text(format!("No instance found for the given address!\n\n{ONE_INSTANCE}"));
    let resource = state.resources.get(&address.in_module()).ok_or_else(missing)?;
    let current = resource.instances.get(&address.key).and_then(|instance| instance.current.clone());
    let shown = InstanceState { current: Some(current.ok_or_else(missing)?), ..InstanceState::default() };
    let paint = Paint(invocation.terminal.color());
    invocation.terminal.print(&render_instance(&address, &shown, resource, &schemas_of(session), paint));
    Ok(Exit::SUCCESS)
}
