package export

import (
	"net/http"
	"net/url"
	"os"
)

// proxyFunc returns the function that finds the proxy for a request, nil if the environment names
// none.
//
// net/http reads the variables once for the whole process, at the first request that needs them. If
// that were a request of the agent, a program that sets them later would lose its proxy. So the
// variables are used only if some were set when the program started.
func proxyFunc() func(*http.Request) (*url.URL, error) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		if os.Getenv(name) != "" {
			return http.ProxyFromEnvironment
		}
	}
	return nil
}
