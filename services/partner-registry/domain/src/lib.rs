//! The rules of partners, tiers and hierarchies. Pure.
