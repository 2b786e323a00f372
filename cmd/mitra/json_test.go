package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/alecthomas/kong"
)

// TestEveryCommandSpeaksJSON: the script runs every command with --json, once to
// its end and once into an error. What serve prints when it is ready, others wait for; and a node of
// this version has its keys for the exchange.
func TestEveryCommandSpeaksJSON(t *testing.T) {
	script, err := os.ReadFile("testdata/node/json.txtar")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := kong.New(&grammar{}, kong.Name("mitra"), kong.NamedMapper("file", kong.MapperFunc(fileName)))
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(true) {
		for _, way := range []string{"", "! "} {
			line := regexp.MustCompile(`(?m)^` + way + `exec ` + command.FullPath() + ` .*--json\njson `)
			if unending := way == "" && (command.FullPath() == "mitra serve" || command.FullPath() == "mitra keys exchange"); !unending && !line.Match(script) {
				t.Errorf("no line %q", line)
			}
		}
	}
}
