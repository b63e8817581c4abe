//! What tests share: databases of both engines, a clock that is set by hand, ids that count.
