package converge

import (
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	for in, want := range map[string]string{
		"/": "/", "": "/", "*": "/", "/order": "/order", "/order/": "/order/", "/order/17": "/order/{id}",
		"/order/17/items":                         "/order/{id}/items",
		"/u/0af76519-16cd-43dd-8448-eb211c80319c": "/u/{id}", "/u/0AF7651916CD43DD": "/u/{id}", "/facade/decade": "/facade/decade",
		"/c/deadbeef1": "/c/{id}", "/2026-11-22/x": "/{date}/x", "/r/2026_11_22.csv": "/r/{date}.csv", "/v1/api2/h264": "/v1/api2/h264",
		"/img/1234.png": "/img/{id}.png", "/order-1234": "/order-{id}", "/order_7.html": "/order_{id}.html", "/a/x%20y": "/a/{id}",
		"/a/me@example.com": "/a/{id}.com", "/t/eyJhbGciOiJIUzI1NiIsInR5": "/t/{id}",
		"/" + strings.Repeat("w", 50): "/{id}", "/1.2.3": "/{id}.{id}.{id}",
		"/a//b": "/a//b", "/.well-known/x": "/.well-known/x", "/\u00e9": "/{id}",
		"/a.mp3": "/a.mp3", "/a.x\xff": "/{id}", "/a.b%41": "/{id}", "/a.b@c": "/{id}", "/a.b\u00e9": "/{id}",
		strings.Repeat("/a", 12): strings.Repeat("/a", 10) + "/*", "/report-2026-11-22": "/report-{id}-{id}-{id}",
	} {
		if got := string(Path(nil, in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		// Bytes before the template do not matter.
		if got := string(Path([]byte("x"), in)); got != "x"+want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func FuzzPath(f *testing.F) {
	f.Add("/a/1")
	f.Fuzz(func(t *testing.T, path string) {
		if got := Path(nil, path); len(got) > maxTemplate+maxSegments+2 || got[0] != '/' {
			t.Fatalf("%q: %q", path, got)
		}
	})
}

func TestRules(t *testing.T) {
	rules, bad := ParseRules(" url.template : /a/*/b => /a/{x}/b ;server.address:*.internal=>internal;; " +
		"url.template:/s/**=>/s/{file};k:a**c*d=>ok;k:x*/y*z=>ok")
	if bad != "" || len(rules) != 5 {
		t.Fatal(rules, bad)
	}
	for in, want := range map[string]string{
		"url.template /a/1/b": "/a/{x}/b", "url.template /a/1/2/b": "", "url.template /s/x/y.css": "/s/{file}",
		"url.template /s/":             "/s/{file}",
		"server.address db-7.internal": "internal", "server.address internal": "", "other db.internal": "",
		"k a/c/c1d": "ok", "k a/cd": "ok", "k acd/": "",
		"k x1/y2/z": "", "k x1/y2z": "ok", "k x/yyz": "ok",
	} {
		at := strings.IndexByte(in, ' ')
		got, ok := rules.Apply(in[:at], in[at+1:])
		if ok != (want != "") || ok && got != want || !ok && got != in[at+1:] {
			t.Errorf("%s: %q, %v", in, got, ok)
		}
	}
	for _, text := range []string{"a", "a:b", ":b=>c", "a=>b", "a:=>b", strings.Repeat("a:b=>c;", 101)} {
		if _, bad := ParseRules(text); bad == "" {
			t.Errorf("%q is taken for a rule", text)
		}
	}
	// Many stars and a long value take no noticeable time.
	if slow := (Rules{{"k", strings.Repeat("*a", 50) + "!", "x"}}); true {
		if _, ok := slow.Apply("k", strings.Repeat("a", 1000)); ok {
			t.Error("matched")
		}
	}
}
