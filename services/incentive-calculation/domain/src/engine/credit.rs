//! R15: credits of uplines. Sellers are measured day by day; when lines are made, each day's total climbs the tree as it
//! was on that day. So totals of one upline add up whichever sellers an engine has measured.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest as _, Sha256};
use tributary_core::{Currency, Date};

use super::{
    Engine, Inputs,
    cells::Cell,
    context::hash_day,
    layout::{Gauge, special},
    sums::{Sums, Totals},
};
use crate::plan::{FrozenNode, Override, Reward};

/// What an upline is credited under one rule and currency.
#[derive(Debug, Clone, Default)]
pub(super) struct Credit {
    /// Totals per level (from 1), day and currency of the facts. The day is 0 where nobody asks for it.
    pub levels: BTreeMap<u32, BTreeMap<(i64, Currency), Totals>>,
    /// How many facts.
    pub count: i64,
    /// Over the sellers by business key and their days: key, a zero byte, level, a zero byte, then as a day is hashed.
    digest: Sha256,
    /// What the hierarchy did to it, in words.
    pub notes: BTreeSet<String>,
    /// Whether the upline was frozen on the day of a sale and its line is held.
    pub held: bool,
}

impl Credit {
    /// Digest of the facts, lower-case hex.
    pub fn digest(&self) -> String {
        hex::encode(self.digest.clone().finalize())
    }
}

/// Credits per plan and rule (indexes), upline and currency; and why sellers' facts credit nobody.
#[derive(Debug, Clone, Default)]
pub(super) struct Credits {
    by: HashMap<(usize, usize, u32), BTreeMap<Currency, Credit>>,
    /// Per plan, rule and seller: why its sales credit nobody.
    lost: HashMap<(usize, usize, u32), String>,
}

/// What a day's total meets on its way up.
#[derive(Debug, Clone, Default)]
struct Climb {
    /// Upline, level, and whether its line is held.
    credited: Vec<(u32, u32, bool)>,
    note: Option<String>,
}

impl Credits {
    /// The credits of an upline under a rule.
    pub fn of(&self, plan: usize, rule: usize, payee: u32) -> Option<&BTreeMap<Currency, Credit>> {
        self.by.get(&(plan, rule, payee))
    }

    /// Why the sales of a seller credit nobody, where the hierarchy is broken.
    pub fn lost(&self, plan: usize, rule: usize, seller: u32) -> Option<&str> {
        self.lost.get(&(plan, rule, seller)).map(String::as_str)
    }

    /// Every upline that is credited.
    pub fn payees(&self) -> impl Iterator<Item = u32> {
        self.by.keys().map(|(_, _, payee)| *payee)
    }

    /// Lets the totals of all sellers climb.
    pub fn new(engine: &Engine, inputs: &Inputs) -> Self {
        let mut credits = Self::default();
        for (p, plan) in engine.plans.iter().enumerate() {
            for (r, rule) in plan.spec.rules.iter().enumerate() {
                let (Reward::Override(reward), Some(measure)) = (&rule.reward, &rule.measure) else { continue };
                let at = engine.layout.find(p, measure, engine.when.window(measure), special(rule));
                let Some((at, gauge)) = at.and_then(|at| engine.layout.gauges.get(at).map(|g| (at, g))) else {
                    continue;
                };
                let mut sellers: Vec<(&str, &Cell, &Sums)> = engine
                    .cells
                    .iter()
                    .filter_map(|cell| Some((business_key(inputs, cell.payee), cell, cell.sums(at)?)))
                    .collect();
                sellers.sort_by_key(|(key, cell, _)| (*key, cell.payee, cell.currency));
                for (key, cell, sums) in sellers {
                    credits.climb((p, r, reward), (key, cell, sums, gauge), inputs);
                }
            }
        }
        credits
    }

    fn climb(
        &mut self,
        (plan, index, reward): (usize, usize, &Override),
        (key, cell, sums, gauge): (&str, &Cell, &Sums, &Gauge),
        inputs: &Inputs,
    ) {
        let deepest = reward.levels.iter().map(|l| l.level).max().unwrap_or(0);
        let mut known: HashMap<i64, Climb> = HashMap::new();
        for ((day, currency), bucket) in &sums.parts {
            let way = known.entry(*day).or_insert_with(|| way_up(inputs, cell.payee, *day, deepest, reward.frozen));
            if let Some(note) = way.note.as_ref().filter(|_| way.credited.is_empty()) {
                self.lost.entry((plan, index, cell.payee)).or_insert_with(|| note.clone());
            }
            for (upline, level, held) in &way.credited {
                let by = self.by.entry((plan, index, *upline)).or_default();
                let credit = by.entry(cell.currency).or_default();
                // Amounts that are converted keep their day, because a rate may depend on it.
                let day_kept = if gauge.into.is_some() { *day } else { 0 };
                let level_totals = credit.levels.entry(*level).or_default();
                level_totals.entry((day_kept, *currency)).or_default().take(&bucket.totals);
                credit.count = credit.count.saturating_add(bucket.totals.count());
                credit.digest.update(key.as_bytes());
                credit.digest.update([0]);
                credit.digest.update(level.to_string().as_bytes());
                credit.digest.update([0]);
                hash_day(&mut credit.digest, *day, *currency, bucket);
                credit.held |= held;
                if *held {
                    credit.notes.insert(format!("frozen on days of sales of {key:?}: the line is held"));
                }
                credit.notes.extend(way.note.clone());
            }
        }
    }
}

fn business_key(inputs: &Inputs, payee: u32) -> &str {
    inputs.payees.get(&payee).map_or("", |p| p.attributes.business_key.as_str())
}

/// The upline of a node on a day.
fn parent(inputs: &Inputs, node: u32, day: Date) -> Option<u32> {
    let links = inputs.tree.0.get(&node)?;
    links.iter().rev().find(|link| link.from <= day)?.parent
}

/// Climbs from a seller. A cycle ends where it would begin anew, a hole where an upline is not known: whoever was met
/// before is credited, and the note says so.
fn way_up(inputs: &Inputs, seller: u32, day: i64, deepest: u32, frozen: FrozenNode) -> Climb {
    let day = Date::from_days(day);
    let (mut way, mut met, mut node, mut level) = (Climb::default(), vec![seller], seller, 0_u32);
    while let Some(next) = parent(inputs, node, day) {
        if met.contains(&next) {
            let (from, to) = (business_key(inputs, node), business_key(inputs, next));
            way.note = Some(format!("the hierarchy has a cycle from {from:?} to {to:?}; nobody above is credited"));
            break;
        }
        let Some(upline) = inputs.payees.get(&next) else {
            let from = business_key(inputs, node);
            way.note = Some(format!(
                "the hierarchy has a hole: the upline of {from:?} is not known; nobody above is credited"
            ));
            break;
        };
        met.push(next);
        node = next;
        let is_frozen = upline.frozen.iter().any(|(from, to)| *from <= day && day < *to);
        if is_frozen && frozen == FrozenNode::Compress {
            continue;
        }
        level = level.saturating_add(1);
        if level > deepest {
            break;
        }
        if !(is_frozen && frozen == FrozenNode::Skip) {
            way.credited.push((next, level, is_frozen));
        }
    }
    way
}
