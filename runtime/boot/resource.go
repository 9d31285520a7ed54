package boot

import (
	"strings"

	"goagent/agent"
)

// resource identifies the process: the attributes that all its spans share.
type resource struct{ attrs []agent.Attr }

// maxValue bounds the detected values, in bytes. Values from the environment are used as they are.
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

// setDetected sets a value that a detector has found, unless it is empty or too long.
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

// detectors find out about the process, each about what its name says.
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

// resourceOf runs the detectors, then reads OTEL_RESOURCE_ATTRIBUTES, which takes precedence over
// them, and OTEL_SERVICE_NAME, which takes precedence over both.
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
		e.warn(name, value, "not key=value,key=value with percent-encoded values, ignored")
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

// wantedDetectors returns the indexes of the selected detectors, in their order.
func (e *env) wantedDetectors() (wanted []int) {
	const name = "GOAGENT_RESOURCE_DETECTORS"
	chosen := map[string]bool{}
	for _, item := range splitList(e.choice(name)) {
		known := item == "all" || item == "none"
		for _, d := range detectors {
			known = known || d.name == item
		}
		if !known {
			e.warn(name, item, "not known (known are service, host, os, process, container, k8s, all and none), left out")
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
