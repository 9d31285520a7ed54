//! The real programs: their sources, their command lines, and their requests.

/// A real program.
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Its module and the version.
    pub module: (&'static str, &'static str),
    /// The package of its main.
    pub main: &'static str,
    /// Flags of the strict build: plugins for which a library in the program is too old.
    pub flags: &'static [&'static str],
    /// Its arguments. `{port}` is the port that it is asked on, `{other}` another free one,
    /// `{folder}` a folder for its files.
    pub arguments: &'static [&'static str],
    /// A file in that folder: its name and its text, with the same words in it.
    pub file: (&'static str, &'static str),
    /// Its requests, in this order: a method, a path, and a body of JSON.
    pub requests: &'static [(&'static str, &'static str, &'static str)],
}

/// The one that CI builds comes first.
pub const PROGRAMS: [Program; 4] = [
    Program {
        name: "blackbox_exporter",
        module: ("github.com/prometheus/blackbox_exporter", "v0.19.0"),
        main: ".",
        flags: &["--disable", "x_net_http2"],
        arguments: &["--config.file={folder}/blackbox.yml", "--web.listen-address=127.0.0.1:{port}"],
        file: ("blackbox.yml", "modules:\n  http_2xx:\n    prober: http\n  tcp_connect:\n    prober: tcp\n"),
        requests: &[
            ("GET", "/", ""),
            ("GET", "/-/healthy", ""),
            ("GET", "/config", ""),
            ("GET", "/nothing/here", ""),
            ("GET", "/probe", ""),
            ("GET", "/probe?module=none&target=x", ""),
            ("GET", "/probe?module=http_2xx&target=http://127.0.0.1:{port}/-/healthy", ""),
            ("GET", "/probe?module=http_2xx&target=http://127.0.0.1:{port}/nothing&debug=true", ""),
            ("GET", "/probe?module=tcp_connect&target=127.0.0.1:{port}", ""),
            ("GET", "/metrics", ""),
            ("POST", "/-/reload", ""),
            ("HEAD", "/", ""),
        ],
    },
    Program {
        name: "alertmanager",
        module: ("github.com/prometheus/alertmanager", "v0.26.0"),
        main: "./cmd/alertmanager",
        flags: &[],
        arguments: &[
            "--config.file={folder}/alertmanager.yml",
            "--storage.path={folder}/data",
            "--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        file: (
            "alertmanager.yml",
            "route:\n  receiver: hook\n  group_wait: 1h\nreceivers:\n  - name: hook\n    webhook_configs:\n      - url: http://127.0.0.1:{port}/nothing\n",
        ),
        requests: &[
            ("GET", "/", ""),
            ("GET", "/-/healthy", ""),
            ("GET", "/-/ready", ""),
            ("GET", "/api/v2/status", ""),
            ("GET", "/api/v2/alerts", ""),
            ("POST", "/api/v2/alerts", r#"[{"labels":{"alertname":"one","severity":"page"}}]"#),
            ("POST", "/api/v2/alerts", "no JSON"),
            ("GET", "/api/v2/silences", ""),
            ("GET", "/api/v2/receivers", ""),
            ("GET", "/nothing", ""),
            ("GET", "/metrics", ""),
            ("POST", "/-/reload", ""),
        ],
    },
    Program {
        name: "nats-server",
        module: ("github.com/nats-io/nats-server/v2", "v2.10.12"),
        main: ".",
        flags: &[],
        arguments: &["-a", "127.0.0.1", "-p", "{other}", "-m", "{port}"],
        file: ("unused", ""),
        requests: &[
            ("GET", "/", ""),
            ("GET", "/healthz", ""),
            ("GET", "/varz", ""),
            ("GET", "/connz", ""),
            ("GET", "/subsz", ""),
            ("GET", "/jsz", ""),
            ("GET", "/nothing", ""),
            ("POST", "/healthz", "{}"),
        ],
    },
    Program {
        name: "oauth2-proxy",
        module: ("github.com/oauth2-proxy/oauth2-proxy/v7", "v7.6.0"),
        main: ".",
        flags: &[],
        arguments: &[
            "--http-address=127.0.0.1:{port}",
            "--upstream=static://202",
            "--provider=github",
            "--client-id=id",
            "--client-secret=none",
            "--cookie-secret=0123456789abcdef",
            "--email-domain=*",
            "--skip-auth-route=^/open",
        ],
        file: ("unused", ""),
        requests: &[
            ("GET", "/ping", ""),
            ("GET", "/ready", ""),
            ("GET", "/robots.txt", ""),
            ("GET", "/open", ""),
            ("GET", "/", ""),
            ("GET", "/oauth2/auth", ""),
            ("GET", "/oauth2/start", ""),
            ("GET", "/oauth2/callback", ""),
            ("POST", "/open", "{}"),
        ],
    },
];

/// A server and a proxy that speak HTTP/2 by golang.org/x/net: `/near` is proxied to a site that
/// speaks HTTP/1.1, `/far` to its own site by HTTP/2.
pub const CADDY: Program = Program {
    name: "caddy",
    module: ("github.com/caddyserver/caddy/v2", "v2.8.4"),
    main: "./cmd/caddy",
    flags: &[],
    arguments: &["run", "--config={folder}/Caddyfile", "--adapter=caddyfile"],
    file: (
        "Caddyfile",
        "{
	admin off
	auto_https disable_redirects
	skip_install_trust
	https_port {other}
}
https://localhost:{other} {
	tls internal
	respond /text text
	respond /missing 404
	respond /failing 500
	reverse_proxy /near 127.0.0.1:{port}
	handle_path /far/* {
		reverse_proxy https://localhost:{other} {
			transport http {
				tls_insecure_skip_verify
				versions 2
			}
		}
	}
}
http://:{port} {
	respond backend
}
",
    ),
    requests: &[],
};

/// A server whose mux has two patterns for everything that its own routers tell apart.
pub const PROMETHEUS: Program = Program {
    name: "prometheus",
    module: ("github.com/prometheus/prometheus", "v0.54.1"),
    main: "./cmd/prometheus",
    flags: &[],
    arguments: &[
        "--config.file={folder}/prometheus.yml",
        "--storage.tsdb.path={folder}/data",
        "--web.listen-address=127.0.0.1:{port}",
    ],
    file: (
        "prometheus.yml",
        "scrape_configs:\n  - job_name: self\n    static_configs:\n      - targets: ['127.0.0.1:{port}']\n",
    ),
    requests: &[
        ("GET", "/-/healthy", ""),
        ("GET", "/api/v1/query?query=up", ""),
        ("GET", "/api/v1/labels", ""),
        ("GET", "/api/v1/status/buildinfo", ""),
        ("GET", "/api/v1/label/job/values", ""),
        ("GET", "/metrics", ""),
    ],
};
