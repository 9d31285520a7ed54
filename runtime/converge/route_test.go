package converge

import "testing"

func TestTail(t *testing.T) {
	for pattern, want := range map[string]string{
		"/": "", "/api/": "/api", "/{tenant}/": "/{tenant}", "/a/{rest...}": "/a", "/a/*": "/a", "/a/*any": "/a", "/{x}/{rest:*}": "/{x}",
		"/a/{rest:.*}": "/a", "/a/{rest:.+}": "/a", "/{v:a/b}/{rest:.*}": "/{v:a/b}",
		"": "none", "a": "none", "/a": "none", "/a/{$}": "none", "/a/{id}": "none", "/a/:id": "none",
		"/a/{id:[0-9]+}": "none", "/{v:a/}": "none", "/{": "none", "/}": "none", "/{}": "none",
	} {
		got := "none"
		if tail := Tail(pattern); tail >= 0 {
			got = pattern[:tail]
		}
		if got != want {
			t.Errorf("%q: %q, want %q", pattern, got, want)
		}
	}
}

func TestBeyond(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/", "/", false}, {"/", "/a", true}, {"/", "/a/", true}, {"/", "", true},
		{"/api/", "/api/", false}, {"/api/", "/api/x", true}, {"/api/", "/api/x/", true}, {"/api", "/api", false},
		{"/api/{id}", "/api/7", false},
		{"/{t}/", "/acme/", false}, {"/{t}/", "/acme/x", true}, {"/a/*any", "/a/", false}, {"/a/*any", "/a/b", true},
		{"/a/{x...}", "/a/b/", true},
		{"/{v:a/b}/*", "/v/", false},
	} {
		if got := Beyond(c.pattern, c.path); got != c.want {
			t.Errorf("%q %q: %v", c.pattern, c.path, got)
		}
	}
}
