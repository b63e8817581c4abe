//! The partners of the demo: provincial agents, city distributors, county dealers.

use rand::{Rng as _, rngs::StdRng};
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{Address, Partner, PartnerKind, PartnerStatus, PartnerUpsert},
};

use super::{
    SOURCE,
    names::{City, FIRST, FORM, PROVINCES, Province, SECOND, TRADES},
};

/// Where a partner stands in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Province,
    City,
    County,
}

/// A partner of the demo and how it sells.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Id of its resource.
    pub id: String,
    /// Key in the demo's ERP.
    pub key: String,
    /// Name for people.
    pub name: String,
    /// Region code.
    pub region: String,
    /// Its address.
    pub city: (&'static str, &'static str),
    /// Where it stands.
    pub level: Level,
    /// Position of the partner above in the list.
    pub parent: Option<usize>,
    /// Its tier.
    pub tier: &'static str,
    /// How much it buys, relative to the others.
    pub weight: u32,
    /// Purchases of 2025 as per cent of those of 2024; `None`: it joined in 2025.
    pub growth: Option<u32>,
    founding_year: i32,
}

/// The tree: 6 provincial agents, 24 city distributors, 90 county dealers.
pub(super) fn network(random: &mut StdRng) -> Vec<Member> {
    let mut all = Vec::with_capacity(120);
    for province in &PROVINCES {
        let region = format!("CN/{}", province.code);
        let capital = province.cities.first();
        let at = capital.map_or((province.name, province.name), |c| (province.name, c.name));
        let top = all.len();
        all.push(member(random, Level::Province, None, province.name, at, region, province.code));
        for (n, city) in province.cities.iter().enumerate() {
            city_members(random, &mut all, top, province, city, n);
        }
    }
    all
}

fn city_members(random: &mut StdRng, all: &mut Vec<Member>, top: usize, province: &Province, city: &City, n: usize) {
    let region = format!("CN/{}/{}", province.code, city.code);
    let at = (province.name, city.name);
    let above = all.len();
    let code = format!("{}-{}", province.code, city.code);
    all.push(member(random, Level::City, Some(top), city.name, at, region.clone(), &code));
    // The last city has three counties, so that there are 120 partners in all.
    let counties = if n == 3 { 3 } else { 4 };
    for (name, county) in city.districts.iter().take(counties) {
        let code = format!("{}-{}-{county}", province.code, city.code);
        all.push(member(random, Level::County, Some(above), name, at, format!("{region}/{county}"), &code));
    }
}

fn member(
    random: &mut StdRng,
    level: Level,
    parent: Option<usize>,
    place: &str,
    city: (&'static str, &'static str),
    region: String,
    code: &str,
) -> Member {
    let trade = match level {
        Level::Province => TRADES[0],
        Level::City => TRADES[1],
        Level::County => TRADES[2],
    };
    let pick = |random: &mut StdRng, list: &[&'static str]| {
        list.get(random.random_range(0..list.len())).copied().unwrap_or("")
    };
    let own = format!("{}{}", pick(random, &FIRST), pick(random, &SECOND));
    let (weight, tier) = match level {
        Level::Province => (random.random_range(60..=140), "strategic"),
        Level::City => (random.random_range(20..=60), "advanced"),
        Level::County => (random.random_range(4..=24), "basic"),
    };
    // Every county dealer in ten joined in 2025 and has no year to be compared with.
    let joined = level == Level::County && random.random_range(0..10) == 0;
    let growth = random.random_range(72..=168);
    Member {
        id: code.to_lowercase(),
        key: format!("D-{}", code.to_uppercase()),
        name: format!("{place}{own}{trade}{FORM}"),
        region,
        city,
        level,
        parent,
        tier,
        weight,
        growth: (!joined).then_some(growth),
        founding_year: random.random_range(1996..=2019),
    }
}

impl Member {
    /// The partner to create.
    pub(super) fn upsert(&self) -> PartnerUpsert {
        let kind = match self.level {
            Level::Province => PartnerKind::Agent,
            Level::City => PartnerKind::Distributor,
            Level::County => PartnerKind::Dealer,
        };
        let level = match self.level {
            Level::Province => "province",
            Level::City => "city",
            Level::County => "county",
        };
        let address = Address {
            purpose: "registered".to_owned(),
            country: "CN".to_owned(),
            state: self.city.0.to_owned(),
            city: self.city.1.to_owned(),
            ..Address::default()
        };
        let partner = Partner {
            display_name: self.name.clone(),
            kind: kind.into(),
            industry: "sporting goods".to_owned(),
            founding_year: self.founding_year,
            region: self.region.clone(),
            addresses: vec![address],
            external_refs: vec![ExternalRef { system: SOURCE.to_owned(), id: self.key.clone() }],
            labels: [("level".to_owned(), level.to_owned())].into(),
            ..Partner::default()
        };
        PartnerUpsert {
            partner: Some(partner),
            partner_id: self.id.clone(),
            initial_status: PartnerStatus::Active.into(),
        }
    }

    /// Its resource name.
    pub(super) fn resource(&self) -> String {
        format!("partners/{}", self.id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::{SeedableRng as _, rngs::StdRng};

    use super::{Level, network};

    #[test]
    fn the_tree_has_120_partners_with_keys_of_their_own() {
        let all = network(&mut StdRng::seed_from_u64(1));
        let of = |level| all.iter().filter(|m| m.level == level).count();
        assert_eq!((of(Level::Province), of(Level::City), of(Level::County)), (6, 24, 90));
        assert_eq!(all.iter().map(|m| m.id.as_str()).collect::<HashSet<_>>().len(), 120);
        for member in &all {
            tributary_core::ResourceId::parse(&member.id).expect("id");
            let parent = member.parent.map(|p| all[p].level);
            let wanted = match member.level {
                Level::Province => None,
                Level::City => Some(Level::Province),
                Level::County => Some(Level::City),
            };
            assert_eq!(parent, wanted, "{}", member.id);
        }
    }
}
