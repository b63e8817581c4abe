//! Regions as they are imported: created with what is given, changed where something else is given, left alone otherwise.

use std::{collections::BTreeMap, iter::successors};

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, ResourceId, Timestamp, Violations};

use super::{
    code::{RegionCode, RegionLevel, is_of_code},
    geo::{Point, Rect},
};
use crate::{
    etag,
    faults::{REGION_NOT_FOUND, REGION_PARENT_FIXED, REGION_PARENT_MISSING},
    text,
};

/// Half the circumference of the earth in metres: no place is farther from another one.
const MOST_METRES: u32 = 20_020_000;
/// Most members of a district.
const MOST_MEMBERS: usize = 500;

/// What is known of a region's place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// A point inside.
    pub centre: Option<Point>,
    /// No place is farther from the centre than this, in metres; 0: not known.
    pub radius: u32,
    /// A box that contains all of it.
    pub bounds: Option<Rect>,
}

impl Shape {
    /// What is given, and what is known already of everything else. A new centre without a radius makes the old radius
    /// unknown, because it was about another point.
    #[must_use]
    pub fn or(self, known: Self) -> Self {
        let radius = match (self.radius, self.centre) {
            (0, Some(centre)) if known.centre != Some(centre) => 0,
            (0, _) => known.radius,
            (given, _) => given,
        };
        Self { centre: self.centre.or(known.centre), radius, bounds: self.bounds.or(known.bounds) }
    }

    fn check(&self, v: &mut Violations) {
        if self.radius > 0 && self.centre.is_none() {
            v.add("shape.radius_meters", "is given without a centre; give both");
        }
        if self.radius > MOST_METRES {
            v.add("shape.radius_meters", format!("{} is more than half around the earth", self.radius));
        }
        if let (Some(centre), Some(bounds)) = (self.centre, self.bounds)
            && !bounds.contains(centre)
        {
            v.add("shape.centre", "lies outside of the box; give a point inside the region");
        }
    }
}

/// A region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Its id. Example: "cn-340100".
    pub id: ResourceId,
    /// Its official code; empty for a district.
    pub code: String,
    /// How broad it is.
    pub level: RegionLevel,
    /// Its path in the tree; of a district one that nothing lies in.
    pub path: String,
    /// The next broader region that is there.
    pub parent: Option<ResourceId>,
    /// Official name.
    pub display_name: String,
    /// Names by language.
    pub names: BTreeMap<String, String>,
    /// What a district groups, in order.
    pub members: Vec<ResourceId>,
    /// Where it lies.
    pub shape: Shape,
    /// Counts changes, from 1.
    pub revision: i64,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
}

impl Region {
    /// Its resource name.
    #[must_use]
    pub fn name(&self) -> String {
        region_name(&self.id)
    }
}

/// The resource name of a region.
#[must_use]
pub fn region_name(id: &ResourceId) -> String {
    format!("regions/{id}")
}

/// There is no such region.
#[must_use]
pub fn region_not_found(id: &ResourceId) -> Fault {
    let name = region_name(id);
    Fault::new(REGION_NOT_FOUND, format!("there is no {name}; import it or correct the name")).with("region", name)
}

/// What a caller says about a region. Empty means "not given".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegionDraft {
    /// Official code.
    pub code: String,
    /// Id of a district.
    pub district_id: String,
    /// The division in which it lies, by code.
    pub parent_code: String,
    /// Official name.
    pub display_name: String,
    /// Names by language.
    pub names: BTreeMap<String, String>,
    /// Codes of what a district groups.
    pub member_codes: Vec<String>,
    /// Where it lies.
    pub shape: Shape,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

/// A draft whose every field is right for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionItem {
    /// The region it is about.
    pub id: ResourceId,
    /// `None`: a district.
    code: Option<RegionCode>,
    parent: Option<RegionCode>,
    members: Vec<ResourceId>,
    draft: RegionDraft,
}

/// What an item does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionChange {
    /// A new region.
    Created(Region),
    /// An existing one is different now.
    Updated(Region),
    /// It already was like that.
    Unchanged,
}

impl RegionDraft {
    /// Checks everything that can be checked without other regions.
    ///
    /// # Errors
    /// Every violation at once, by field.
    pub fn check(self) -> Result<RegionItem, Violations> {
        let mut v = Violations::new();
        let (id, code) = self.check_identity(&mut v);
        let parent = self.check_parent(&mut v, code.as_ref());
        text::line(&mut v, "display_name", &self.display_name, 200);
        self.check_names(&mut v);
        let members = self.check_members(&mut v);
        self.shape.check(&mut v);
        match id {
            Some(id) if v.is_empty() => Ok(RegionItem { id, code, parent, members, draft: self }),
            _ => Err(v),
        }
    }

