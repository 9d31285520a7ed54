package boot

import (
	"strings"

	"goagent/agent"
)

// resource is who speaks: the attributes that all spans of this process share.
type resource struct{ attrs []agent.Attr }

// maxValue bounds what is found out about the process, in bytes. What the
// environment says is taken as it is.
const maxValue = 1024

func (r *resource) put(a agent.Attr) {
	for i := range r.attrs {
		if r.attrs[i].Key == a.Key {
			r.attrs[i] = a
			return
		}
	}
	r.attrs = append(r.attrs, a)
}

func (r *resource) set(key, value string) { r.put(agent.String(key, value)) }

// found sets what a detector has found, if it has.
func (r *resource) setDetected(key, value string) {
	if value = strings.TrimSpace(value); value != "" && len(value) <= maxValue {
		r.set(key, value)
	}
}

func (r *resource) get(key string) string {
	for i := range r.attrs {
		if r.attrs[i].Key == key {
			return r.attrs[i].Str
		}
	}
	return ""
}

// detectors find out who the process is. Each names what it is about.
var detectors = []struct {
	name string
	find func(*env, *resource)
}{
	{"service", findService},
	{"host", findHost},
	{"os", findOS},
	{"process", findProcess},
	{"container", findContainer},
	{"k8s", findKubernetes},
}

// resourceOf detects, reads OTEL_RESOURCE_ATTRIBUTES, which is right where both
// know something, and OTEL_SERVICE_NAME, which is above both.
func resourceOf(e *env) *resource {
	r := &resource{}
	r.set("service.name", unknownService())
	for _, d := range e.wantedDetectors() {
		detectors[d].find(e, r)
	}
	const name = "OTEL_RESOURCE_ATTRIBUTES"
	value := e.get(name)
	keys, values, ok := parsePairs(value)
	if !ok {
		e.complain(name, value, "not key=value,key=value with percent-encoded values, ignored")
	}
	for i, key := range keys {
		if key != "service.name" || values[i] != "" { // there is always a name
			r.set(key, values[i])
		}
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

// detectors returns the numbers of those that are wanted, in their order.
func (e *env) wantedDetectors() (wanted []int) {
	const name = "GOAGENT_RESOURCE_DETECTORS"
	chosen := map[string]bool{}
	for _, item := range splitList(e.choice(name)) {
		known := item == "all" || item == "none"
		for _, d := range detectors {
			known = known || d.name == item
		}
		if !known {
			e.complain(name, item, "not known (known are service, host, os, process, container, k8s, all and none), left out")
			continue
		}
		chosen[item] = true
	}
	for i, d := range detectors {
		if len(chosen) == 0 || chosen["all"] || chosen[d.name] {
			wanted = append(wanted, i)
		}
	}
	if chosen["none"] {
		return nil
	}
	return wanted
}
