//! Which events are public: the messages of the files `events.proto` of the contract. They are documented there and only
//! grow, which is what a receiver needs; so there is no second list to keep.

use prost_reflect::{DescriptorPool, DynamicMessage};

use crate::{door::Area, openapi::comments::Comments};

/// A type of public events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventKind {
    /// Full name of the message. Example: "tributary.partner.v1.PartnerChanged".
    pub name: String,
    /// Who says it. Example: "services/partner-registry".
    pub source: String,
    /// The comment of the contract.
    pub description: String,
}

/// What the gateway knows of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is public.
    Public,
    /// It is in the contract and not public.
    Internal,
    /// It is in no contract that this gateway knows: a service is newer than the gateway.
    Unknown,
}

/// All types of public events, by name.
#[derive(Debug)]
pub struct Catalogue {
    kinds: Vec<EventKind>,
    pool: &'static DescriptorPool,
}

impl Catalogue {
    /// Of the contract.
    #[must_use]
    pub fn from_pool(pool: &'static DescriptorPool) -> Self {
        let comments = Comments::of(pool);
        let mut kinds = Vec::new();
        for file in pool.files().filter(|file| is_public(file.name())) {
            let Some(area) = Area::of_package(file.package_name()) else { continue };
            kinds.extend(file.messages().map(|message| EventKind {
                name: message.full_name().to_owned(),
                source: format!("services/{}", area.service()),
                description: comments.get(&file, message.path()),
            }));
        }
        kinds.sort_by(|a, b| a.name.cmp(&b.name));
        Self { kinds, pool }
    }

    /// All of them.
    #[must_use]
    pub fn kinds(&self) -> &[EventKind] {
        &self.kinds
    }

    /// What is known of a type.
    #[must_use]
    pub fn known(&self, event_type: &str) -> Known {
        match self.pool.get_message_by_name(event_type) {
            None => Known::Unknown,
            Some(message) if is_public(message.parent_file().name()) => Known::Public,
            Some(_) => Known::Internal,
        }
    }

    /// Whether data is a message of its type that has a JSON form (a time out of range, say, has none): what is not could be
    /// shown to nobody.
    #[must_use]
    pub fn reads(&self, event_type: &str, data: &[u8]) -> bool {
        let message = self.pool.get_message_by_name(event_type).map(|of| DynamicMessage::decode(of, data));
        message.is_some_and(|read| read.is_ok_and(|message| serde_json::to_writer(std::io::sink(), &message).is_ok()))
    }
}

fn is_public(file: &str) -> bool {
    file.starts_with("tributary/") && file.ends_with("/events.proto")
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use tributary_proto::tributary::partner::v1::{TierAssigned, TierAssignment};

    use super::{Catalogue, Known};

    #[test]
    fn the_catalogue_is_what_the_contract_says() {
        let catalogue = Catalogue::from_pool(tributary_proto::pool());
        let kind = catalogue.kinds().iter().find(|k| k.name == "tributary.incentive.v1.PeriodLocked").expect("there");
        assert_eq!(kind.source, "services/incentive-calculation");
        assert!(kind.description.starts_with("A period was locked: its statements stay as they are."), "{kind:?}");
        assert!(catalogue.kinds().len() >= 19 && catalogue.kinds().is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(catalogue.known("tributary.partner.v1.TierAssigned"), Known::Public);
        assert_eq!(catalogue.known("tributary.partner.v1.Partner"), Known::Internal);
        assert_eq!(catalogue.known("tributary.partner.v9.Partner"), Known::Unknown);
    }

    #[test]
    fn what_has_no_json_form_reads_as_nothing() {
        let catalogue = Catalogue::from_pool(tributary_proto::pool());
        let assigned = |seconds| {
            let record_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
            let assignment = Some(TierAssignment { record_time, ..TierAssignment::default() });
            TierAssigned { assignment, ..TierAssigned::default() }.encode_to_vec()
        };
        let reads = |data: &[u8]| catalogue.reads("tributary.partner.v1.TierAssigned", data);
        // 9999-12-31T23:59:59Z is the last one.
        assert!(reads(&assigned(253_402_300_799)));
        assert!(!reads(&assigned(253_402_300_800)));
        assert!(!reads(&[0xff, 0xff]));
    }
}