    fn check_identity(&self, v: &mut Violations) -> (Option<ResourceId>, Option<RegionCode>) {
        match (self.code.as_str(), self.district_id.as_str()) {
            ("", "") => v.add("code", "is empty; give an official code, or the id of a custom district"),
            (_, "") => {
                let code = v.check("code", RegionCode::parse(&self.code));
                let id = code.as_ref().and_then(|code| v.check("code", code.id()));
                return (id, code);
            }
            ("", own) => {
                let id = v.check("district_id", ResourceId::parse(own));
                if id.as_ref().is_some_and(is_of_code) {
                    v.add(
                        "district_id",
                        format!("{own:?} looks like the id of an official region; choose a longer one"),
                    );
                }
                return (id, None);
            }
            _ => v.add("district_id", "is given beside a code; a region is one or the other"),
        }
        (None, None)
    }

    fn check_parent(&self, v: &mut Violations, code: Option<&RegionCode>) -> Option<RegionCode> {
        if self.parent_code.is_empty() {
            return None;
        }
        let parent = v.check("parent_code", RegionCode::parse(&self.parent_code))?;
        match code {
            Some(code) if !code.nests() => {
                v.add("parent_code", "is given, but here the code alone says what is above; leave it out");
            }
            Some(code) if code.country() != parent.country() => {
                v.add("parent_code", format!("{:?} is not in the same country", self.parent_code));
            }
            Some(code) if *code == parent => v.add("parent_code", "is the region itself"),
            None if !self.district_id.is_empty() => v.add("parent_code", "is given, but a district lies in none"),
            _ => return Some(parent),
        }
        None
    }

    fn check_names(&self, v: &mut Violations) {
        for (language, name) in &self.names {
            let field = format!("names[{language:?}]");
            let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
            if language.len() > 35 || !language.split('-').all(part) {
                v.add(&field, format!("{language:?} is no language tag; write it as \"zh\" or \"en-GB\""));
            }
            text::required_line(v, &field, name, 200);
        }
    }

    fn check_members(&self, v: &mut Violations) -> Vec<ResourceId> {
        if self.district_id.is_empty() && !self.member_codes.is_empty() {
            v.add("member_codes", "are given, but only a custom district has members");
        }
        if self.member_codes.len() > MOST_MEMBERS {
            v.add("member_codes", format!("has {} codes; at most {MOST_MEMBERS} are allowed", self.member_codes.len()));
        }
        let mut members = Vec::with_capacity(self.member_codes.len());
        for (n, code) in self.member_codes.iter().enumerate() {
            let id = RegionCode::parse(code).and_then(|code| code.id());
            members.extend(v.check(&format!("member_codes[{n}]"), id));
        }
        members.sort();
        members.dedup();
        members
    }
}

impl RegionItem {
    /// Whether it is a custom district, which comes after the regions that it groups.
    #[must_use]
    pub fn is_district(&self) -> bool {
        self.code.is_none()
    }

