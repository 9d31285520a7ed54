package export

import (
	"net/http"
	"net/url"
	"os"
)

// proxy returns what finds the proxy for a request, nil if the environment names none.
//
// net/http reads the variables once for the whole process, when the first request asks. Were that one of the agent's, a
// program that sets them later would be talked out of its proxy. So they are asked about only where there were some when it started.
func proxyFunc() func(*http.Request) (*url.URL, error) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		if os.Getenv(name) != "" {
			return http.ProxyFromEnvironment
		}
	}
	return nil
}
