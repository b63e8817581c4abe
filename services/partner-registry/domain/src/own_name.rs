//! Names of what belongs to a partner: "partners/x/deals/y".

use tributary_core::ResourceId;

/// A name that consists of a partner and an id, unique per partner.
pub trait OwnName: Sized {
    /// The name of the id at a partner.
    fn of(partner: ResourceId, id: ResourceId) -> Self;
    /// Id of the partner.
    fn partner(&self) -> &ResourceId;
    /// Id there.
    fn id(&self) -> &ResourceId;
}

/// Defines the name of what is kept in a collection of a partner.
macro_rules! own_name {
    ($(#[$doc:meta])* $name:ident, $collection:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            /// Id of the partner.
            pub partner: tributary_core::ResourceId,
            /// Id there, unique per partner.
            pub id: tributary_core::ResourceId,
        }

        impl $name {
            #[doc = concat!("Reads a resource name. Example: \"partners/x/", $collection, "/y\".")]
            ///
            /// # Errors
            /// A sentence with the value and the form.
            pub fn parse(name: &str) -> Result<Self, String> {
                let form = || {
                    format!(concat!("{:?} is not a resource name of the form \"partners/ID/", $collection, "/ID\""), name)
                };
                let (partner, id) = name.split_once(concat!("/", $collection, "/")).ok_or_else(form)?;
                Ok(Self {
                    partner: tributary_core::ResourceId::from_name("partners", partner)?,
                    id: tributary_core::ResourceId::parse(id)?,
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!("{}/", $collection, "/{}"), $crate::partner::resource_name(&self.partner), self.id)
            }
        }

        impl $crate::own_name::OwnName for $name {
            fn of(partner: tributary_core::ResourceId, id: tributary_core::ResourceId) -> Self {
                Self { partner, id }
            }

            fn partner(&self) -> &tributary_core::ResourceId {
                &self.partner
            }

            fn id(&self) -> &tributary_core::ResourceId {
                &self.id
            }
        }
    };
}

pub(crate) use own_name;
