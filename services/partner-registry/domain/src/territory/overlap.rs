//! Whether two territories overlap. Of regions that is certain either way: one lies in the other by their paths, or they
//! have nothing in common. Of two circles, too: they overlap when their points are closer than both radii together. A
//! circle and a region overlap
//!
//! - for certain, when the point is said to lie in the region, or a point known to be inside the region lies in the
//!   circle;
//! - for certain not, when a circle or box that holds the region, or a region around it, is out of reach;
//! - otherwise it cannot be decided, and that is what is said. It is never taken for a no.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_core::ResourceId;

use super::{
    code::paths_around,
    geo::{Point, Rect},
    region::Shape,
};

/// A region with its path in the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The path. Example: "cn/34/01/".
    pub path: String,
    /// The region. Example: "cn-340100".
    pub id: ResourceId,
}

/// Everything less than a radius away from a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circle {
    /// The point.
    pub centre: Point,
    /// Metres; 0: the point alone.
    pub radius: u32,
    /// The region in which the point is said to lie.
    pub within: Option<Place>,
}

/// Where a right holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Territory {
    /// Regions with everything in them.
    Regions {
        /// As they were named, districts among them.
        named: Vec<ResourceId>,
        /// The official regions that those stand for.
        covered: BTreeSet<Place>,
    },
    /// A circle.
    Circle(Circle),
}

impl Territory {
    /// The paths of its regions; of a circle that of the region in which its point lies.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let (covered, within) = match self {
            Self::Regions { covered, .. } => (Some(covered), None),
            Self::Circle(circle) => (None, circle.within.as_ref()),
        };
        covered.into_iter().flatten().chain(within).map(|place| place.path.as_str())
    }
}

/// Shapes of regions by path.
#[derive(Debug, Clone, Default)]
pub struct Atlas(BTreeMap<String, Shape>);

impl Atlas {
    /// From paths and shapes.
    #[must_use]
    pub fn new(shapes: impl IntoIterator<Item = (String, Shape)>) -> Self {
        Self(shapes.into_iter().filter(|(_, shape)| *shape != Shape::default()).collect())
    }

    /// The shapes that hold a region: its own and those of the regions around it.
    fn around<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Shape> {
        paths_around(path).chain([path]).filter_map(|p| self.0.get(p))
    }

    /// A box that holds a whole region, where one is known; narrow ones win.
    #[must_use]
    pub fn bounds(&self, path: &str) -> Option<Rect> {
        let bounds = |shape: &Shape| match (shape.bounds, shape.centre, shape.radius) {
            (Some(bounds), _, _) => Some(bounds),
            (None, Some(centre), radius) if radius > 0 => Some(centre.around(radius)),
            _ => None,
        };
        self.around(path).filter_map(bounds).last()
    }
}

/// Whether two territories overlap, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlap {
    /// They have nothing in common.
    No,
    /// They have something in common.
    Yes(String),
    /// Too little is known.
    Undecided(String),
}

/// Whether two territories overlap.
#[must_use]
pub fn overlap(a: &Territory, b: &Territory, atlas: &Atlas) -> Overlap {
    match (a, b) {
        (Territory::Regions { covered: a, .. }, Territory::Regions { covered: b, .. }) => of_regions(a, b),
        (Territory::Circle(a), Territory::Circle(b)) => of_circles(a, b),
        (Territory::Regions { covered, .. }, Territory::Circle(circle))
        | (Territory::Circle(circle), Territory::Regions { covered, .. }) => of_both(covered, circle, atlas),
    }
}

fn of_regions(a: &BTreeSet<Place>, b: &BTreeSet<Place>) -> Overlap {
    match lying_in(a, b).or_else(|| lying_in(b, a)) {
        Some((inner, outer)) if inner == outer => Overlap::Yes(format!("both name {}", inner.id)),
        Some((inner, outer)) => Overlap::Yes(format!("{} lies in {}", inner.id, outer.id)),
        None => Overlap::No,
    }
}

/// A region of the one that lies in a region of the other, or is the same.
fn lying_in<'a>(inner: &'a BTreeSet<Place>, outer: &'a BTreeSet<Place>) -> Option<(&'a Place, &'a Place)> {
    let paths: BTreeMap<&str, &Place> = outer.iter().map(|place| (place.path.as_str(), place)).collect();
    inner.iter().find_map(|own| {
        let around = paths_around(&own.path).chain([own.path.as_str()]);
        around.filter_map(|path| paths.get(path)).next().map(|found| (own, *found))
    })
}

fn of_circles(a: &Circle, b: &Circle) -> Overlap {
    let (apart, reach) = (a.centre.distance(b.centre), f64::from(a.radius.saturating_add(b.radius)));
    if apart < reach {
        Overlap::Yes(format!("the points are {apart:.0} m apart, the radii {reach:.0} m together"))
    } else {
        Overlap::No
    }
}

fn of_both(covered: &BTreeSet<Place>, circle: &Circle, atlas: &Atlas) -> Overlap {
    let mut undecided: Option<(String, usize)> = None;
    for place in covered {
        match of_region(place, circle, atlas) {
            Overlap::No => {}
            Overlap::Yes(why) => return Overlap::Yes(why),
            Overlap::Undecided(why) => {
                let (_, count) = undecided.get_or_insert((why, 0));
                *count = count.saturating_add(1);
            }
        }
    }
    match undecided {
        None => Overlap::No,
        Some((why, 1)) => Overlap::Undecided(why),
        Some((why, count)) => {
            Overlap::Undecided(format!("{why}; the same holds of {} more regions", count.saturating_sub(1)))
        }
    }
}

fn of_region(place: &Place, circle: &Circle, atlas: &Atlas) -> Overlap {
    let id = &place.id;
    let within = circle.within.as_ref();
    if let Some(within) = within.filter(|within| within.path.starts_with(&place.path)) {
        return Overlap::Yes(match within == place {
            true => format!("the point lies in {id}"),
            false => format!("the point lies in {}, that in {id}", within.id),
        });
    }
    let reach = f64::from(circle.radius);
    let own = atlas.0.get(&place.path);
    if let Some(centre) = own.and_then(|shape| shape.centre) {
        let apart = centre.distance(circle.centre);
        if apart < reach {
            return Overlap::Yes(format!("the centre of {id} is {apart:.0} m from the point, within {reach:.0} m"));
        }
    }
    if atlas.around(&place.path).any(|shape| is_out_of_reach(shape, circle)) {
        return Overlap::No;
    }
    // A point that lies in a region lies in no other that is neither around it nor in it.
    if circle.radius == 0 && within.is_some_and(|within| !place.path.starts_with(&within.path)) {
        return Overlap::No;
    }
    Overlap::Undecided(match atlas.around(&place.path).next() {
        None => format!("no place of {id} is known; import its shape, or say in which region the point lies"),
        Some(_) => format!("the circle reaches what is known to hold {id}, which does not prove that it reaches {id}"),
    })
}

fn is_out_of_reach(shape: &Shape, circle: &Circle) -> bool {
    let far = shape
        .centre
        .filter(|_| shape.radius > 0)
        .is_some_and(|centre| centre.distance(circle.centre) >= f64::from(shape.radius.saturating_add(circle.radius)));
    far || shape.bounds.is_some_and(|bounds| !bounds.overlaps(&circle.centre.around(circle.radius)))
}
