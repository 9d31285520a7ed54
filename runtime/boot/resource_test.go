package boot

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
)

const (
	id    = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	other = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
	pod   = "8a5f1c62-4c3f-4a43-9d1c-0b7a6f2f8e11"
)

// containerEnv writes system files as they are in a container, and returns the environment of a
// process in it.
func containerEnv(t *testing.T, files map[string]string, variables ...string) (*env, func() string) {
	t.Helper()
	e, output := envOf(variables...)
	e.root = t.TempDir()
	for path, text := range files {
		path = filepath.Join(e.root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return e, output.String
}

func TestResource(t *testing.T) {
	e, output := containerEnv(t, nil, "OTEL_RESOURCE_ATTRIBUTES=service.name=a,k=v%2C1,telemetry.sdk.name=other,host.arch=mine", "OTEL_SERVICE_NAME=b")
	r := resourceOf(e)
	for key, want := range map[string]string{"service.name": "b", "k": "v,1", "telemetry.sdk.name": "goagent", "host.arch": "mine",
		"telemetry.sdk.language": "go", "telemetry.distro.version": Version, "process.executable.name": "boot.test",
		"process.runtime.name": "go",
		"container.id":         "", "k8s.pod.name": "", "os.name": "", "process.command_args": "", "process.command_line": ""} {
		if got := r.get(key); got != want {
			t.Errorf("%s: %q", key, got)
		}
	}
	for _, key := range []string{"service.instance.id", "host.name", "os.type", "process.executable.path", "process.runtime.version"} {
		if r.get(key) == "" {
			t.Errorf("no %s", key)
		}
	}
	if again := resourceOf(e); again.get("service.instance.id") == r.get("service.instance.id") ||
		len(again.get("service.instance.id")) != 36 {
		t.Errorf("service.instance.id %q", again.get("service.instance.id"))
	}
	if output() != "" {
		t.Error(output())
	}
	e, _ = containerEnv(t, nil, "OTEL_RESOURCE_ATTRIBUTES=service.name=,k=")
	if r = resourceOf(e); r.get("service.name") != "unknown_service:boot.test" {
		t.Errorf("%v", r.attrs)
	}
	e, output = containerEnv(t, nil, "OTEL_RESOURCE_ATTRIBUTES=k=v,rubbish")
	r = resourceOf(e)
	if r.get("k") != "" || output() == "" || r.get("service.name") != "unknown_service:boot.test" {
		t.Errorf("%v %q", r.attrs, output())
	}
}

func TestDetectors(t *testing.T) {
	for value, want := range map[string]int{"": 6, "all": 6, "none": 0, "none,os": 0, "OS, container": 2, "rubbish,os": 1, "rubbish": 6} {
		e, output := envOf("GOAGENT_RESOURCE_DETECTORS=" + value)
		if got := e.wantedDetectors(); len(got) != want || strings.Contains(value, "rubbish") != (output.Len() > 0) {
			t.Errorf("%q: %v, %s", value, got, output)
		}
	}
	e, _ := envOf("GOAGENT_RESOURCE_DETECTORS=none")
	if r := resourceOf(e); len(r.attrs) != 6 {
		t.Errorf("%v", r.attrs)
	}
}

func TestContainer(t *testing.T) {
	mount := func(source, target string) string {
		return "714 713 254:1 " + source + " " + target + " rw,relatime - ext4 /dev/vda1 rw\n"
	}
	for name, c := range map[string]struct {
		cgroup, mountinfo string
		want              string
	}{
		"v1 docker":              {"12:pids:/docker/" + id + "\n11:cpu:/docker/" + id + "\n", "", id},
		"v1 in kubernetes":       {"3:cpu:/kubepods/burstable/pod" + pod + "/" + id + "\n", "", id},
		"systemd":                {"1:name=systemd:/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope\n", "", id},
		"containerd":             {"1:name=systemd:/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" + id + "\n", "", id},
		"v1 systemd in docker":   {"1:name=systemd:/docker/" + id + "/init.scope\n", "", id},
		"docker in docker":       {"4:cpu:/docker/" + other + "/docker/" + id + "\n", "", id},
		"podman":                 {"0::/machine.slice/libpod-" + id + ".scope/container\n", "", id},
		"v2 without a namespace": {"0::/system.slice/docker-" + id + ".scope\n", "", id},
		"v2 docker": {"0::/\n", mount("/var/lib/docker/containers/"+other+"/resolv.conf", "/etc/resolv.conf") +
			mount("/var/lib/docker/containers/"+id+"/hostname", "/etc/hostname"), id},
		"v2 podman":        {"0::/\n", mount("/containers/storage/overlay-containers/"+id+"/userdata/hostname", "/etc/hostname"), id},
		"v2 in kubernetes": {"0::/\n", mount("/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/"+id+"/hostname", "/etc/hostname"), ""},
		"v2 CRI-O in kubernetes": {"0::/\n", mount("/containers/storage/overlay-containers/"+other+"/userdata/hostname", "/etc/hostname") +
			mount("/var/lib/kubelet/pods/"+pod+"/containers/shop/1b2c", "/dev/termination-log"), ""},
		"a mount of the program's": {"0::/\n", mount("/var/lib/docker/containers/"+id+"/hostname", "/mnt/x"), ""},
		"no container":             {"0::/user.slice/user-1000.slice/session-2.scope\n", mount("/", "/"), ""},
		"rubbish":                  {"\n:::\n0::/" + strings.ToUpper(id) + "\n0::/" + id[1:] + "\n1:" + id, "/ / /\n\n       \n", ""},
		"endless":                  {strings.Repeat("x", maxFileSize) + "\n0::/" + id + "\n", "", ""},
	} {
		e, _ := containerEnv(t, map[string]string{"/proc/self/cgroup": c.cgroup, "/proc/self/mountinfo": c.mountinfo})
		r := &resource{}
		findContainer(e, r)
		if got := r.get("container.id"); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	mounts := map[string]string{"/proc/self/mountinfo": mount("/var/lib/docker/containers/"+other+"/hostname", "/etc/hostname")}
	if e, _ := containerEnv(t, mounts, "KUBERNETES_SERVICE_HOST=10.0.0.1"); resourceOf(e).get("container.id") != "" {
		t.Error("the pod's own container is taken for the program's")
	}
	e, _ := containerEnv(t, nil)
	if err := os.MkdirAll(e.root+"/proc/self/cgroup", 0o777); err != nil {
		t.Fatal(err)
	}
	if e.readLines("/proc/self/cgroup") != nil {
		t.Error("a folder was read")
	}
}

func TestKubernetes(t *testing.T) {
	mounts := "1 2 0:1 / / rw - overlay overlay rw\n" +
		"1 2 8:1 /var/lib/kubelet/pods/" + pod + "/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw\n" +
		"1 2 8:1 /var/lib/kubelet/pods/" + pod + "/containers/shop/1b2c /dev/termination-log rw - ext4 /dev/sda1 rw\n"
	files := map[string]string{"/proc/self/mountinfo": mounts, serviceAccount + "namespace": "eu\n"}
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		files     map[string]string
		variables []string
		want      map[string]string
	}{
		{nil, []string{"POD_NAME=p", "NODE_NAME=n"}, nil},
		{files, nil, map[string]string{"k8s.pod.name": name, "k8s.pod.uid": pod, "k8s.namespace.name": "eu", "k8s.container.name": "shop"}},
		{nil, []string{"KUBERNETES_SERVICE_HOST=10.0.0.1"}, map[string]string{"k8s.pod.name": name}},
		{files, []string{"POD_NAME=p", "POD_NAMESPACE=ns", "NODE_NAME=n", "POD_UID=u", "K8S_CONTAINER_NAME=c",
			"K8S_CLUSTER_NAME=" + strings.Repeat("x", 2000)},
			map[string]string{"k8s.pod.name": "p", "k8s.namespace.name": "ns", "k8s.node.name": "n",
				"k8s.pod.uid": "u", "k8s.container.name": "c"}},
	} {
		e, _ := containerEnv(t, c.files, c.variables...)
		r := &resource{}
		findKubernetes(e, r)
		got := map[string]string{}
		for _, a := range r.attrs {
			got[a.Key] = a.Str
		}
		if len(got) != len(c.want) || len(got) > 0 && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, want %v", c.variables, got, c.want)
		}
	}
}

func TestOS(t *testing.T) {
	e, _ := containerEnv(t, map[string]string{"/etc/os-release": "PRETTY_NAME=x\nNAME=\"A Linux\"\n\nrubbish\nVERSION_ID='12'\n"})
	r := &resource{}
	findOS(e, r)
	if r.get("os.name") != "A Linux" || r.get("os.version") != "12" || r.get("os.type") == "" {
		t.Errorf("%v", r.attrs)
	}
}

func TestServiceVersion(t *testing.T) {
	for _, c := range []struct{ version, revision, modified, want string }{
		{"v1.2.3", "abc", "false", "v1.2.3"}, {"(devel)", "abc", "false", "abc"}, {"", "abc", "true", "abc+dirty"}, {"(devel)", "", "", ""},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.version}}
		if c.revision != "" {
			info.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: c.revision}, {Key: "vcs.modified", Value: c.modified}}
		}
		r := &resource{}
		serviceVersion(info, r)
		if r.get("service.version") != c.want || r.get("vcs.ref.head.revision") != c.revision {
			t.Errorf("%+v: %v", c, r.attrs)
		}
	}
}

// FuzzResource tries any content of system files and environment.
func FuzzResource(f *testing.F) {
	f.Add("1:cpu:/docker/"+id, "1 2 3 /containers/"+id+"/hostname /etc/hostname x", "a=b,c=%41")
	f.Add("0::/cri-containerd-"+id+".scope", "1 2 3 /pods/"+pod+"/containers/c /x y", "=,")
	f.Fuzz(func(t *testing.T, group, mount, variable string) {
		if got := idOfGroup(group); got != "" && !isContainerID(got) {
			t.Error(got)
		}
		if got := idOfMount(mount); got != "" && !isContainerID(got) {
			t.Error(got)
		}
		podOf(strings.Split(mount, "\n"))
		keys, values, ok := parsePairs(variable)
		if len(keys) != len(values) || !ok && keys != nil {
			t.Error(keys, values, ok)
		}
		for i, key := range keys {
			_ = validHeader(key, values[i])
		}
		splitList(variable)
	})
}
