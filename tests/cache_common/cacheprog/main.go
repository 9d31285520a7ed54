// Cacheprog serves a folder as Go's build cache by the protocol of GOCACHEPROG. The folder is laid out as Go's own build cache
// is, so that one that is there already can be shared.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

type request struct {
	ID       int64
	Command  string
	ActionID []byte
	OutputID []byte
	ObjectID []byte // its name before Go 1.24
	BodySize int64
}

type response struct {
	ID            int64
	Err           string     `json:",omitempty"`
	KnownCommands []string   `json:",omitempty"`
	Miss          bool       `json:",omitempty"`
	OutputID      []byte     `json:",omitempty"`
	Size          int64      `json:",omitempty"`
	Time          *time.Time `json:",omitempty"`
	DiskPath      string     `json:",omitempty"`
}

var folder = os.Args[1]

func main() {
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := json.NewEncoder(os.Stdout)
	out.Encode(response{KnownCommands: []string{"get", "put", "close"}})
	for {
		var r request
		if in.Decode(&r) != nil {
			return
		}
		answer := response{ID: r.ID}
		var err error
		switch r.Command {
		case "get":
			err = get(&r, &answer)
		case "put":
			var body []byte
			if r.BodySize > 0 {
				err = in.Decode(&body)
			}
			if err == nil {
				err = put(&r, body, &answer)
			}
		}
		if err != nil {
			answer.Err = err.Error()
		}
		out.Encode(answer)
		if r.Command == "close" {
			return
		}
	}
}

func path(id []byte, kind string) string {
	name := hex.EncodeToString(id)
	return filepath.Join(folder, name[:2], name+kind)
}

func get(r *request, answer *response) error {
	entry, err := os.ReadFile(path(r.ActionID, "-a"))
	if err != nil {
		answer.Miss = true
		return nil
	}
	var action, output string
	var size, unix int64
	if _, err := fmt.Sscanf(string(entry), "v1 %s %s %d %d", &action, &output, &size, &unix); err != nil {
		return err
	}
	answer.OutputID, err = hex.DecodeString(output)
	if err != nil {
		return err
	}
	answer.DiskPath = path(answer.OutputID, "-d")
	if info, err := os.Stat(answer.DiskPath); err != nil || info.Size() != size {
		*answer = response{ID: r.ID, Miss: true}
		return nil
	}
	at := time.Unix(0, unix)
	answer.Size, answer.Time = size, &at
	return nil
}

func put(r *request, body []byte, answer *response) error {
	output := r.OutputID
	if output == nil {
		output = r.ObjectID
	}
	answer.DiskPath = path(output, "-d")
	if err := write(answer.DiskPath, body); err != nil {
		return err
	}
	entry := fmt.Sprintf("v1 %x %x %20d %20d\n", r.ActionID, output, len(body), time.Now().UnixNano())
	return write(path(r.ActionID, "-a"), []byte(entry))
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "new")
	if err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
