//! Training and certification (PR-11): courses, the certificates they lead to, sessions with places, persons who work for
//! partners, their exam results. Certificates follow from results, in whatever order these come: see [`earned`]. Nothing is
//! ever deleted but what says who a person is.

mod catalogue;
pub mod check;
pub mod earned;
mod item;
mod mask;
mod person;
mod result;
mod session;

pub use catalogue::{
    CertificateDefinition, Course, CourseContent, CourseKind, CourseState, DefinitionContent, DefinitionState, cycle,
};
pub use check::{Holding, PersonFinding, Qualified};
pub use earned::{Certificate, CertificateState, Ledger, Settled};
pub use item::{Collection, Item, Stamp, TrainingItem, TrainingName, TrainingRevision};
pub use mask::{Mask, Masked};
pub use person::{Person, PersonContent, id_violations};
pub use result::{Correction, ExamResult, ResultContent, Score};
pub use session::{Enrolment, EnrolmentState, SessionContent, SessionState, TrainingSession};

crate::own_name::own_name!(
    /// The name of a certificate, as the calendar finds it.
    CertificateName,
    "certificates"
);