    /// How far down each region of a batch stands among those that come with it. In this order broader regions come
    /// before what lies in them, and districts, which group any, come last.
    #[must_use]
    pub fn depths<'a>(items: impl Iterator<Item = &'a Self>) -> BTreeMap<&'a ResourceId, usize> {
        let mut batch: BTreeMap<&ResourceId, &Self> = BTreeMap::new();
        for item in items {
            // Of two items about one region the one that says what is above decides.
            let known = batch.entry(&item.id).or_insert(item);
            if item.parent.is_some() {
                *known = item;
            }
        }
        let above = |item: &&'a Self| item.above().iter().find_map(|id| batch.get(id).copied());
        let depth = |item: &'a Self| match item.is_district() {
            true => usize::MAX,
            // The bound is for those who name each other as parents: they are refused later.
            false => successors(Some(item), above).take(RegionLevel::ALL.len()).count(),
        };
        batch.iter().map(|(id, item)| (*id, depth(item))).collect()
    }

    /// The regions it needs to know of: itself, what may be above, what it groups.
    #[must_use]
    pub fn needs(&self) -> Vec<ResourceId> {
        let above = self.above();
        above.into_iter().chain([self.id.clone()]).chain(self.members.iter().cloned()).collect()
    }

    /// What may be above, nearest first; the last one has to be there.
    fn above(&self) -> Vec<ResourceId> {
        let by_code = || self.code.iter().flat_map(RegionCode::above).collect::<Vec<_>>();
        let codes = self.parent.as_ref().map_or_else(by_code, |parent| vec![parent.as_str().to_owned()]);
        codes.iter().filter_map(|code| id_of(code)).collect()
    }

    /// Decides what the item does, given every region that it needs and that is there.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `REGION_PARENT_MISSING`, `REGION_PARENT_FIXED`, `REGION_NOT_FOUND` for a member,
    /// `ETAG_MISMATCH`.
    pub fn apply(&self, known: &BTreeMap<ResourceId, Region>, now: Timestamp) -> Result<RegionChange, Fault> {
        if let Some(missing) = self.members.iter().find(|id| !known.contains_key(*id)) {
            return Err(region_not_found(missing));
        }
        match known.get(&self.id) {
            Some(before) => self.change(before, known, now),
            None => self.create(known, now).map(RegionChange::Created),
        }
    }

    fn create(&self, known: &BTreeMap<ResourceId, Region>, now: Timestamp) -> Result<Region, Fault> {
        let mut v = Violations::new();
        text::required_line(&mut v, "display_name", &self.draft.display_name, 200);
        if self.is_district() && self.members.is_empty() {
            v.add("member_codes", "is empty; give the codes of the regions that the district groups");
        }
        v.into_result()?;
        let parent = self.parent(known)?;
        let (level, path) = match &self.code {
            None => (RegionLevel::District, format!("*/{}/", self.id)),
            Some(code) => {
                let level = code.level(parent.map(|p| p.level)).ok_or_else(|| {
                    Fault::invalid_field("parent_code", format!("{:?} would lie deeper than a county", code.as_str()))
                })?;
                (level, code.path(parent.map_or("", |p| p.path.as_str())))
            }
        };
        Ok(Region {
            id: self.id.clone(),
            code: self.draft.code.clone(),
            level,
            path,
            parent: parent.map(|p| p.id.clone()),
            display_name: self.draft.display_name.clone(),
            names: self.draft.names.clone(),
            members: self.members.clone(),
            shape: self.draft.shape,
            revision: 1,
            create_time: now,
            update_time: now,
        })
    }

    fn parent<'a>(&self, known: &'a BTreeMap<ResourceId, Region>) -> Result<Option<&'a Region>, Fault> {
        let above = self.above();
        let Some(required) = above.last() else { return Ok(None) };
        if !known.contains_key(required) {
            let (own, parent) = (region_name(&self.id), region_name(required));
            let message = format!("{own} lies in {parent}, which is not there; import that one before or with it");
            return Err(Fault::new(REGION_PARENT_MISSING, message).with("region", own).with("parent", parent));
        }
        Ok(above.iter().find_map(|id| known.get(id)))
    }

    fn change(
        &self,
        before: &Region,
        known: &BTreeMap<ResourceId, Region>,
        now: Timestamp,
    ) -> Result<RegionChange, Fault> {
        etag::check(&self.draft.etag, before.revision, "region", before.name())?;
        if self.parent.is_some() && self.parent(known)?.map(|p| &p.id) != before.parent.as_ref() {
            let parent = before.parent.as_ref().map(region_name).unwrap_or_default();
            let message = format!("{} lies in {parent} and stays there: rights were decided by it", before.name());
            return Err(Fault::new(REGION_PARENT_FIXED, message).with("region", before.name()).with("parent", parent));
        }
        let mut after = before.clone();
        if !self.draft.display_name.is_empty() {
            after.display_name.clone_from(&self.draft.display_name);
        }
        after.names.extend(self.draft.names.clone());
        if !self.members.is_empty() {
            after.members.clone_from(&self.members);
        }
        after.shape = self.draft.shape.or(before.shape);
        let mut v = Violations::new();
        after.shape.check(&mut v);
        v.into_result()?;
        if after == *before {
            return Ok(RegionChange::Unchanged);
        }
        after.revision = before.revision.saturating_add(1);
        after.update_time = now;
        Ok(RegionChange::Updated(after))
    }
}

/// The id of an official code.
fn id_of(code: &str) -> Option<ResourceId> {
    RegionCode::parse(code).and_then(|code| code.id()).ok()
}
