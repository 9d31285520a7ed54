//! Other platforms: linked, not run.

use crate::support::Module;

#[test]
fn other_platforms_link() {
    let probe = Module::probe();
    for (os, arch) in [("linux", "arm64"), ("darwin", "arm64"), ("windows", "amd64")] {
        probe.build(&[], &[("GOOS", os), ("GOARCH", arch), ("CGO_ENABLED", "0")]);
    }
}
