//! The walk over the graph: every block once, after what it needs, while providers answer.
//!
//! Evaluation is done at once; what needs a provider (connecting, reading, importing, opening) is a future. A block whose future is not
//! done yet waits, and others go on. A block that fails takes everything that needs it out of the walk; the rest goes on, so that one
//! plan shows as many errors as there are.

use super::connect::Postponed;
use super::evaluation::Evaluation;
use super::event::Observer;
use super::import::ImportTargets;
use super::kind::{Kind, Kinds};
use super::moved::Moves;
use super::options::{Input, Options};
use super::refresh::Refresh;
use crate::addr::{ConfigResource, ModuleResource, ProviderConfig, ResourceInstance};
use crate::change::InstanceChange;
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::{Graph, Node, NodeId, Selection};
use crate::provider::Connection;
use crate::state::State;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Everything that a walk knows so far.
pub(super) struct Walk<'a> {
    pub input: Arc<Input>,
    pub options: &'a Options,
    pub observer: &'a dyn Observer,
    pub graph: Graph,
    pub selection: Selection,
    pub evaluation: Evaluation,
    pub kinds: Kinds,
    pub connections: HashMap<ProviderConfig, Arc<dyn Connection>>,
    /// Providers that are only connected to when something needs them.
    pub postponed: HashMap<ProviderConfig, Postponed>,
    /// As saved, with moves done.
    pub previous: State,
    /// As refreshed.
    pub prior: State,
    pub moves: Moves,
    pub refresh: Refresh,
    pub imports: ImportTargets,
    pub changes: Vec<InstanceChange>,
    /// Changes of the current objects of a resource, by position.
    pub changes_of: HashMap<ModuleResource, Vec<usize>>,
    pub change_at: HashMap<ResourceInstance, usize>,
    /// By node: whether replacements create first, for its own reasons or because of what needs it.
    pub creates_first: Vec<bool>,
    /// Recorded resources by their block.
    pub recorded_of: HashMap<ConfigResource, Vec<ModuleResource>>,
    pub dependencies_of: HashMap<NodeId, Arc<[ConfigResource]>>,
    /// Ephemeral resources to close at the end.
    pub opened: Vec<super::ephemeral::Opened>,
    pub pending: FuturesUnordered<BoxFuture<'static, Answer>>,
    /// Found so far, by node, to be told in the order of the graph.
    found: Vec<Diagnostics>,
    /// What belongs to no node.
    pub found_elsewhere: Diagnostics,
    status: Vec<Status>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Waiting,
    Done,
    Failed,
    /// Not part of the walk.
    LeftOut,
}

/// How far a block came.
pub(super) enum Progress {
    Done,
    Failed,
    /// A future will bring it on.
    Pending,
}

/// What a future brings.
pub(super) enum Answer {
    Connected(super::connect::Connected),
    Refreshed(super::refresh::Refreshed),
    DataRead(super::data::DataRead),
    Imported(super::import::ImportAnswer),
    Opened(super::ephemeral::OpenAnswer),
}

impl<'a> Walk<'a> {
    pub fn new(
        input: Arc<Input>,
        options: &'a Options,
        observer: &'a dyn Observer,
        graph: Graph,
        selection: Selection,
        previous: State,
        moves: Moves,
    ) -> Self {
        let size = graph.len();
        let mut recorded_of: HashMap<ConfigResource, Vec<ModuleResource>> = HashMap::new();
        for resource in previous.resources.keys() {
            recorded_of.entry(resource.in_config()).or_default().push(resource.clone());
        }
        let status =
            graph.ids().map(|id| if selection.includes(id) { Status::Waiting } else { Status::LeftOut }).collect();
        Self {
            evaluation: Evaluation::new(input.clone()),
            input,
            options,
            observer,
            selection,
            kinds: Kinds::default(),
            connections: HashMap::new(),
            postponed: HashMap::new(),
            prior: previous.clone(),
            previous,
            moves,
            refresh: Refresh::default(),
            imports: ImportTargets::default(),
            changes: Vec::new(),
            changes_of: HashMap::new(),
            change_at: HashMap::new(),
            creates_first: Vec::new(),
            recorded_of,
            dependencies_of: HashMap::new(),
            opened: Vec::new(),
            pending: FuturesUnordered::new(),
            found: vec![Diagnostics::new(); size],
            found_elsewhere: Diagnostics::new(),
            status,
            graph,
        }
    }

