//! One conformance suite, mounted once per engine: the same bodies must hold on both.

#[cfg(test)]
mod postgres;
#[cfg(test)]
mod sqlite;
