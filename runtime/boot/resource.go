package boot

import (
	"os"
	"path/filepath"

	"goagent/agent"
)

// resource is who speaks: the attributes that all spans of this process share.
type resource struct{ attrs []agent.Attr }

func (r *resource) set(key, value string) {
	for i := range r.attrs {
		if r.attrs[i].Key == key {
			r.attrs[i].Str = value
			return
		}
	}
	r.attrs = append(r.attrs, agent.String(key, value))
}

func (r *resource) get(key string) string {
	for i := range r.attrs {
		if r.attrs[i].Key == key {
			return r.attrs[i].Str
		}
	}
	return ""
}

// resourceOf reads OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME, of which the
// latter wins.
func resourceOf(e *env) *resource {
	r := &resource{}
	r.set("service.name", unknownService())
	const name = "OTEL_RESOURCE_ATTRIBUTES"
	value := e.get(name)
	keys, values, ok := pairs(value)
	if !ok {
		e.complain(name, value, "not key=value,key=value with percent-encoded values, ignored")
	}
	for i, key := range keys {
		r.set(key, values[i])
	}
	if service := e.get("OTEL_SERVICE_NAME"); service != "" {
		r.set("service.name", service)
	}
	r.set("telemetry.sdk.language", "go")
	r.set("telemetry.sdk.name", "goagent")
	r.set("telemetry.sdk.version", Version)
	r.set("telemetry.distro.name", "goagent")
	r.set("telemetry.distro.version", Version)
	return r
}

func unknownService() string {
	path, err := os.Executable()
	if err != nil && len(os.Args) > 0 {
		path = os.Args[0]
	}
	if path == "" {
		return "unknown_service"
	}
	return "unknown_service:" + filepath.Base(path)
}
