//! Points in WGS 84, distances on the sphere, boxes. Points are whole numbers of 1e-7 degrees (about a centimetre), so
//! that they are stored and compared exactly; only distances are floating point, and nothing that is paid.
#![expect(clippy::float_arithmetic, reason = "distances on the sphere; no money is paid by them")]

use serde::{Deserialize, Serialize};
use tributary_core::{Decimal, Violations};

/// Mean radius of the earth in metres: R1 of the IUGG, (2a + b) / 3 of GRS 80 (Moritz, Geodetic Reference System 1980,
/// Journal of Geodesy 74, 2000). Distances on this sphere are at most about 0.6 % off those on the ellipsoid.
pub const EARTH_METRES: f64 = 6_371_008.8;

/// 1e-7 degrees in one degree.
const UNITS: i64 = 10_000_000;
const POLE: i64 = 90 * UNITS;
const HALF_TURN: i64 = 180 * UNITS;

/// A point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Point {
    /// North of the equator, in 1e-7 degrees.
    latitude: i32,
    /// East of Greenwich, in 1e-7 degrees.
    longitude: i32,
}

impl Point {
    /// From degrees.
    ///
    /// # Errors
    /// What is out of range, under `latitude` and `longitude`.
    pub fn new(latitude: Decimal, longitude: Decimal) -> Result<Self, Violations> {
        let mut v = Violations::new();
        let north = v.check("latitude", units(latitude, 90));
        let east = v.check("longitude", units(longitude, 180));
        match (north, east) {
            (Some(latitude), Some(longitude)) => Ok(Self { latitude, longitude }),
            _ => Err(v),
        }
    }

    /// Degrees north of the equator.
    #[must_use]
    pub fn latitude(self) -> Decimal {
        Decimal::new(self.latitude.into(), 7).normalize()
    }

    /// Degrees east of Greenwich.
    #[must_use]
    pub fn longitude(self) -> Decimal {
        Decimal::new(self.longitude.into(), 7).normalize()
    }

    /// The great-circle distance in metres by the haversine formula (Sinnott, Virtues of the Haversine, Sky and Telescope
    /// 68, 1984), which loses no digits where points are close.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        let (north, other_north) = (radians(self.latitude), radians(other.latitude));
        // The difference of whole numbers is exact.
        let half_north = radians(self.latitude.saturating_sub(other.latitude)) / 2.0;
        let half_east = (f64::from(self.longitude) - f64::from(other.longitude)) * 1e-7_f64.to_radians() / 2.0;
        let haversine = half_north.sin().powi(2) + north.cos() * other_north.cos() * half_east.sin().powi(2);
        2.0 * EARTH_METRES * haversine.sqrt().min(1.0).asin()
    }

    /// A box that holds everything within a distance in metres, rounded outwards.
    #[must_use]
    pub fn around(self, metres: u32) -> Rect {
        let angle = f64::from(metres) / EARTH_METRES;
        let (latitude, longitude) = (i64::from(self.latitude), i64::from(self.longitude));
        let high = outward(angle);
        let (south, north) = (latitude.saturating_sub(high), latitude.saturating_add(high));
        let all_around = Rect { south: south.max(-POLE), west: -HALF_TURN, north: north.min(POLE), east: HALF_TURN };
        let ratio = angle.sin() / radians(self.latitude).cos();
        if south <= -POLE || north >= POLE || !(0.0..1.0).contains(&ratio) {
            return all_around;
        }
        let wide = outward(ratio.asin());
        let turned = |east: i64| match east {
            east if east < -HALF_TURN => east.saturating_add(2 * HALF_TURN),
            east if east > HALF_TURN => east.saturating_sub(2 * HALF_TURN),
            east => east,
        };
        let (west, east) = (longitude.saturating_sub(wide), longitude.saturating_add(wide));
        Rect { west: turned(west), east: turned(east), ..all_around }
    }
}

