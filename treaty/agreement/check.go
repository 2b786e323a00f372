package agreement

import (
	"fmt"
	"maps"
	"slices"
)

// A Warning is something that people should look at before they sign. It is no
// fault.
type Warning struct {
	Path string // into the document
	Text string // in English
}

// Check returns what somebody should look at, in the order of the document.
func (a Agreement) Check() (out []Warning) {
	warn := func(path, text string) { out = append(out, Warning{path, text}) }
	for _, l := range slices.Sorted(maps.Keys(a.Reviewed)) {
		if !a.Reviewed[l] {
			warn("reviewed."+l, "no speaker has reviewed the texts in this language")
		}
	}
	if a.Draft {
		warn("draft", "it still says that it is a draft")
	}
	for i, art := range a.Articles {
		for j, p := range art.Purposes {
			path := fmt.Sprintf("articles[%d].purposes[%d]", i, j)
			begins := func(c string) bool { return p.Quota[c] > 0 }
			if !slices.ContainsFunc(p.from(a), begins) {
				warn(path, "nobody may begin a conversation")
			}
			if slices.ContainsFunc(p.Follow, func(t string) bool { return slices.Contains(p.Begin, t) }) {
				warn(path+".follow", "what begins a conversation may also go on with it, and the quota does not count that")
			}
			if len(p.Fields) > 0 && p.Decides == "node" {
				warn(path+".decides", "fields are released and no officer decides")
			}
			for k, c := range p.Clocks {
				if c.Proposal {
					warn(fmt.Sprintf("%s.clocks[%d]", path, k), "the hours are a proposal")
				}
			}
			if p.Retention > 365 {
				warn(path+".retention_days", "letters are kept for longer than a year")
			}
		}
	}
	return out
}
