//! What the rows of a file can become. Facts and partners have code of their own; every other target is an entry in one
//! table here, filled and sent along the descriptors of the API.

mod records;

use prost_reflect::{MessageDescriptor, MethodDescriptor};

use self::records::{COMPARED, KEPT, RECORDED, RECORDS};

/// What the rows become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Sales facts.
    Facts,
    /// Partners.
    Partners,
    /// Anything that its descriptor describes in full.
    Record(&'static RecordTarget),
}

/// A target that needs no code of its own.
///
/// Its method takes a list of rows and answers with one result per row, in order. A result has an `outcome`, an `error`
/// for a row that was not taken, and may have the `name` of what the row became.
#[derive(Debug, PartialEq, Eq)]
pub struct RecordTarget {
    /// The name in mapping files and on the command line.
    pub name: &'static str,
    /// The message that a row becomes.
    pub message: &'static str,
    /// The service that takes the rows.
    pub service: &'static str,
    /// Its method.
    pub method: &'static str,
    /// Field of the request with the rows.
    pub rows: &'static str,
    /// Field of the response with the results.
    pub results: &'static str,
    /// The words of its outcomes.
    pub words: Words,
    /// By what the service knows a row again.
    pub key: Key,
    /// How to see whether the service still has a row.
    pub witness: Witness,
    /// What the service requires beyond what the descriptor says: paths of fields, of first elements and of oneofs.
    pub compulsory: &'static [&'static str],
    /// Which field a reason without a field is about.
    pub refusals: &'static [(&'static str, &'static str)],
}

/// Outcomes by the names of their enum values, without the prefix of the enum. Any other one is a refusal. In lower case
/// they are what the summary counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// New.
    pub added: &'static str,
    /// Known, and changed; `None` where nothing ever changes.
    pub updated: Option<&'static str>,
    /// Known, and the same.
    pub unchanged: &'static str,
}

/// By what a service knows a row again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// By this field, which `source_id` fills.
    Made(&'static str),
    /// By this field, which the mapping fills like any other.
    Stated(&'static str),
}

/// How to see whether a service still has a row that it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// This method of the same service returns it by its name.
    Get(&'static str),
    /// The row is sent again: what never changes is a duplicate then.
    Again,
}

impl RecordTarget {
    /// The message that a row becomes, as far as this build knows it.
    #[must_use]
    pub fn descriptor(&self) -> Option<MessageDescriptor> {
        tributary_proto::pool().get_message_by_name(self.message)
    }

    /// A method of its service.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<MethodDescriptor> {
        let service = tributary_proto::pool().get_service_by_name(self.service)?;
        service.methods().find(|method| method.name() == name)
    }

    /// The field that `source_id` fills.
    #[must_use]
    pub const fn made_key(&self) -> Option<&'static str> {
        match self.key {
            Key::Made(field) => Some(field),
            Key::Stated(_) => None,
        }
    }
}

impl Target {
    /// Every target of this build that can be imported.
    pub fn all() -> impl Iterator<Item = Self> {
        let records = RECORDS.iter().filter(|record| record.descriptor().is_some()).map(Self::Record);
        [Self::Partners, Self::Facts].into_iter().chain(records)
    }

    /// The target of a name, of those too that are compared and not imported.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let compared = COMPARED.iter().filter(|record| record.descriptor().is_some()).map(Self::Record);
        Self::all().chain(compared).find(|target| target.as_str() == name)
    }

    /// The name as written in mapping files and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Partners => "partners",
            Self::Record(record) => record.name,
        }
    }

    /// What its outcomes are called.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Facts => RECORDED,
            Self::Partners => KEPT,
            Self::Record(record) => record.words,
        }
    }
}
