//! Shapes of woven code, on text alone; that it compiles and runs is shown by the tests of the whole build.
