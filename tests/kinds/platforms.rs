//! Other platforms: what can be run here is run.

use crate::support::{Module, everything};

#[test]
fn other_platforms_link() {
    let probe = Module::probe();
    let light: [(&str, &str); 3] = [("linux", "arm64"), ("darwin", "arm64"), ("windows", "amd64")];
    let heavy =
        [("freebsd", "amd64"), ("linux", "s390x"), ("js", "wasm"), ("wasip1", "wasm"), ("windows", "arm64")];
    for (os, arch) in light.iter().chain(if everything() { &heavy[..] } else { &[] }) {
        probe.build(&[], &[("GOOS", os), ("GOARCH", arch), ("CGO_ENABLED", "0")]);
    }
}

/// Words of 32 bits, on a processor that has them as well.
#[test]
fn with_words_of_32_bits() {
    if cfg!(target_arch = "x86_64") && everything() {
        Module::probe().check(&[], &[("GOARCH", "386"), ("CGO_ENABLED", "0")]);
        Module::probe().check(&[], &[("GOAMD64", "v2")]);
    }
}
