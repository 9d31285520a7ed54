package export

import (
	"net/http"
	"os"
	"testing"
)

// TestProxyLater checks that variables that the program sets after exporters have been made apply
// to its own requests.
func TestProxyLater(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		if os.Getenv(name) != "" {
			t.Skip(name + " is set")
		}
	}
	o := NewOTLP(OTLPConfig{URL: "http://127.0.0.1:1/v1/traces"})
	if o.client.Transport.(*http.Transport).Proxy != nil {
		t.Error("an exporter asks for a proxy, though none is set")
	}
	t.Setenv("HTTP_PROXY", "http://proxy.example:8080")
	o = NewOTLP(OTLPConfig{URL: "http://127.0.0.1:1/v1/traces"})
	if o.client.Transport.(*http.Transport).Proxy == nil {
		t.Error("the proxy of the environment is left out")
	}
}
