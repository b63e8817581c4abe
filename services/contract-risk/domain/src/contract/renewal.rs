//! What a successor says.

use tributary_core::{Date, Fault, ResourceId, Timestamp};

use super::{Contract, Terms};

impl Contract {
    /// The draft that follows this contract: its terms from the day on which it ends. External refs are left out, each
    /// is the key of one contract. `effective_to` is what the caller states, else the renewal terms decide.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the new term would not end after it begins.
    pub fn successor(
        &self,
        id: ResourceId,
        uid: String,
        effective_to: Option<Date>,
        author: &str,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let old = &self.terms;
        // Only a contract with an end is renewed.
        let effective_from = old.effective_to.unwrap_or(old.effective_from);
        let to = effective_to.unwrap_or_else(|| self.renewed_to(effective_from));
        if to <= effective_from {
            let message =
                format!("{to} is not after {effective_from}, on which the new term begins; state a later day");
            return Err(Fault::invalid_field("effective_to", message));
        }
        let terms = Terms { effective_from, effective_to: Some(to), external_refs: Vec::new(), ..old.clone() };
        let mut successor = Self::new(id, uid, terms, author, now);
        successor.predecessor = Some(self.id.clone());
        Ok(successor)
    }

    /// The end of a renewal by the renewal terms: after their months, else after as many months as the term had, else,
    /// where those were no whole months, after as many days.
    fn renewed_to(&self, begin: Date) -> Date {
        let terms = &self.terms;
        if let Some(months) = terms.renewal.and_then(|renewal| renewal.months) {
            return begin.plus_months(i32::try_from(months).unwrap_or(i32::MAX));
        }
        let ((year, month, _), (first_year, first_month, _)) = (begin.ymd(), terms.effective_from.ymd());
        let months =
            year.saturating_sub(first_year).saturating_mul(12).saturating_add(month.saturating_sub(first_month));
        if terms.effective_from.plus_months(months) == begin {
            begin.plus_months(months)
        } else {
            begin.plus_days(begin.days().saturating_sub(terms.effective_from.days()))
        }
    }
}
