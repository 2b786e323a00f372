package main

import (
	"errors"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// misused says what is wrong with a command line, in this program's words, and
// whose help to read.
func misused(err error) error {
	message, command := err.Error(), "mitra"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		node := parse.Context.Selected()
		if node != nil {
			command = node.FullPath()
		} else {
			node = parse.Context.Model.Node
		}
		if strings.HasPrefix(message, "expected one of ") || strings.HasPrefix(message, "expected ") && len(node.Positional) == 0 {
			message = "say what: mitra " + strings.TrimPrefix(command+" ", "mitra ") + verbs(node)
		}
	}
	for _, r := range rewritten {
		message = r.kong.ReplaceAllString(message, r.ours)
	}
	message = strings.ReplaceAll(message, `","`, `", "`)
	return unusable("usage", command+" --help says what can stand there", "%s", message)
}

// verbs are what can follow a noun.
func verbs(noun *kong.Node) string {
	var names []string
	for _, c := range noun.Children {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, "|")
}

// rewritten are messages of package kong that speak of its own workings.
var rewritten = []struct {
	kong *regexp.Regexp
	ours string
}{
	{regexp.MustCompile(`^(--[\w-]+)(?:=\S+)?: expected \w+ value but got "EOL" \(<EOL>\)$`), "$1 needs a value"},
	{regexp.MustCompile(`^(--[\w-]+)(?:=\S+)?: expected \w+ value but got "(\S+)" \((?:short|long) flag\).*$`), "$1 needs a value; if it is $2, write $1=$2"},
	{regexp.MustCompile(`^(--[\w-]+)(?:=\S+)?: expected (?:an int|a valid \d+ bit u?int) but got ("[^"]*").*$`), "$1: want a whole number, not $2"},
	{regexp.MustCompile(`^(--[\w-]+)(?:=\S+)?: expected a float but got ("[^"]*").*$`), "$1: want a number, not $2"},
	{regexp.MustCompile(`^(--[\w-]+): bool value must be .* but got ("[^"]*")$`), "$1: want true or false, not $2"},
	{regexp.MustCompile(`^flag (--\S+) applies to the default command "\w+", not "(\w+)"$`), "write $1 behind the word $2"},
	// What was typed may be somebody's name: it is not said again.
	{regexp.MustCompile(`^unexpected argument [^,]*$`), "there is more than belongs here; what has several words stands in quote marks"},
	{regexp.MustCompile(`^unknown flag -[a-z-]*[^a-z,-][^,]*`), "unknown flag"},
	{regexp.MustCompile(`^expected "(.*)"$`), "missing: $1"},
	{regexp.MustCompile(`^missing flags?: `), "missing: "},
	{regexp.MustCompile(`^(.*) must be one of (\S+) but got (".*")$`), "$1: want one of $2, not $3"},
}
