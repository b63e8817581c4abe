//! Who holds a place on a day: for routing leads, and for telling sales out of territory.

use std::cmp::Reverse;

use partner_registry_domain::territory::{Overlap, Right, Territory, code::paths_around, overlap::overlap};
use tributary_core::{Date, Fault, RequestContext};

use super::{terms::Area, weigh::on_day};
use crate::app::{Registry, command::Refusal};

/// A right to a place.
#[derive(Debug)]
pub(crate) struct Holder {
    pub right: Right,
    /// It covers the whole place.
    pub whole: bool,
    pub explanation: String,
}

/// Who holds a place.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Exclusive rights first, then in the order of ids.
    pub holders: Vec<Holder>,
    /// Rights of which it cannot be decided.
    pub undecided: Vec<Holder>,
}

impl Registry {
    /// The rights that cover a place on a day (`None`: today). A point is a circle without a radius.
    pub async fn find_territory(
        &self,
        context: &RequestContext,
        area: &Area,
        product_line: Option<String>,
        day: Option<Date>,
    ) -> Result<Found, Fault> {
        let day = day.unwrap_or_else(|| self.today());
        let lines = product_line.into_iter().collect();
        let mut source = self.store.territories();
        let place = area.territory(source.as_mut(), &context.tenant, "region").await.map_err(Refusal::into_fault)?;
        let (rights, atlas) = on_day(source.as_mut(), &context.tenant, &place, lines, day).await?;
        let mut found = Found::default();
        for right in rights {
            match overlap(&place, &right.terms.territory, &atlas) {
                Overlap::No => {}
                Overlap::Yes(explanation) => {
                    let whole = covers(&right.terms.territory, &place);
                    found.holders.push(Holder { right, whole, explanation });
                }
                Overlap::Undecided(explanation) => {
                    found.undecided.push(Holder { right, whole: false, explanation });
                }
            }
        }
        // The sort is stable: ids stay in their order.
        found.holders.sort_by_key(|holder| Reverse(holder.right.terms.exclusive));
        Ok(found)
    }
}

/// Whether a territory that overlaps a place covers the whole of it, for certain.
fn covers(territory: &Territory, place: &Territory) -> bool {
    match (territory, place) {
        (_, Territory::Circle(circle)) => circle.radius == 0,
        (Territory::Circle(_), Territory::Regions { .. }) => false,
        (Territory::Regions { covered: own, .. }, Territory::Regions { covered, .. }) => covered.iter().all(|wanted| {
            let around = paths_around(&wanted.path).chain([wanted.path.as_str()]);
            around.into_iter().any(|path| own.iter().any(|place| place.path == path))
        }),
    }
}