    /// Visits every block that takes part. `order` is one in which all could be visited.
    pub async fn run(&mut self, order: &[NodeId]) {
        let mut missing: Vec<usize> = vec![0; self.graph.len()];
        for id in order {
            missing[id.0] = self.graph.dependencies(*id).filter(|id| self.status[id.0] == Status::Waiting).count();
        }
        let is_ready = |id: &NodeId| missing[id.0] == 0 && self.status[id.0] == Status::Waiting;
        let mut ready: VecDeque<NodeId> = order.iter().copied().filter(is_ready).collect();
        loop {
            while let Some(id) = ready.pop_front() {
                let progress = self.visit(id);
                self.advance(id, progress, &mut missing, &mut ready);
            }
            let Some(answer) = self.pending.next().await else { break };
            for (id, progress) in self.hear(answer) {
                self.advance(id, progress, &mut missing, &mut ready);
            }
        }
    }

    fn advance(&mut self, id: NodeId, progress: Progress, missing: &mut [usize], ready: &mut VecDeque<NodeId>) {
        let status = match progress {
            Progress::Pending => return,
            Progress::Done if self.found[id.0].has_errors() => Status::Failed,
            Progress::Done => Status::Done,
            Progress::Failed => Status::Failed,
        };
        if self.status[id.0] != Status::Waiting {
            return;
        }
        self.status[id.0] = status;
        let mut dependents: Vec<NodeId> = self.graph.dependents(id).collect();
        dependents.sort();
        for dependent in dependents {
            if self.status[dependent.0] != Status::Waiting {
                continue;
            }
            if status == Status::Failed {
                self.advance_failed(dependent);
                continue;
            }
            missing[dependent.0] -= 1;
            if missing[dependent.0] == 0 {
                ready.push_back(dependent);
            }
        }
    }

    /// Takes a block and everything that needs it out of the walk.
    fn advance_failed(&mut self, id: NodeId) {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if self.status[id.0] == Status::Waiting {
                self.status[id.0] = Status::Failed;
                open.extend(self.graph.dependents(id));
            }
        }
    }

    pub fn visit(&mut self, id: NodeId) -> Progress {
        match self.graph.node(id).clone() {
            Node::Provider(provider) => self.visit_provider(id, &provider),
            Node::Resource(resource) => self.visit_resource(id, &resource),
            Node::CheckStart | Node::Close(_) => Progress::Done,
            node => {
                let found = self.evaluation.evaluate(&node);
                self.report(id, found);
                Progress::Done
            }
        }
    }

    fn hear(&mut self, answer: Answer) -> Vec<(NodeId, Progress)> {
        match answer {
            Answer::Connected(connected) => self.connected(connected),
            Answer::Refreshed(refreshed) => self.refreshed(refreshed),
            Answer::DataRead(read) => self.data_read(read),
            Answer::Imported(imported) => self.imported(imported),
            Answer::Opened(opened) => self.opened(opened),
        }
    }

    pub fn report(&mut self, id: NodeId, found: impl IntoIterator<Item = Diagnostic>) {
        self.found[id.0].extend(found);
    }

    pub fn has_errors(&self, id: NodeId) -> bool {
        self.found[id.0].has_errors()
    }

    /// All diagnostics, in the order of the graph.
    pub fn take_diagnostics(&mut self, order: &[NodeId]) -> Diagnostics {
        let mut all = Diagnostics::new();
        for id in order {
            all.extend(std::mem::take(&mut self.found[id.0]));
        }
        all.extend(std::mem::take(&mut self.found_elsewhere));
        all
    }

    pub fn kind(&mut self, provider: &ProviderConfig, resource: &crate::addr::Resource) -> Option<Arc<Kind>> {
        self.kinds.get(&self.input.providers, &provider.source, resource)
    }

    /// Records a change.
    pub fn record(&mut self, change: InstanceChange) {
        let position = self.changes.len();
        if change.deposed.is_none() {
            self.changes_of.entry(change.address.in_module()).or_default().push(position);
            self.change_at.insert(change.address.clone(), position);
        }
        self.changes.push(change);
    }
}
