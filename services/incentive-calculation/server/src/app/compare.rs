//! IC-29: two runs beside each other, line by line and page by page.

use std::collections::VecDeque;

use incentive_calculation_domain::{
    close::{LineDifference, compare},
    reasons,
    run::{Run, Statement, StatementLine},
};
use tributary_core::{Currency, Fault, MinorAmount, RequestContext, TenantId};

use super::App;
use crate::ports::{StatementCursor, StatementOrder};

/// Statements read at once.
const CHUNK: u32 = 200;

/// Where a page of differences ended: the payee and currency before, and how many lines of the next were given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompareCursor {
    /// Business key and currency that were given wholly; `None`: none yet.
    pub before: Option<(String, String)>,
    /// Lines of the next payee and currency that were given.
    pub lines: usize,
}

/// A page of two runs beside each other.
#[derive(Debug)]
pub struct Comparison {
    /// The first run.
    pub a: Run,
    /// The second run.
    pub b: Run,
    /// The page.
    pub differences: Vec<LineDifference>,
    /// Totals of the second less those of the first, over all lines.
    pub totals: Vec<MinorAmount>,
    /// Where the next page begins; `None`: there is none.
    pub next: Option<CompareCursor>,
}

/// The statements of one run, in order.
struct Side<'a> {
    run: &'a str,
    buffer: VecDeque<(Statement, Vec<StatementLine>)>,
    after: Option<StatementCursor>,
    done: bool,
}

impl<'a> Side<'a> {
    fn new(run: &'a str, before: Option<&(String, String)>) -> Self {
        let after = before.map(|(business_key, currency)| StatementCursor {
            total: 0,
            business_key: business_key.clone(),
            currency: currency.clone(),
        });
        Self { run, buffer: VecDeque::new(), after, done: false }
    }

    /// Key of the next statement.
    async fn key(&mut self, app: &App, tenant: &TenantId) -> Result<Option<(String, String)>, Fault> {
        if self.buffer.is_empty() && !self.done {
            let order = StatementOrder::ByPartner;
            let page = app.store.statements(tenant, self.run, "", order, self.after.as_ref(), CHUNK).await?;
            self.done = page.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
            self.after = page.last().map(|(last, _)| StatementCursor::of(last)).or(self.after.take());
            self.buffer = page.into();
        }
        Ok(self.buffer.front().map(|(s, _)| (s.partner_business_key.clone(), s.total.currency.code().to_owned())))
    }

    /// The next statement, if it is the one of a key.
    fn take(&mut self, key: &(String, String)) -> Option<(Statement, Vec<StatementLine>)> {
        let (business_key, currency) = key;
        let is = |s: &Statement| s.partner_business_key == *business_key && s.total.currency.code() == currency;
        let front = self.buffer.front().is_some_and(|(statement, _)| is(statement));
        if front { self.buffer.pop_front() } else { None }
    }
}

impl App {
    /// Compares two runs.
    ///
    /// # Errors
    /// `RUN_NOT_FOUND`, `RUN_NOT_SUCCEEDED`.
    pub async fn compare_runs(
        &self,
        caller: &RequestContext,
        (a, b): (&str, &str),
        include_equal: bool,
        cursor: CompareCursor,
        limit: usize,
    ) -> Result<Comparison, Fault> {
        let (a, b) = (self.succeeded(caller, a).await?, self.succeeded(caller, b).await?);
        let tenant = &caller.tenant;
        let (mut left, mut right) =
            (Side::new(&a.id, cursor.before.as_ref()), Side::new(&b.id, cursor.before.as_ref()));
        let (mut before, mut skip) = (cursor.before, cursor.lines);
        let mut differences = Vec::new();
        let mut next = None;
        'payees: loop {
            let keys = [left.key(self, tenant).await?, right.key(self, tenant).await?];
            let Some(key) = keys.into_iter().flatten().min() else { break };
            let (first, second) = (left.take(&key), right.take(&key));
            let currency = Currency::parse(&key.1).map_err(Fault::internal)?;
            let mut lines = compare(first.as_ref(), second.as_ref(), currency)?;
            lines.retain(|d| include_equal || !d.causes.is_empty());
            for (given, line) in lines.into_iter().enumerate().skip(skip) {
                if differences.len() == limit {
                    next = Some(CompareCursor { before, lines: given });
                    break 'payees;
                }
                differences.push(line);
            }
            (before, skip) = (Some(key), 0);
        }
        let totals = difference_of(&a.totals, &b.totals)?;
        Ok(Comparison { a, b, differences, totals, next })
    }
}

/// Per currency, b less a.
fn difference_of(a: &[MinorAmount], b: &[MinorAmount]) -> Result<Vec<MinorAmount>, Fault> {
    let mut sums = std::collections::BTreeMap::<Currency, i64>::new();
    let overflow = || Fault::new(reasons::AMOUNT_OVERFLOW, "the totals of two runs differ by more than 64 bits");
    for total in b {
        sums.insert(total.currency, total.value);
    }
    for total in a {
        let sum = sums.entry(total.currency).or_default();
        *sum = sum.checked_sub(total.value).ok_or_else(overflow)?;
    }
    Ok(sums.into_iter().map(|(currency, value)| MinorAmount { currency, value }).collect())
}
