//! How reliably a partner keeps its days.

use tributary_core::{Decimal, Exact, ResourceId, Rounding};

/// Decimals of a rate.
const RATE_SCALE: u32 = 6;

/// What became of the obligations of a partner that were due in a range of days. Waived ones are in none of the counts,
/// and neither is what was filed in time and waits for acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnTimeCounts {
    /// The partner, last part of its name.
    pub partner: ResourceId,
    /// Accepted and done in time.
    pub on_time: i64,
    /// Accepted and done late.
    pub late: i64,
    /// Overdue now.
    pub overdue: i64,
}

impl OnTimeCounts {
    /// On time ÷ all, six decimals, half away from zero; `None` when nothing counts.
    #[must_use]
    pub fn rate(&self) -> Option<Decimal> {
        let all = [self.on_time, self.late, self.overdue].into_iter().map(Exact::from).sum();
        let rate = Exact::from(self.on_time).checked_div(&all)?;
        rate.round_to(RATE_SCALE, Rounding::HalfAwayFromZero).map(|value| Decimal::new(value, RATE_SCALE))
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::ResourceId;

    use super::OnTimeCounts;

    #[test]
    fn rates_have_six_decimals() {
        let rate = |on_time, late, overdue| {
            let partner = ResourceId::parse("p").expect("an id");
            OnTimeCounts { partner, on_time, late, overdue }.rate().map(|r| r.to_string())
        };
        // By hand: 11/12 = 0.91666…, 2/3 = 0.66666…, 1/3 = 0.33333…, 1/64 = 0.015625, 5/128 = 0.0390625.
        assert_eq!(rate(11, 1, 0).as_deref(), Some("0.916667"));
        assert_eq!(rate(2, 0, 1).as_deref(), Some("0.666667"));
        assert_eq!(rate(1, 1, 1).as_deref(), Some("0.333333"));
        assert_eq!(rate(1, 63, 0).as_deref(), Some("0.015625"));
        assert_eq!(rate(5, 123, 0).as_deref(), Some("0.039063"), "half away from zero");
        assert_eq!(rate(3, 0, 0).as_deref(), Some("1.000000"));
        assert_eq!(rate(0, 0, 4).as_deref(), Some("0.000000"));
        assert_eq!(rate(0, 0, 0), None);
    }
}
