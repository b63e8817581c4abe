//! R14 for any total and weights.

use proptest::{collection::vec, prelude::*};

use crate::split::{SplitError, largest_remainder};

proptest! {
    #[test]
    fn parts_sum_to_the_whole_mirror_and_stay_within_one(total in any::<i64>(), weights in vec(any::<u64>(), 1..20)) {
        prop_assume!(weights.iter().any(|w| *w > 0));
        let parts = largest_remainder(total, &weights).expect("a weight is above 0");
        prop_assert_eq!(parts.iter().map(|p| i128::from(*p)).sum::<i128>(), i128::from(total));
        if let Some(reversed) = total.checked_neg() {
            let mirror: Vec<i64> = largest_remainder(reversed, &weights).expect("as above").iter().map(|p| -p).collect();
            prop_assert_eq!(&mirror, &parts);
        }
        let whole: u128 = weights.iter().map(|w| u128::from(*w)).sum();
        for (part, weight) in parts.iter().zip(&weights) {
            // |part · whole − total · weight| < whole: less than one minor unit off the exact share.
            let floor = u128::from(total.unsigned_abs()) * u128::from(*weight) / whole;
            let magnitude = u128::from(part.unsigned_abs());
            prop_assert!(magnitude == floor || magnitude == floor + 1);
            prop_assert!(*weight > 0 || *part == 0);
        }
    }
}

#[test]
fn the_extremes_fit() {
    assert_eq!(largest_remainder(i64::MIN, &[1]), Ok(vec![i64::MIN]));
    assert_eq!(largest_remainder(i64::MAX, &[u64::MAX, 0]), Ok(vec![i64::MAX, 0]));
    assert_eq!(largest_remainder(0, &[3, 4]), Ok(vec![0, 0]));
    assert_eq!(largest_remainder(5, &[0, 0]), Err(SplitError::NoWeight));
    assert_eq!(largest_remainder(5, &[]), Err(SplitError::NoWeight));
    // 0.05 over 1:1:1:1: remainders tie, declared order decides.
    assert_eq!(largest_remainder(5, &[1, 1, 1, 1]), Ok(vec![2, 1, 1, 1]));
    // 0.10 over 2:3:5 of 7 in all … 10·2/10, 10·3/10, 10·5/10 are whole.
    assert_eq!(largest_remainder(10, &[2, 3, 5]), Ok(vec![2, 3, 5]));
}
