//! A fleet as strategies see it: members, their zones and what is to become of each.

/// The instances of one server resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    /// `aws_instance.web`, for messages.
    pub name: String,
    pub members: Vec<Member>,
    /// Whether traffic can be split by weight between two groups.
    pub can_weigh: bool,
    /// Its group is replaced: the members go to another one, which takes the place of a shadow and stays.
    pub moves: bool,
}

/// One instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `aws_instance.web[0]`
    pub name: String,
    /// Where the server that exists is; empty where unknown or without meaning.
    pub zone: String,
    /// Where the one that is made will be, likewise.
    pub next_zone: String,
    pub fate: Fate,
    /// What forbids that two generations exist at once (a fixed private address or port), if anything does.
    pub exclusive: Option<String>,
    /// The server that exists was made by a run that was interrupted: nobody has seen it healthy in its group yet.
    pub is_unproven: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Keep,
    Replace,
    Add,
    Remove,
}

/// One life of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// Index into the fleet's members.
    pub member: usize,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    Old,
    New,
}

impl Server {
    pub fn old(member: usize) -> Self {
        Self { member, generation: Generation::Old }
    }

    pub fn new(member: usize) -> Self {
        Self { member, generation: Generation::New }
    }
}

impl Fate {
    pub fn has_old(self) -> bool {
        self != Fate::Add
    }

    /// A server that this rollout makes.
    pub fn makes_new(self) -> bool {
        matches!(self, Fate::Replace | Fate::Add)
    }

    /// A server that this rollout takes away.
    pub fn takes_old(self) -> bool {
        matches!(self, Fate::Replace | Fate::Remove)
    }
}

impl Fleet {
    /// Members with a fate, by index.
    pub fn with(&self, wanted: impl Fn(Fate) -> bool) -> Vec<usize> {
        (0..self.members.len()).filter(|index| wanted(self.members[*index].fate)).collect()
    }

    /// Members whose old server serves before the rollout.
    pub fn serving_before(&self) -> Vec<usize> {
        let serves = |index: &usize| self.members[*index].fate.has_old() && !self.members[*index].is_unproven;
        (0..self.members.len()).filter(serves).collect()
    }

    /// Members that stay as they are, but have to be seen healthy first.
    pub fn unproven(&self) -> Vec<usize> {
        let wanted = |index: &usize| self.members[*index].fate == Fate::Keep && self.members[*index].is_unproven;
        (0..self.members.len()).filter(wanted).collect()
    }

    /// How many serve before the rollout.
    pub fn size_before(&self) -> usize {
        self.serving_before().len()
    }

    /// How many serve after it.
    pub fn size_after(&self) -> usize {
        self.with(|fate| fate != Fate::Remove).len()
    }

    pub fn zone(&self, server: Server) -> &str {
        let member = &self.members[server.member];
        match server.generation {
            Generation::Old => &member.zone,
            Generation::New => &member.next_zone,
        }
    }

    /// `web[0]` for the old, `web[0]'` for the new generation.
    pub fn label(&self, server: Server) -> String {
        let mark = if server.generation == Generation::New && self.members[server.member].fate == Fate::Replace {
            "'"
        } else {
            ""
        };
        format!("{}{mark}", self.members[server.member].name)
    }
}
