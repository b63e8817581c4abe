//! The choices of the plan language, both ways. Each line says which choice of the domain stands for one that is not
//! set; where that is unsafe, the annotations of the messages or the reader refuse it first.

use incentive_calculation_domain::plan;
use tributary_core::Rounding;
use tributary_proto::tributary::incentive::v1 as pb;

/// A choice of the domain with its enum of the contract.
pub(in crate::convert) trait Choice: Copy {
    /// The enum of the contract.
    type Proto: Copy + Into<i32>;

    /// Reads it; unset is the default.
    fn from_proto(value: Self::Proto) -> Self;

    /// Writes it.
    fn to_proto(self) -> Self::Proto;

    /// Writes it as the number of a field.
    fn number(self) -> i32 {
        self.to_proto().into()
    }
}

macro_rules! choices {
    ($($domain:ty, $proto:ident, unset $unset:ident: $($variant:ident)+;)+) => {$(
        impl Choice for $domain {
            type Proto = pb::$proto;

            fn from_proto(value: pb::$proto) -> Self {
                match value {
                    pb::$proto::Unspecified => Self::$unset,
                    $(pb::$proto::$variant => Self::$variant,)+
                }
            }

            fn to_proto(self) -> pb::$proto {
                match self {
                    $(Self::$variant => pb::$proto::$variant,)+
                }
            }
        }
    )+};
}

choices! {
    Rounding, RoundingMode, unset HalfAwayFromZero: HalfAwayFromZero HalfEven;
    plan::CurrencyPolicy, CurrencyPolicy, unset Nominal: Nominal Convert;
    plan::ConversionDate, ConversionDate, unset FactDay: FactDay PeriodEnd;
    plan::MeasureField, MeasureField, unset Net:
        Net Gross Profit Quantity Count DistinctOrders DistinctCustomers DistinctSkus Figure;
    plan::NegativeMeasure, NegativeMeasure, unset Zero: Signed Zero Carry;
    plan::MissingTarget, MissingTarget, unset Skip: Skip NoneAttained;
    plan::MissingIndicator, MissingIndicator, unset Nothing: Nothing Neutral;
    plan::Proration, Proration, unset None: None MembershipDays AssignmentDays;
    plan::InKindSort, InKindSort, unset Goods: Goods Loan Training Reward;
    plan::CapScope, CapScope, unset Plan: Plan Payee;
    plan::EdgeScale, EdgeScale, unset Absolute: Absolute ShareOfTarget;
    plan::EdgeSide, EdgeSide, unset LowerInclusive: LowerInclusive UpperInclusive;
    plan::GrowthBase, GrowthBase, unset SamePeriodLastYear: SamePeriodLastYear PriorPeriod Given Figure;
    plan::GrowthOn, GrowthOn, unset Increment: Increment Whole;
    plan::NoBasePolicy, NoBasePolicy, unset Skip: Skip DefaultBase;
    plan::NonPositiveBasePolicy, NonPositiveBasePolicy, unset Nothing: Nothing TopTier;
    plan::TableReading, TableReading, unset Marginal: Marginal Whole;
    plan::PerFactOn, PerFactOn, unset SingleFact: SingleFact RunningTotal;
    plan::CurveOf, CurveOf, unset Rate: Rate Amount;
    plan::CurveEnd, CurveEnd, unset Nothing: Nothing Level Continue;
    plan::PartStep, PartStep, unset Nothing: Nothing Whole Share;
    plan::FrozenNode, FrozenNode, unset Skip: Skip Hold Compress;
    plan::DrawKind, DrawKind, unset Guarantee: Guarantee AddOn;
}
