//! Checks one scalar value against its rules.

use tributary_core::Violations;

use super::{
    path::Path,
    rules::{Kind, ValueRules},
    wire::Raw,
};

/// Characters of a value that a message shows.
const SHOWN: usize = 60;

/// A value for a message: quoted text, a number, the name of an enum value.
pub(super) fn shown(kind: &Kind, raw: &Raw<'_>) -> String {
    match (kind, raw) {
        (Kind::Text, Raw::Bytes(bytes)) => quoted(&String::from_utf8_lossy(bytes)),
        (Kind::Enum(known), Raw::Varint(_)) => {
            let number = kind.integer(raw).unwrap_or_default();
            known
                .get_value(i32::try_from(number).unwrap_or_default())
                .map_or(number.to_string(), |v| v.name().to_owned())
        }
        (_, Raw::Bytes(bytes)) => format!("a value of {} bytes", bytes.len()),
        _ => kind.integer(raw).map_or_else(|| "the value".to_owned(), |n| n.to_string()),
    }
}

fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{:?}…", text.get(..cut).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// Adds what is wrong with a scalar.
pub(super) fn value(kind: &Kind, rules: &ValueRules, raw: &Raw<'_>, path: &Path<'_>, found: &mut Violations) {
    match (kind, raw) {
        (Kind::Text, Raw::Bytes(bytes)) => text(rules, &String::from_utf8_lossy(bytes), path, found),
        (Kind::Bytes, Raw::Bytes(bytes)) => length(rules, "bytes", bytes.len(), None, path, found),
        (Kind::Enum(known), _) => {
            let number = kind.integer(raw).unwrap_or_default();
            let defined = i32::try_from(number).ok().and_then(|n| known.get_value(n));
            let fits = |allowed: &Vec<i64>| allowed.is_empty() || allowed.contains(&number);
            if (rules.defined_only && defined.is_none()) || rules.not_in.contains(&number) || !fits(&rules.is_in) {
                let names: Vec<String> = known
                    .values()
                    .filter(|v| fits(&rules.is_in) || rules.is_in.contains(&i64::from(v.number())))
                    .filter(|v| !rules.not_in.contains(&i64::from(v.number())))
                    .filter(|v| v.number() != 0)
                    .map(|v| v.name().to_owned())
                    .collect();
                found.add(
                    path.to_string(),
                    format!("{} is not allowed; use one of {}", shown(kind, raw), names.join(", ")),
                );
            }
        }
        _ => integer(kind, rules, raw, path, found),
    }
}

fn text(rules: &ValueRules, text: &str, path: &Path<'_>, found: &mut Violations) {
    if text.contains('\0') {
        // PostgreSQL cannot keep it, whatever the field is.
        return found.add(path.to_string(), "has a NUL character; remove it");
    }
    let shown = || quoted(text);
    if rules.min_len.is_some() || rules.max_len.is_some() {
        let chars = ValueRules { min_bytes: rules.min_len, max_bytes: rules.max_len, ..ValueRules::default() };
        length(&chars, "characters", text.chars().count(), Some(&shown), path, found);
    }
    length(rules, "bytes", text.len(), Some(&shown), path, found);
    if let Some((pattern, source)) = &rules.pattern
        && !pattern.is_match(text)
    {
        found.add(path.to_string(), format!("{} does not match {source}", shown()));
    }
    if !rules.texts.is_empty() && !rules.texts.iter().any(|allowed| allowed == text) {
        found.add(path.to_string(), format!("{} is not allowed; use one of {}", shown(), rules.texts.join(", ")));
    }
}

type Shown<'a> = Option<&'a dyn Fn() -> String>;

fn length(rules: &ValueRules, unit: &str, len: usize, shown: Shown<'_>, path: &Path<'_>, found: &mut Violations) {
    let len = u64::try_from(len).unwrap_or(u64::MAX);
    let what = || shown.map(|shown| format!("{} ", shown())).unwrap_or_default();
    if let Some(min) = rules.min_bytes.filter(|min| len < *min) {
        let text = match len {
            0 => format!("is empty; at least {min} {unit} are needed"),
            _ => format!("{}has {len} {unit}; at least {min} are needed", what()),
        };
        found.add(path.to_string(), text);
    }
    if let Some(max) = rules.max_bytes.filter(|max| len > *max) {
        found.add(path.to_string(), format!("{}has {len} {unit}; at most {max} are allowed", what()));
    }
}

fn integer(kind: &Kind, rules: &ValueRules, raw: &Raw<'_>, path: &Path<'_>, found: &mut Violations) {
    let Some(number) = kind.integer(raw) else { return };
    let wrong = |limit: Option<i64>, holds: fn(&i64, &i64) -> bool| limit.filter(|limit| !holds(&number, limit));
    let refusals = [
        (wrong(rules.gte, i64::ge), "at least"),
        (wrong(rules.gt, i64::gt), "more than"),
        (wrong(rules.lte, i64::le), "at most"),
        (wrong(rules.lt, i64::lt), "less than"),
    ];
    for (limit, words) in refusals {
        if let Some(limit) = limit {
            found.add(path.to_string(), format!("{number} is out of range; use {words} {limit}"));
        }
    }
    if rules.not_in.contains(&number) || (!rules.is_in.is_empty() && !rules.is_in.contains(&number)) {
        found.add(path.to_string(), format!("{number} is not allowed"));
    }
}
