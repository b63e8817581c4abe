//! The check character of the unified social credit code (GB 32100-2015).
//!
//! Eighteen characters of a 31-character alphabet without I, O, S, V, Z. The last one makes the weighted sum of all
//! a multiple of 31, the weight of position i (from 0) being 3^i mod 31.

/// The alphabet; a character's value is its place.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Checks a unified social credit code.
///
/// # Errors
/// A sentence with the value and what is wrong: length, a character, or the check character (with the right one).
pub fn check(code: &str) -> Result<(), String> {
    let length = code.chars().count();
    if length != 18 {
        return Err(format!("{code:?} has {length} characters; a unified social credit code has 18"));
    }
    let mut values = Vec::with_capacity(18);
    for (position, c) in (1..).zip(code.chars()) {
        let Some(value) = value_of(c) else {
            return Err(format!(
                "{code:?} has {c:?} at position {position}; allowed are 0-9 and A-Y without I, O, S, V (upper case)"
            ));
        };
        values.push(value);
    }
    let weights = std::iter::successors(Some(1_u32), |w| Some(w * 3 % 31));
    let sum: u32 = values.iter().take(17).zip(weights).map(|(v, w)| v * w).sum();
    let expected = (31 - sum % 31) % 31;
    if values.last() == Some(&expected) {
        Ok(())
    } else {
        let right = char_of(expected);
        Err(format!("{code:?} fails the check of GB 32100: its last character should be {right:?}; correct the number"))
    }
}

fn value_of(c: char) -> Option<u32> {
    let place = ALPHABET.iter().position(|a| char::from(*a) == c)?;
    u32::try_from(place).ok()
}

fn char_of(value: u32) -> char {
    usize::try_from(value).ok().and_then(|place| ALPHABET.get(place)).map_or('?', |b| char::from(*b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ALPHABET, check};

    #[test]
    fn published_codes_pass() {
        // Computed in Python: sum(A.index(c) * pow(3, i, 31) for i, c in enumerate(code)) % 31 == 0.
        for code in ["91350100M000100Y43", "91110000802100433B", "91440300708461136T", "9144030071526726XG"] {
            assert_eq!(check(code), Ok(()), "{code}");
        }
    }

    #[test]
    fn a_wrong_one_is_named_with_the_right_character() {
        // Python: the check character of 91330000799667612? is P.
        let message = check("913300007996676123").expect_err("wrong");
        assert!(message.contains("'P'"), "{message}");
        assert!(check("91350100M000100Y4").expect_err("short").contains("17 characters"));
        assert!(check("91350100M000100I43").expect_err("alphabet").contains("'I' at position 16"));
        assert!(check("91350100m000100Y43").expect_err("case").contains("'m' at position 9"));
        assert!(check("９1350100M000100Y43").expect_err("full width").contains("position 1"));
    }

    proptest! {
        /// 31 is prime and no weight is 0 modulo 31, so every change of a single character is found.
        #[test]
        fn a_single_wrong_character_is_found(place in 0_usize..18, with in 0_usize..31) {
            let good = "91350100M000100Y43";
            let mut bytes = good.as_bytes().to_vec();
            bytes[place] = ALPHABET[with];
            let text = String::from_utf8(bytes).expect("ascii");
            prop_assert_eq!(check(&text).is_ok(), text == good);
        }
    }
}
