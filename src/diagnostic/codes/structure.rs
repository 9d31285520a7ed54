//! Placeholder.

super::codes! {}
