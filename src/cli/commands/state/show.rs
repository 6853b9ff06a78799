//! `terrace state show`

use crate::addr::parse::parse_instance;
use crate::cli::operation::schemas_of;
use crate::cli::planning::traversal_of;
use crate::cli::refusal::with_state;
use crate::cli::{Command, Exit, Group, Invocation, flags};
use crate::ops::refusal::Refusal;
use crate::ops::session::Session;
use crate::ops::state_edit::NO_STATE;
use crate::render::paint::Paint;
use crate::render::state_text::render_instance;

pub const COMMAND: Command = Command {
    words: "state show",
    group: Group::Member,
    about: "Show one object of the state",
    usage: "ADDRESS",
    description: "Shows the attributes of the object that has this address.",
    define: |command| {
        command.args([flags::value("state", "FILE", "Read this state."), flags::argument("address").required(true)])
    },
    run: |invocation| with_state(invocation, run),
};

const WHICH: &str = "This command requires that the address references one specific instance.\nTo view the available instances, use \
                     \"terraform state list\". Please modify \nthe address to reference a specific instance.";

fn run(invocation: &mut Invocation, session: &mut Session) -> Result<Exit, Refusal> {
    let text = invocation.text("address").unwrap_or_default().to_owned();
    let address = traversal_of(&text)
        .and_then(|traversal| {
            parse_instance(&traversal).map_err(|problems| {
                problems.iter().map(|problem| problem.summary.clone()).collect::<Vec<_>>().join("\n")
            })
        })
        .map_err(|problem| Refusal::text(format!("Error parsing instance address: {text}: {problem}\n\n{WHICH}")))?;
    let state = session.store.read()?.ok_or_else(|| Refusal::text(NO_STATE))?;
    let resource = state.resources.get(&address.in_module());
    let found = resource.and_then(|resource| Some((resource, resource.instances.get(&address.key)?)));
    let Some((resource, instance)) = found.filter(|(_, instance)| instance.current.is_some()) else {
        return Err(Refusal::text(format!("No instance found for the given address!\n\n{WHICH}")));
    };
    let paint = Paint(invocation.terminal.color());
    let text = render_instance(&address, instance, resource, &schemas_of(session), paint);
    invocation.terminal.print(&text);
    Ok(Exit::SUCCESS)
}
