package agreement

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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
			path, called := fmt.Sprintf("articles[%d].purposes[%d]", i, j), art.ID+"/"+p.Code+": "
			begins := func(c string) bool { return p.Quota[c] > 0 }
			if !slices.ContainsFunc(p.from(a), begins) {
				warn(path, called+"nobody may begin a conversation")
			}
			if slices.ContainsFunc(p.Follow, func(t string) bool { return slices.Contains(p.Begin, t) }) {
				warn(path+".follow", called+"what begins a conversation may also go on with it, and the quota does not count that")
			}
			if len(p.Fields) > 0 && p.Decides == "node" {
				warn(path+".decides", called+"fields are released and no officer decides")
			}
			var proposed []string
			for _, c := range p.Clocks {
				if c.Proposal {
					proposed = append(proposed, fmt.Sprintf("%s %d", c.Class, c.Hours))
				}
			}
			if proposed != nil {
				warn(path+".clocks", called+"nobody has agreed to these hours: "+strings.Join(proposed, ", "))
			}
			if p.Retention > 365 {
				warn(path+".retention_days", called+"letters are kept for longer than a year")
			}
		}
	}
	return out
}
