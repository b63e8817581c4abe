//! Whether a key is personal data (AN-01): a customer key has to be a pseudonym, such as a keyed hash. What looks like a
//! phone number, a national id or an e-mail address is put aside and never kept. Better one key too many than one too
//! few: a pseudonym of a plain number of 7 to 15 digits is taken for a phone number, because nothing tells them apart.

/// What a key looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// A phone number.
    Phone,
    /// A national identity number.
    NationalId,
    /// An e-mail address.
    Email,
}

impl Personal {
    /// In words. Example: "a phone number".
    #[must_use]
    pub fn shown(self) -> &'static str {
        match self {
            Self::Phone => "a phone number",
            Self::NationalId => "a national id",
            Self::Email => "an e-mail address",
        }
    }
}

/// What a key looks like; `None` for a pseudonym.
#[must_use]
pub fn personal(key: &str) -> Option<Personal> {
    let plain = plain_text(key);
    if is_email(&plain) {
        return Some(Personal::Email);
    }
    // The whole key, written in groups or not, and each of its parts: "tel:13800138000".
    let joined: String = plain.chars().filter(|c| !is_separator(*c)).collect();
    let whole = joined.trim_start_matches('+');
    let parts = || plain.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    if is_national_id(whole) || parts().any(is_national_id) || is_social_security(&plain) {
        return Some(Personal::NationalId);
    }
    if is_phone(whole) || parts().any(is_mobile) {
        return Some(Personal::Phone);
    }
    None
}

/// What the id of a row looks like, if it cannot well be anything else. Ids of rows are often plain numbers, so here a
/// phone number is one of a mainland mobile or one with a plus sign, and a national id has to have its check digit.
#[must_use]
pub fn personal_row_id(id: &str) -> Option<Personal> {
    let plain = plain_text(id);
    let parts = || plain.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    if is_email(&plain) {
        return Some(Personal::Email);
    }
    if parts().any(|part| is_national_id(part) && has_check_digit(part)) {
        return Some(Personal::NationalId);
    }
    // Written in groups: "138-0013-8000".
    let joined: String = plain.chars().filter(|c| !is_separator(*c)).collect();
    if is_mobile(&joined) || joined.strip_prefix('0').is_some_and(is_mobile) {
        return Some(Personal::Phone);
    }
    let international = plain.trim().strip_prefix('+').map(|n| n.replace(is_separator, ""));
    (international.is_some_and(|n| is_phone(&n)) || parts().any(is_mobile)).then_some(Personal::Phone)
}

/// A key as it is meant: full-width characters as plain ones, and the sign of an e-mail address as browsers encode it.
fn plain_text(key: &str) -> String {
    key.replace("%40", "@").chars().map(plain).collect()
}

/// Full-width digits and signs as plain ones, so that another keyboard makes no other key.
fn plain(c: char) -> char {
    match u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32) {
        Some(narrow) if narrow.is_ascii_graphic() => narrow,
        _ => c,
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/' | '_')
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_email(key: &str) -> bool {
    key.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.split_once('.').is_some_and(|(host, top)| !host.is_empty() && !top.is_empty())
    })
}

/// 7 to 15 digits: what E.164 allows, and local numbers.
fn is_phone(key: &str) -> bool {
    digits(key) && (7..=15).contains(&key.len())
}

/// A mobile number of the mainland, with or without the country code, as part of a key. A part of a hash could be any
/// other number, so no more is taken for one here.
fn is_mobile(part: &str) -> bool {
    let number = part.strip_prefix("0086").or_else(|| part.strip_prefix("86")).unwrap_or(part);
    let mut begin = number.bytes();
    digits(number) && number.len() == 11 && begin.next() == Some(b'1') && begin.next().is_some_and(|b| b >= b'3')
}

