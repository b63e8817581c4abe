//! Enums with names and numbers: one table per enum, from which its names in filters and stores, its numbers in the
//! protobuf enum (from 1, in the order written) and its serde form come.

/// Declares such an enum. Example: `named! { "a cadence"; /// … pub enum Cadence { /// … Year = "YEAR", } }`.
macro_rules! named {
    ($what:literal; $(#[$meta:meta])* pub enum $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$of])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value in the order of its number, from 1.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The names of [`ALL`](Self::ALL), in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name in filters and stores.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of a name.
            ///
            /// # Errors
            /// A sentence with the text and every name.
            pub fn parse(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|value| value.as_str() == text);
                found.ok_or_else(|| format!("{text:?} is not {}; use one of {}", $what, Self::NAMES.join(", ")))
            }

            /// The number in the protobuf enum.
            #[must_use]
            pub fn number(self) -> i32 {
                Self::ALL.iter().zip(1..).find_map(|(value, number)| (*value == self).then_some(number)).unwrap_or(0)
            }

            /// The value of a number of the protobuf enum; `None` for 0 and for numbers of other versions.
            #[must_use]
            pub fn from_number(number: i32) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.number() == number)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use named;