/// A box of parallels and meridians, edges included. One whose west is east of its east crosses the 180th meridian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rect {
    /// Southern edge, in 1e-7 degrees.
    pub south: i64,
    /// Western edge.
    pub west: i64,
    /// Northern edge.
    pub north: i64,
    /// Eastern edge.
    pub east: i64,
}

impl Rect {
    /// From two corners.
    ///
    /// # Errors
    /// When the south is north of the north.
    pub fn new(south_west: Point, north_east: Point) -> Result<Self, String> {
        if south_west.latitude > north_east.latitude {
            let (south, north) = (south_west.latitude(), north_east.latitude());
            return Err(format!("its southern edge {south} is north of its northern edge {north}; swap them"));
        }
        Ok(Self {
            south: south_west.latitude.into(),
            west: south_west.longitude.into(),
            north: north_east.latitude.into(),
            east: north_east.longitude.into(),
        })
    }

    /// Its corners, south-west and north-east; `None` for one that no corners make.
    #[must_use]
    pub fn corners(&self) -> Option<(Point, Point)> {
        let point = |latitude: i64, longitude: i64| {
            let (latitude, longitude) = (i32::try_from(latitude).ok()?, i32::try_from(longitude).ok()?);
            Some(Point { latitude, longitude })
        };
        Some((point(self.south, self.west)?, point(self.north, self.east)?))
    }

    /// Whether a point lies in it.
    #[must_use]
    pub fn contains(&self, point: Point) -> bool {
        let (north, east) = (i64::from(point.latitude), i64::from(point.longitude));
        self.overlaps(&Self { south: north, west: east, north, east })
    }

    /// Whether two have a point in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let meet = |(a, b): (i64, i64), (c, d): (i64, i64)| a <= d && c <= b;
        meet((self.south, self.north), (other.south, other.north))
            && self.spans().into_iter().flatten().any(|own| other.spans().into_iter().flatten().any(|o| meet(own, o)))
    }

    /// Western and eastern edge, the one not east of the other: all around when it crosses the 180th meridian.
    #[must_use]
    pub fn widened(&self) -> (i64, i64) {
        if self.west <= self.east { (self.west, self.east) } else { (-HALF_TURN, HALF_TURN) }
    }

    /// The longitudes: two spans when it crosses the 180th meridian. That meridian is both its ends.
    fn spans(&self) -> [Option<(i64, i64)>; 3] {
        let touches = |edge: i64| edge == HALF_TURN || edge == -HALF_TURN;
        let seam = (touches(self.west) || touches(self.east)).then_some((HALF_TURN, HALF_TURN));
        if self.west <= self.east {
            let other_end = seam.map(|_| (-HALF_TURN, -HALF_TURN));
            [Some((self.west, self.east)), seam, other_end]
        } else {
            [Some((self.west, HALF_TURN)), Some((-HALF_TURN, self.east)), None]
        }
    }
}

fn units(degrees: Decimal, most: i64) -> Result<i32, String> {
    let range = || format!("{degrees} is not between -{most} and {most} degrees");
    if degrees.scale() > 7 {
        return Err(format!("{degrees} has more than 7 decimals; nothing is rounded silently"));
    }
    if degrees.abs() > Decimal::from(most) {
        return Err(range());
    }
    let units = degrees.checked_mul(Decimal::from(UNITS)).ok_or_else(range)?;
    i64::try_from(units).ok().and_then(|n| i32::try_from(n).ok()).ok_or_else(range)
}

fn radians(units: i32) -> f64 {
    (f64::from(units) * 1e-7).to_radians()
}

/// An angle of at most half a turn in 1e-7 degrees, rounded up and a little more than the error of the functions.
#[expect(clippy::as_conversions, reason = "at most 1.8e9 and never negative: in the range of the whole numbers")]
fn outward(angle: f64) -> i64 {
    (angle.to_degrees() * 1e7).ceil().clamp(0.0, 1.8e9) as i64 + 2
}