/// A resident identity card: 18 characters with a date of birth and a check digit or X, or the old 15 digits.
fn is_national_id(part: &str) -> bool {
    let birth = match (part.len(), part.char_indices().last()) {
        (18, Some((17, last))) if last.is_ascii_digit() || matches!(last, 'x' | 'X') => {
            part.get(..17).filter(|body| digits(body)).and_then(|_| part.get(6..14)).map(str::to_owned)
        }
        (15, _) if digits(part) => part.get(6..12).map(|short| format!("19{short}")),
        _ => None,
    };
    let number = |text: Option<&str>| text.and_then(|t| t.parse::<u16>().ok()).unwrap_or_default();
    birth.is_some_and(|birth| {
        let (year, month, day) = (number(birth.get(..4)), number(birth.get(4..6)), number(birth.get(6..8)));
        (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    })
}

/// The check digit of a resident identity card (ISO 7064, modulus 11-2).
fn has_check_digit(id: &str) -> bool {
    let value = |c: char| if matches!(c, 'x' | 'X') { Some(10) } else { c.to_digit(10) };
    // Horner with the radix 2: the weighted sum of all digits leaves 1.
    let sum = id.chars().try_fold(0_u32, |sum, c| Some((sum * 2 + value(c)?) % 11));
    id.len() == 18 && sum == Some(1)
}

/// A social security number of the United States: 3, 2 and 4 digits.
fn is_social_security(key: &str) -> bool {
    let groups: Vec<&str> = key.trim().split(['-', ' ']).collect();
    groups.iter().map(|g| g.len()).eq([3, 2, 4]) && groups.iter().all(|g| digits(g))
}

#[cfg(test)]
mod tests {
    use super::{Personal, personal, personal_row_id};

    #[test]
    fn personal_data_is_seen() {
        for (key, what) in [
            ("13800138000", Personal::Phone),
            ("+86 138 0013 8000", Personal::Phone),
            ("0086-13800138000", Personal::Phone),
            ("(020) 8123-4567", Personal::Phone),
            ("+1 650-253-0000", Personal::Phone),
            ("tel:13800138000", Personal::Phone),
            ("customer 8613800138000 vip", Personal::Phone),
            ("１３８００１３８０００", Personal::Phone),
            ("110101199003078515", Personal::NationalId),
            ("11010119900307851x", Personal::NationalId),
            ("id-11010119900307851X", Personal::NationalId),
            ("110101900307851", Personal::NationalId),
            ("110101 19900307 8515", Personal::NationalId),
            ("078-05-1120", Personal::NationalId),
            ("li.wei@example.com", Personal::Email),
            ("mailto:a@b.cn", Personal::Email),
            ("a＠b.cn", Personal::Email),
            ("li.wei%40example.com", Personal::Email),
        ] {
            assert_eq!(personal(key), Some(what), "{key}");
        }
    }

    #[test]
    fn ids_of_rows_may_be_numbers() {
        for id in ["1000001", "20261121000017", "110101199003078516", "10000000001", "web-17", "2026-11-21"] {
            assert_eq!(personal_row_id(id), None, "{id}");
        }
        for (id, what) in [
            ("13800138000", Personal::Phone),
            ("row-13800138000", Personal::Phone),
            ("138-0013-8000", Personal::Phone),
            ("0138 0013 8000", Personal::Phone),
            ("(138)00138000", Personal::Phone),
            ("+1 650-253-0000", Personal::Phone),
            // The sum of digits times weights is 238, 7 modulo 11, for which the check digit is 5.
            ("110101199003078515", Personal::NationalId),
            ("li.wei@example.com", Personal::Email),
        ] {
            assert_eq!(personal_row_id(id), Some(what), "{id}");
        }
    }

    #[test]
    fn pseudonyms_pass() {
        for key in [
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "6f1f9c1e-8a34-4d7e-9d2b-2f4a1c3e5b7d",
            "12345678901234567890123456789012",
            "c-000123",
            "customer-42",
            "99999999999999999x",
            "user@local",
            "123456",
            "",
        ] {
            assert_eq!(personal(key), None, "{key}");
        }
    }
}
