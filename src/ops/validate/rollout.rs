//! `rollout` and `servers` blocks: what they say, and whether what they speak of exists.

use super::Walk;
use super::scope::Place;
use crate::diag::Diagnostics;
use crate::plan::rollout::check_written;
use crate::rollout::{read_rollouts, read_servers};

impl Walk<'_> {
    pub(super) fn check_terrace_files(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        for (path, module) in self.config.modules.iter().filter(|(_, module)| !module.terrace.is_empty()) {
            let place = Place::new(self, module);
            let (rollouts, problems) = read_rollouts(&module.terrace, path, &place, false);
            found.extend(problems);
            found.extend(rollouts.iter().flat_map(|it| check_written(self.config, self.world.providers, it)));
            found.extend(read_servers(&module.terrace).1);
        }
        found
    }
}
