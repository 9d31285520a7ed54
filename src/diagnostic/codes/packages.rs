//! Placeholder.

super::codes! {
}
