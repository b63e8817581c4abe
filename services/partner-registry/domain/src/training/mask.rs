//! Which fields of a resource an update changes.

use std::collections::BTreeSet;

use tributary_core::Violations;

use super::{CourseContent, DefinitionContent, PersonContent, SessionContent};

/// The paths of an update: "*" names every field, none names those that are set.
#[derive(Debug, Clone, Copy)]
pub struct Mask<'a>(pub &'a [String]);

impl Mask<'_> {
    fn pick<T: Clone + Default + PartialEq>(self, field: &str, own: &T, other: &T) -> T {
        let is_named = match self.0 {
            [] => *other != T::default(),
            paths => paths.iter().any(|path| path == field || path == "*"),
        };
        if is_named { other.clone() } else { own.clone() }
    }

    /// What is wrong with the paths, of fields that can be set.
    fn violations(self, fields: &[&str]) -> Violations {
        let mut v = Violations::new();
        let known: BTreeSet<&str> = fields.iter().copied().chain(["*"]).collect();
        for path in self.0.iter().filter(|path| !known.contains(path.as_str())) {
            v.add("update_mask", format!("{path:?} cannot be set; name some of {}", fields.join(", ")));
        }
        v
    }
}

/// What can be changed field by field.
pub trait Masked: Sized {
    /// The fields.
    const FIELDS: &'static [&'static str];

    /// This with those fields of another one that a mask names.
    #[must_use]
    fn merged(&self, other: &Self, mask: Mask<'_>) -> Self;

    /// What is wrong with a mask.
    #[must_use]
    fn mask_violations(mask: Mask<'_>) -> Violations {
        mask.violations(Self::FIELDS)
    }
}

macro_rules! masked {
    ($type:ident: $($field:ident),+; $($kept:ident),*) => {
        impl Masked for $type {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn merged(&self, other: &Self, mask: Mask<'_>) -> Self {
                Self {
                    $($field: mask.pick(stringify!($field), &self.$field, &other.$field),)+
                    $($kept: self.$kept.clone(),)*
                }
            }
        }
    };
}

masked!(CourseContent: display_name, kind, passing_score, validity_months, prerequisites, description;);
masked!(DefinitionContent: display_name, courses, validity_months, renewal_days, description;);
masked!(SessionContent: date, place, capacity, trainer_note; course);
masked!(PersonContent: display_name, email, role, external_ref, labels, active_from, active_until;);
