//! What is tested: packages of the standard library where they stand, and modules from copies of their sources.

/// A suite of tests.
pub struct Subject {
    /// What it is called on the command line.
    pub name: &'static str,
    /// The module and its version; `None`: the standard library.
    pub module: Option<(&'static str, &'static str)>,
    /// The packages to test and to weave, as `go list` takes them.
    pub packages: &'static [&'static str],
    /// More words for `go test`.
    pub arguments: &'static [&'static str],
    /// How many tests pass plain at least: a suite that runs nothing proves nothing.
    pub least: usize,
}

const fn standard(name: &'static str, packages: &'static [&'static str], least: usize) -> Subject {
    Subject { name, module: None, packages, arguments: &[], least }
}

/// All of them.
pub const SUBJECTS: [Subject; 10] = [
    standard("encoding/json", &["encoding/json"], 400),
    standard("text/template", &["text/template", "text/template/parse"], 50),
    standard("database/sql", &["database/sql"], 100),
    standard("net/http", &["net/http"], 1000),
    standard("go/types", &["go/types"], 500),
    Subject {
        name: "gin",
        module: Some(("github.com/gin-gonic/gin", "v1.10.1")),
        packages: &["./..."],
        // Each of these starts a server in a goroutine, waits 5 ms and expects that its own attempt to take the same port fails. Where
        // the goroutine is late the test itself serves for ever.
        arguments: &["-skip=^(TestRunEmpty|TestRunEmptyWithEnv|TestRunWithPort|TestRunTLS|TestPusher)$"],
        least: 400,
    },
    Subject {
        name: "grpc",
        module: Some(("google.golang.org/grpc", "v1.67.3")),
        packages: &[
            ".",
            "./codes",
            "./metadata",
            "./status",
            "./credentials/...",
            "./encoding/...",
            "./internal/transport",
            "./internal/resolver/...",
        ],
        arguments: &["-short"],
        least: 300,
    },
    // The last release that is a protocol of its own with every Go: the next ones wrap net/http.
    Subject {
        name: "x/net/http2",
        module: Some(("golang.org/x/net", "v0.53.0")),
        packages: &["./http2", "./http2/h2c"],
        arguments: &[],
        least: 300,
    },
    // Its other tests need a server.
    Subject {
        name: "go-redis",
        module: Some(("github.com/redis/go-redis/v9", "v9.7.3")),
        packages: &[".", "./internal/..."],
        arguments: &["-skip=^(TestGinkgoSuite|Example.*)$"],
        least: 30,
    },
    // Its tests against databases are a module of their own and need drivers.
    Subject {
        name: "gorm",
        module: Some(("gorm.io/gorm", "v1.25.12")),
        packages: &["./..."],
        arguments: &[],
        least: 100,
    },
];
