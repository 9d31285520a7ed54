package boot

import (
	"os"
	"strings"
)

// Detection of the container and the pod. There is no call to ask: the kernel shows the names of
// control groups and the sources of mounts, and container runtimes put ids into them.

// findContainer looks for the container's id: in the control groups, if they are those of the host
// (cgroup v1, or v2 without a namespace), else in the mounts.
func findContainer(e *env, r *resource) {
	for _, line := range e.readLines("/proc/self/cgroup") {
		if id := idOfGroup(line); id != "" {
			r.set("container.id", id)
			return
		}
	}
	mounts := e.readLines("/proc/self/mountinfo")
	if uid, _ := podOf(mounts); uid != "" || e.get("KUBERNETES_SERVICE_HOST") != "" {
		return // the mounts are the pod's: those of the container that holds its network
	}
	for _, line := range mounts {
		if id := idOfMount(line); id != "" {
			r.set("container.id", id)
			return
		}
	}
}

// idOfGroup reads a line of /proc/self/cgroup, number:controllers:path. The id is an element of the
// path, alone or between a prefix and .scope: docker-ID.scope, crio-ID.scope, cri-containerd:ID. It
// is the last such element: after it there may be groups that the container has made for itself,
// such as init.scope of a systemd in it or Podman's "container".
func idOfGroup(line string) string {
	fields := strings.SplitN(line, ":", 3)
	if len(fields) < 3 {
		return ""
	}
	for path := fields[2]; path != ""; {
		slash := strings.LastIndexByte(path, '/')
		last := strings.TrimSuffix(path[slash+1:], ".scope")
		last = last[strings.LastIndexAny(last, "-:")+1:]
		if isContainerID(last) {
			return last
		}
		if slash < 0 {
			break
		}
		path = path[:slash]
	}
	return ""
}

// idOfMount reads a line of /proc/self/mountinfo. Docker and Podman mount the container's own
// /etc/hostname from .../containers/ID/hostname or .../overlay-containers/ID/userdata/hostname.
func idOfMount(line string) string {
	source, target := mountOf(line)
	if target != "/etc/hostname" {
		return ""
	}
	parts := strings.Split(source, "/")
	for i := 1; i < len(parts); i++ {
		if strings.HasSuffix(parts[i-1], "containers") && isContainerID(parts[i]) {
			return parts[i]
		}
	}
	return ""
}

// mountOf returns the source and the target of a mount.
func mountOf(line string) (source, target string) {
	fields := strings.SplitN(line, " ", 6)
	if len(fields) < 6 {
		return "", ""
	}
	return fields[3], fields[4]
}

// isContainerID reports whether s is 64 hexadecimal digits.
func isContainerID(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// serviceAccount is a folder that Kubernetes mounts into pods.
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/"

// findKubernetes reads what a pod can know: the variables that are usually filled from the downward
// API, the namespace's file, and the mounts that the kubelet makes. Outside a pod it does nothing.
func findKubernetes(e *env, r *resource) {
	uid, container := podOf(e.readLines("/proc/self/mountinfo"))
	if e.get("KUBERNETES_SERVICE_HOST") == "" && uid == "" {
		return
	}
	firstOf := func(names ...string) string {
		_, value := e.firstSet(names...)
		return value
	}
	pod := firstOf("K8S_POD_NAME", "POD_NAME", "MY_POD_NAME")
	if pod == "" {
		pod = hostname() // its name, unless it uses the host's network
	}
	r.setDetected("k8s.pod.name", pod)
	namespace := firstOf("K8S_NAMESPACE_NAME", "K8S_NAMESPACE", "POD_NAMESPACE", "MY_POD_NAMESPACE")
	if lines := e.readLines(serviceAccount + "namespace"); namespace == "" && len(lines) > 0 {
		namespace = lines[0]
	}
	r.setDetected("k8s.namespace.name", namespace)
	if named := firstOf("K8S_POD_UID", "POD_UID", "MY_POD_UID"); named != "" {
		uid = named
	}
	r.setDetected("k8s.pod.uid", uid)
	if named := firstOf("K8S_CONTAINER_NAME", "CONTAINER_NAME"); named != "" {
		container = named
	}
	r.setDetected("k8s.container.name", container)
	r.setDetected("k8s.node.name", firstOf("K8S_NODE_NAME", "NODE_NAME", "MY_NODE_NAME"))
	r.setDetected("k8s.cluster.name", firstOf("K8S_CLUSTER_NAME"))
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// podOf finds .../pods/UID/containers/NAME/... among the mounts, which the kubelet makes for
// /dev/termination-log, and .../pods/UID/... , which it makes for volumes and /etc/hosts.
func podOf(mounts []string) (uid, container string) {
	for _, line := range mounts {
		source, _ := mountOf(line)
		parts := strings.Split(source, "/")
		for i := 0; i+2 < len(parts); i++ {
			if parts[i] != "pods" || len(parts[i+1]) != 36 || strings.Count(parts[i+1], "-") != 4 {
				continue
			}
			uid = parts[i+1]
			if i+3 < len(parts) && parts[i+2] == "containers" {
				return uid, parts[i+3]
			}
		}
	}
	return uid, ""
}
