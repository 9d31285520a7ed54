//! x
#![allow(missing_docs)]
pub mod gotype;
pub mod uses;
pub mod words;
