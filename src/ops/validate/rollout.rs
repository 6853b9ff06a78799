//! `rollout` and `servers` blocks: what they say, and whether what they speak of exists.

use super::Walk;
use super::scope::Place;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::rollout::check_written;
use crate::rollout::{read_rollouts, servers_are_immutable};

impl Walk<'_> {
    pub(super) fn check_terrace_files(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        for (path, module) in self.config.modules.iter().filter(|(_, module)| !module.terrace.is_empty()) {
            let place = Place::new(self, module);
            let (rollouts, problems) = read_rollouts(&module.terrace, path, &place, false);
            found.extend(problems);
            found.extend(rollouts.iter().flat_map(|it| check_written(self.config, self.world.providers, it)));
            let (is_immutable, problems) = servers_are_immutable(&module.terrace, &place, false);
            found.extend(problems);
            if !is_immutable {
                // Who counts on it would otherwise find servers replaced.
                let detail = "immutable = false is not followed yet: a change to a server is a new server.";
                found.push(Diagnostic::warning("Servers stay immutable", detail).about(path));
            }
        }
        found
    }
}
