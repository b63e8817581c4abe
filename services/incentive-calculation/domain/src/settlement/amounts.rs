//! What is paid of what was earned: claims first, then tax, then the partner. In whole minor units; the one rounding is
//! that of the tax.

use serde::{Deserialize, Serialize};
use tributary_core::{Exact, Fault, Rounding};

use super::{AdjustmentKind, Line, Settlement};

/// What a settlement comes to. `opening + earned + adjusted − withheld − tax − payable = closing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Amounts {
    /// Earlier claims on the partner, 0 or below. Above 0 where what is earned below 0 was offset elsewhere meanwhile.
    pub opening: i64,
    /// Sum of the lines.
    pub earned: i64,
    /// Sum of the adjustments.
    pub adjusted: i64,
    /// Held back of the lines.
    pub withheld: i64,
    /// Tax withheld.
    pub tax: i64,
    /// What the partner gets.
    pub payable: i64,
    /// Claims that stay open, 0 or below.
    pub closing: i64,
}

/// How the parts of a settlement move between accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// Claims that are offset.
    pub offset: i64,
    /// What is missing and becomes a claim.
    pub new_claim: i64,
}

impl Settlement {
    /// What it comes to while the partner's claims, its own negative earnings among them, are `claims`.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn computed(&self, claims: i64) -> Result<Amounts, Fault> {
        let earned = self.earned()?;
        let adjusted = self.fits(self.adjustments.iter().map(|a| i128::from(a.amount)).sum())?;
        let withheld = self.fits(self.lines.iter().map(Line::withheld).map(i128::from).sum())?;
        let claims = i128::from(claims);
        let free = i128::from(earned.max(0)) + i128::from(adjusted) - i128::from(withheld);
        let offset = free.clamp(0, claims.max(0));
        let rest = self.fits((free - offset).max(0))?;
        let tax = self.tax(rest)?;
        let new_claim = (-free).max(0);
        Ok(Amounts {
            opening: self.fits(i128::from(earned.min(0)).saturating_neg() - claims)?,
            earned,
            adjusted,
            withheld,
            tax,
            payable: rest.saturating_sub(tax),
            closing: self.fits(offset - claims - new_claim)?,
        })
    }

    /// How the parts move, of amounts that were computed.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn parts(&self) -> Result<Parts, Fault> {
        let Amounts { earned, adjusted, withheld, tax, payable, .. } = self.amounts;
        let free = i128::from(earned.max(0)) + i128::from(adjusted) - i128::from(withheld);
        let offset = (free - i128::from(tax) - i128::from(payable)).max(0);
        Ok(Parts { offset: self.fits(offset)?, new_claim: self.fits((-free).max(0))? })
    }

    /// Sum of the adjustments of a kind.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub(super) fn adjusted_by(&self, kind: AdjustmentKind) -> Result<i64, Fault> {
        let of_kind = self.adjustments.iter().filter(|made| made.kind == kind);
        self.fits(of_kind.map(|made| i128::from(made.amount)).sum())
    }

    /// Tax on what would be paid. A deposit that comes back is no income.
    fn tax(&self, rest: i64) -> Result<i64, Fault> {
        let Some(rule) = self.terms.withholding_of(&self.partner_kind) else { return Ok(0) };
        let digits = self.currency.exponent();
        let allowance = rule.allowance.map_or_else(Exact::zero, Exact::from);
        let returned = self.adjusted_by(AdjustmentKind::Deposit)?.max(0);
        let taxed = Exact::from_scaled(i128::from(rest) - i128::from(returned), digits) - allowance;
        if !taxed.is_positive() {
            return Ok(0);
        }
        let tax = (taxed * Exact::from(rule.rate)).round_to(digits, Rounding::HalfAwayFromZero);
        tax.map_or_else(|| self.fits(i128::MAX), |tax| Ok(tax.min(rest)))
    }
}
