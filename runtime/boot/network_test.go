package boot

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	stdlog "log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"goagent/agent"
)

// newCertificate makes a self-signed key pair for servers and clients at 127.0.0.1, and its files.
func newCertificate(t *testing.T) (pair tls.Certificate, certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, kind string, b []byte) (string, []byte) {
		text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b})
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path, text
	}
	certificate, c := write("certificate.pem", "CERTIFICATE", der)
	key, k := write("key.pem", "EC PRIVATE KEY", bytes)
	pair, err = tls.X509KeyPair(c, k)
	if err != nil {
		t.Fatal(err)
	}
	return pair, certificate, key
}

// exportOneSpan makes one span with this environment and returns what happened to it.
func exportOneSpan(t *testing.T, variables ...string) (exported, failed uint64, output string) {
	t.Helper()
	e, out := envOf(append(variables, "OTEL_TRACES_EXPORTER=otlp", "OTEL_LOG_LEVEL=info")...)
	p := configure(e)
	if p == nil {
		t.Fatal(out)
	}
	agent.Enable(p.agent)
	agent.StartInternal(nil, "s").EndErr(nil)
	agent.Disable()
	p.flush(time.Minute)
	p.reportTotals()
	c := p.pipelines[0].Counts()
	return c.Exported, c.Failed, out.String()
}

func TestTLS(t *testing.T) {
	server, serverFile, _ := newCertificate(t)
	client, clientFile, clientKey := newCertificate(t)
	clients := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(client.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	clients.AddCert(leaf)
	requests := 0
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { requests++ }))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
	s.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	at := "OTEL_EXPORTER_OTLP_ENDPOINT=" + s.URL
	bare := "OTEL_EXPORTER_OTLP_ENDPOINT=" + strings.TrimPrefix(s.URL, "https://")
	ca := "OTEL_EXPORTER_OTLP_CERTIFICATE=" + serverFile
	cert := "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE=" + clientFile
	key := "OTEL_EXPORTER_OTLP_CLIENT_KEY=" + clientKey
	for name, c := range map[string]struct {
		variables []string
		exported  uint64
	}{
		"both":                    {[]string{at, ca, cert, key}, 1},
		"without a scheme":        {[]string{bare, "OTEL_EXPORTER_OTLP_INSECURE=false", ca, cert, key}, 1},
		"who is the server":       {[]string{at, cert, key}, 0},
		"another one's authority": {[]string{at, cert, key, "OTEL_EXPORTER_OTLP_CERTIFICATE=" + clientFile}, 0},
		"who is the client":       {[]string{at, ca}, 0},
		"not by TLS":              {[]string{bare, ca, cert, key}, 0},
	} {
		requests = 0
		exported, failed, output := exportOneSpan(t, c.variables...)
		if exported != c.exported || failed != 1-c.exported || requests != int(c.exported) {
			t.Errorf("%s: %d exported, %d failed, %d requests; %s", name, exported, failed, requests, output)
		}
	}
}

// TestLog checks that losses and totals are logged if asked for, without addresses that contain
// keys and without the endpoint's response.
func TestLog(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		fmt.Fprint(w, "rubbish")
	}))
	defer s.Close()
	_, _, output := exportOneSpan(t, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="+s.URL+"/?key=secret")
	want := "goagent: 1 spans are lost: the endpoint has answered 400 Bad Request\ngoagent: spans: otlp 0 exported, 1 " +
		"failed, 0 without room in the queue\n"
	if output != want {
		t.Errorf("%q", output)
	}
	_, _, output = exportOneSpan(t, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:1/?key=secret")
	if strings.Contains(output, "secret") || !strings.Contains(output, "1 spans are lost: dial tcp 127.0.0.1:1") {
		t.Errorf("%q", output)
	}
	for level, want := range map[string]bool{"": false, "none": false, "ERROR": true, "debug": true, "loud": false} {
		e, out := envOf("OTEL_LOG_LEVEL=" + level)
		if l := logOf(e); (l != nil) != want || (level == "loud") != (out.Len() > 0) {
			t.Errorf("%s: %v %s", level, l, out)
		}
	}
}

func TestPrometheus(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	host := "OTEL_EXPORTER_PROMETHEUS_HOST=127.0.0.1"
	e, out := envOf(host, "OTEL_EXPORTER_PROMETHEUS_PORT="+port)
	if servePrometheusAt(e, "", nil) != nil || !strings.Contains(out.String(), "cannot listen at 127.0.0.1:"+port) {
		t.Error(out)
	}
	_ = l.Close()
	s := servePrometheusAt(e, "text/plain", func(w io.Writer) { fmt.Fprint(w, "up 1\n") })
	if s == nil {
		t.Fatal(out)
	}
	defer s.Close()
	answer, err := http.Get("http://127.0.0.1:" + port + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(answer.Body); err != nil || body.String() != "up 1\n" {
		t.Error(body.String(), err)
	}
}
