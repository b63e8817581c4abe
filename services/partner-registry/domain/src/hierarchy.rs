//! Who works under whom, by date. A link holds from its first day on; for a day that several links of one partner
//! cover, the one recorded last decides. No partner ever stands above itself, on any day.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, ResourceId, Timestamp};

use crate::{
    faults::{HIERARCHY_CYCLE, HIERARCHY_TOO_DEEP},
    partner::resource_name,
};

/// A partner's place under a parent, or under none, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The partner below.
    pub partner: ResourceId,
    /// The partner above; `None`: none from this day on.
    pub parent: Option<ResourceId>,
    /// First day in force.
    pub effective_from: Date,
    /// Why.
    pub reason: String,
    /// Subject of the caller.
    pub actor: String,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// Counts the links of the tenant in the order of recording.
    pub ordinal: i64,
}

/// A partner in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The partner.
    pub partner: ResourceId,
    /// The partner directly above.
    pub parent: Option<ResourceId>,
    /// Steps from the partner asked about, from 1.
    pub level: usize,
}

/// The links of some partners. For every partner in it, all links of that partner have to be in it.
#[derive(Debug, Clone, Default)]
pub struct Hierarchy {
    links: BTreeMap<ResourceId, Vec<Link>>,
}

impl Hierarchy {
    /// From links in any order; a link given twice counts once.
    #[must_use]
    pub fn new(links: impl IntoIterator<Item = Link>) -> Self {
        let mut hierarchy = Self::default();
        for link in links {
            hierarchy.insert(link);
        }
        hierarchy
    }

    /// Adds a link.
    pub fn insert(&mut self, link: Link) {
        let own = self.links.entry(link.partner.clone()).or_default();
        if let Err(place) = own.binary_search_by_key(&link.ordinal, |l| l.ordinal) {
            own.insert(place, link);
        }
    }

    /// The parent of a partner on a day.
    #[must_use]
    pub fn parent_on(&self, partner: &ResourceId, day: Date) -> Option<&ResourceId> {
        let own = self.links.get(partner)?;
        own.iter().rev().find(|l| l.effective_from <= day).and_then(|l| l.parent.as_ref())
    }

    /// The chain above a partner on a day, nearest first.
    #[must_use]
    pub fn ancestors(&self, partner: &ResourceId, day: Date) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut seen = BTreeSet::from([partner]);
        let mut next = self.parent_on(partner, day);
        // `seen` only guards against links that were never checked.
        while let Some(above) = next.filter(|above| seen.insert(*above)) {
            next = self.parent_on(above, day);
            nodes.push(Node { partner: above.clone(), parent: next.cloned(), level: nodes.len().saturating_add(1) });
        }
        nodes
    }

    /// The tree below a partner on a day, level by level, ids in order within a level.
    #[must_use]
    pub fn descendants(&self, partner: &ResourceId, day: Date) -> Vec<Node> {
        let mut children: BTreeMap<&ResourceId, Vec<&ResourceId>> = BTreeMap::new();
        for child in self.links.keys() {
            if let Some(parent) = self.parent_on(child, day) {
                children.entry(parent).or_default().push(child);
            }
        }
        let mut nodes: Vec<Node> = Vec::new();
        let mut seen = BTreeSet::from([partner]);
        let mut level = vec![partner];
        for depth in 1.. {
            let mut below: Vec<(&ResourceId, &ResourceId)> = Vec::new();
            for above in level {
                let found = children.get(above).into_iter().flatten().copied();
                below.extend(found.filter(|child| seen.insert(child)).map(|child| (child, above)));
            }
            if below.is_empty() {
                break;
            }
            below.sort();
            nodes.extend(below.iter().map(|(child, above)| Node {
                partner: (*child).clone(),
                parent: Some((*above).clone()),
                level: depth,
            }));
            level = below.into_iter().map(|(child, _)| child).collect();
        }
        nodes
    }

    /// Checks a new link against every day on which it would be in force: no cycle, and no chain longer than
    /// `max_depth`. The hierarchy has to hold everything that was ever above the new parent or below the partner.
    ///
    /// # Errors
    /// `HIERARCHY_CYCLE` with the path and the day, `HIERARCHY_TOO_DEEP` with the depth and the limit.
    pub fn check(&self, link: &Link, max_depth: usize) -> Result<(), Fault> {
        let Some(parent) = &link.parent else { return Ok(()) };
        if *parent == link.partner {
            return Err(cycle(&[&link.partner, parent], link.effective_from));
        }
        // The chains change only on the first days of links, so these days stand for all.
        let later = self.links.values().flatten().map(|l| l.effective_from).filter(|day| *day > link.effective_from);
        let days: BTreeSet<Date> = later.chain([link.effective_from]).collect();
        for day in days {
            let above = self.ancestors(parent, day);
            if let Some(place) = above.iter().position(|n| n.partner == link.partner) {
                let between = above.iter().take(place.saturating_add(1)).map(|n| &n.partner);
                let path: Vec<&ResourceId> = [&link.partner, parent].into_iter().chain(between).collect();
                return Err(cycle(&path, day));
            }
            let below = self.descendants(&link.partner, day).last().map_or(0, |n| n.level);
            let depth = above.len().saturating_add(1).saturating_add(below);
            if depth > max_depth {
                return Err(too_deep(link, depth, max_depth, day));
            }
        }
        Ok(())
    }
}

fn cycle(path: &[&ResourceId], day: Date) -> Fault {
    let path = path.iter().map(|id| resource_name(id)).collect::<Vec<_>>().join(" > ");
    let message = format!("on {day} a partner would stand above itself: {path}; move the upper one out first");
    Fault::new(HIERARCHY_CYCLE, message).with("path", path).with("date", day.to_string())
}

fn too_deep(link: &Link, depth: usize, limit: usize, day: Date) -> Fault {
    let name = resource_name(&link.partner);
    let message =
        format!("with {name} here the tree would be {depth} levels deep on {day}; at most {limit} are allowed");
    Fault::new(HIERARCHY_TOO_DEEP, message)
        .with("partner", name)
        .with("depth", depth.to_string())
        .with("limit", limit.to_string())
        .with("date", day.to_string())
}
