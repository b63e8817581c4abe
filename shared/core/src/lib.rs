//! Values every service shares: money, decimals, exact fractions, dates and periods, ids, the clock, events, faults.
//! No I/O, no async, no transport: anything here can be used from a pure domain crate.

pub mod clock;
pub mod context;
pub mod date;
pub mod event;
pub mod exact;
pub mod fault;
pub mod id;
pub mod money;
pub mod period;
pub mod pseudonym;

pub use clock::{Clock, OffsetClock, SystemClock, Timestamp};
pub use context::{RequestContext, Role, Scope};
pub use date::{Date, Zone};
pub use event::{Event, NewEvent};
pub use exact::{Exact, Rounding};
pub use fault::{Fault, FaultKind, Reason, Violation, Violations};
pub use id::{IdSource, ResourceId, SystemIds, TenantId};
pub use money::{Currency, FactAmount, MinorAmount};
pub use period::{Days, NamedPeriod, Period};
pub use rust_decimal::Decimal;
