package node

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// A fault is what is wrong with a key of a file of settings, or with several, and how to mend it. A key in a table is a
// path, such as office[1].zone.
type fault struct{ key, says string }

// unreadable is the error of a text that is no TOML: what stands behind the place cannot be told.
func unreadable(file string, err error) error {
	var pe toml.ParseError
	if errors.As(err, &pe) {
		return fmt.Errorf("%w: %s line %d: %s", ErrConfig, file, pe.Position.Line, pe.Message)
	}
	return fmt.Errorf("%w: %s: %w", ErrConfig, file, err)
}

// misconfigured is the error of all faults in the order of the file; nil if there are none.
func misconfigured(file string, text []byte, faults []fault) error {
	if len(faults) == 0 {
		return nil
	}
	lines := linesOf(string(text))
	slices.SortStableFunc(faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(lines.of(a.key), lines.of(b.key)), strings.Compare(a.key, b.key))
	})
	told := make([]string, len(faults))
	for i, f := range faults {
		where := file
		if n := lines.of(f.key); n > 0 {
			where += fmt.Sprintf(" line %d", n)
		}
		if where != "" {
			where += ": "
		}
		told[i] = where + f.key + ": " + f.says
	}
	return fmt.Errorf("%w: %s", ErrConfig, strings.Join(told, "\n"))
}

// lines are the lines of a text in which its keys stand, by their paths.
type lines map[string]int

var (
	header   = regexp.MustCompile(`^\s*\[(\[?)\s*([^\[\]]+?)\s*\]`)
	keyValue = regexp.MustCompile(`^\s*([A-Za-z0-9_."'\- \t]+?)\s*=`)
	quotes   = strings.NewReplacer(`"`, "", "'", "", " ", "", "\t", "")
)

// linesOf finds the keys of a text: those that begin a line. A text of which a value goes over several lines may have
// something in it that looks like a key; then a wrong line is told.
func linesOf(text string) lines {
	found := lines{}
	seen := map[string]int{} // tables of a list
	put := func(path string, n int) {
		if found[path] == 0 {
			found[path] = n
		}
	}
	table := ""
	for i, line := range strings.Split(text, "\n") {
		if m := header.FindStringSubmatch(line); m != nil {
			table = ""
			parts := strings.Split(quotes.Replace(m[2]), ".")
			for j, part := range parts {
				table = strings.TrimPrefix(table+"."+part, ".")
				if m[1] != "" && j == len(parts)-1 {
					put(table, i+1)
					seen[table]++
				}
				if n := seen[table]; n > 0 {
					table += fmt.Sprintf("[%d]", n-1)
				}
			}
			put(table, i+1)
		} else if m := keyValue.FindStringSubmatch(line); m != nil {
			put(strings.TrimPrefix(table+"."+quotes.Replace(m[1]), "."), i+1)
		}
	}
	return found
}

// of is the line of a key, or of the nearest table around it that has one; 0 if there is none.
func (l lines) of(key string) int {
	path, _, _ := strings.Cut(key, ",")
	for path != "" {
		if n := l[path]; n > 0 {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}
