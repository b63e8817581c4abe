//! Terms as a list of fields, each under a path of its own, in the order of the contract.

use std::collections::BTreeMap;

use crate::contract::{Commitment, Deposit, Target, Terms};

/// The fields of the contract in their order.
const ORDER: [&str; 16] = [
    "title",
    "effective_from",
    "effective_to",
    "external_refs",
    "principal",
    "model",
    "territory",
    "commitments",
    "payment",
    "deposit",
    "clauses",
    "attachments",
    "renewal",
    "termination_buffer_months",
    "owner",
    "labels",
];

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A value.
    Value,
    /// A text, whose differences are shown piece by piece.
    Text,
    /// The order of a list.
    Order,
}

/// A field with its value as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub value: String,
    pub kind: Kind,
}

/// All fields that are set.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    paths: Vec<String>,
    fields: BTreeMap<String, Field>,
    lists: BTreeMap<String, Vec<String>>,
}

impl Sheet {
    pub fn of(terms: &Terms) -> Self {
        let mut sheet = Self::default();
        sheet.text("title", &terms.title);
        sheet.value("effective_from", terms.effective_from);
        sheet.optional("effective_to", terms.effective_to);
        let refs = terms.external_refs.iter();
        sheet.list("external_refs", refs, |r| &r.system, |sheet, at, r| sheet.value(at, &r.id));
        sheet.value("principal", &terms.principal);
        sheet.optional("model", terms.model);
        if let Some(territory) = &terms.territory {
            sheet.list("territory.regions", &territory.regions, |r| r, |sheet, at, region| sheet.value(at, region));
            let lines = &territory.product_lines;
            sheet.list("territory.product_lines", lines, |l| l, |sheet, at, line| sheet.value(at, line));
            sheet.value("territory.exclusive", territory.exclusive);
        }
        sheet.list("commitments", &terms.commitments, |c| &c.commitment_id, Self::commitment);
        if let Some(payment) = &terms.payment {
            sheet.optional("payment.currency_code", payment.currency);
            sheet.value("payment.payment_days", payment.payment_days);
            sheet.optional("payment.prepayment_rate", payment.prepayment_rate.map(|rate| rate.normalize()));
            sheet.optional("payment.list_price_factor", payment.list_price_factor.map(|factor| factor.normalize()));
        }
        match terms.deposit {
            None => {}
            Some(Deposit::Amount(amount)) => sheet.value("deposit.amount", amount),
            Some(Deposit::Rate(rate)) => sheet.value("deposit.rate", rate.normalize()),
        }
        sheet.list(
            "clauses",
            &terms.clauses,
            |c| &c.clause_id,
            |sheet, at, clause| {
                sheet.text(&format!("{at}.title"), &clause.title);
                sheet.text(&format!("{at}.text"), &clause.text);
            },
        );
        sheet.list(
            "attachments",
            &terms.attachments,
            |a| &a.title,
            |sheet, at, attachment| {
                sheet.value(&format!("{at}.sha256"), &attachment.sha256);
                sheet.value(&format!("{at}.media_type"), &attachment.media_type);
                sheet.value(&format!("{at}.size_bytes"), attachment.size_bytes);
                sheet.value(&format!("{at}.uri"), &attachment.uri);
            },
        );
        sheet.optional("renewal.notice_days", terms.renewal.and_then(|renewal| renewal.notice_days));
        sheet.optional("renewal.months", terms.renewal.and_then(|renewal| renewal.months));
        sheet.optional("termination_buffer_months", terms.termination_buffer_months);
        sheet.value("owner", &terms.owner);
        for (key, value) in &terms.labels {
            sheet.add(format!("labels[{key}]"), value.clone(), Kind::Value);
        }
        sheet
    }

    fn commitment(&mut self, at: &str, commitment: &Commitment) {
        self.value(&format!("{at}.kind"), commitment.kind);
        self.value(&format!("{at}.cadence"), commitment.cadence);
        match commitment.target {
            Target::Amount(amount) => self.value(&format!("{at}.amount"), amount),
            Target::Quantity(quantity) => self.value(&format!("{at}.quantity"), quantity.normalize()),
        }
        self.value(&format!("{at}.product_line"), &commitment.product_line);
    }

    /// The field of a path.
    pub fn get(&self, path: &str) -> Option<&Field> {
        self.fields.get(path)
    }

    /// The keys of a list in their order.
    pub fn keys(&self, list: &str) -> &[String] {
        self.lists.get(list).map_or(&[], Vec::as_slice)
    }

    /// The paths of both, field by field; within one in the order of this sheet, and what only the other has stands after
    /// what it follows there.
    pub fn paths_with(&self, other: &Self) -> Vec<String> {
        let mut followers: BTreeMap<Option<&String>, Vec<&String>> = BTreeMap::new();
        let mut last = None;
        for path in &other.paths {
            if self.fields.contains_key(path) {
                last = Some(path);
            } else {
                followers.entry(last).or_default().push(path);
            }
        }
        let mut paths: Vec<&String> = followers.remove(&None).unwrap_or_default();
        for path in &self.paths {
            paths.push(path);
            paths.extend(followers.remove(&Some(path)).unwrap_or_default());
        }
        // Stable: it only brings together what belongs to one field.
        paths.sort_by_key(|path| rank(path));
        paths.into_iter().cloned().collect()
    }

    fn value(&mut self, path: &str, value: impl ToString) {
        self.set(path, value.to_string(), Kind::Value);
    }

    fn optional(&mut self, path: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.value(path, value);
        }
    }

    fn text(&mut self, path: &str, text: &str) {
        self.set(path, text.to_owned(), Kind::Text);
    }

    /// An empty value is none.
    fn set(&mut self, path: &str, value: String, kind: Kind) {
        if !value.is_empty() {
            self.add(path.to_owned(), value, kind);
        }
    }

    fn add(&mut self, path: String, value: String, kind: Kind) {
        self.paths.push(path.clone());
        self.fields.insert(path, Field { value, kind });
    }

    /// The items of a list, each under its key; the second and further ones of a key get a number.
    fn list<'a, T: 'a>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = &'a T>,
        key: impl Fn(&'a T) -> &'a String,
        each: impl Fn(&mut Self, &str, &'a T),
    ) {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        let mut keyed = Vec::new();
        for item in items {
            let key = key(item);
            let count = counts.entry(key).or_default();
            *count = count.saturating_add(1);
            keyed.push((if *count == 1 { key.clone() } else { format!("{key}#{count}") }, item));
        }
        let keys: Vec<String> = keyed.iter().map(|(key, _)| key.clone()).collect();
        self.set(name, keys.join(", "), Kind::Order);
        self.lists.insert(name.to_owned(), keys);
        for (key, item) in keyed {
            each(self, &format!("{name}[{key}]"), item);
        }
    }
}

/// Which field of the contract a path is of.
fn rank(path: &str) -> usize {
    let head = path.split(['.', '[']).next().unwrap_or(path);
    ORDER.iter().position(|field| *field == head).unwrap_or(ORDER.len())
}
