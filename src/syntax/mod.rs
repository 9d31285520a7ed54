//! Text of a `.gorule` file → syntax tree with spans.

pub mod ast;
