package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// version is the release; builds from a checkout add the commit.
const version = "0.1.0"

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	v := struct {
		Version  string `json:"version"`
		Revision string `json:"revision,omitempty"`
		Go       string `json:"go"`
	}{Version: version, Go: runtime.Version()}
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				v.Revision = s.Value
			}
		}
	}
	return e.answer(v, func(w io.Writer) {
		fmt.Fprintf(w, "mitra %s", v.Version)
		if v.Revision != "" {
			fmt.Fprintf(w, " (%.12s)", v.Revision)
		}
		fmt.Fprintf(w, ", %s\n", v.Go)
	})
}
