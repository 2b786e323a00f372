package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"

	"mitra/node/keyring"
)

// grammar is every command. A noun has a file of its own.
type grammar struct {
	JSON bool   `name:"json" help:"Print one JSON object on standard output and nothing else there."`
	Home string `type:"file" help:"The node's folder (default $MITRA_HOME, else ./mitra-home)." placeholder:"DIR"`
	As   string `help:"Who acts; stands in every event (default cli)." placeholder:"OFFICER" default:"cli"`

	Link      linkCmd      `cmd:"" help:"Find the records of one person in one or two files. Needs no node."`
	Name      nameCmd      `cmd:"" help:"Compare names. Needs no node."`
	MRZ       mrzCmd       `cmd:"" name:"mrz" help:"Machine-readable zones of travel documents. Needs no node."`
	Init      initCmd      `cmd:"" help:"Make a node: keys, database, journal."`
	Import    importCmd    `cmd:"" help:"Load a register into the node."`
	Batch     batchCmd     `cmd:"" help:"Lists that were loaded."`
	Status    statusCmd    `cmd:"" help:"Determine the status of residents."`
	Person    personCmd    `cmd:"" help:"People in the registers."`
	Log       logCmd       `cmd:"" help:"The journal."`
	Serve     serveCmd     `cmd:"" help:"Run the node: letters to and from its peers."`
	Doctor    doctorCmd    `cmd:"" help:"Look at everything that can be wrong with the node, and say how to mend it."`
	Peer      peerCmd      `cmd:"" help:"The nodes that this one exchanges letters with."`
	Agreement agreementCmd `cmd:"" help:"What this node and a peer may say to each other."`
	Enquiry   enquiryCmd   `cmd:"" help:"Ask a peer about one person, and answer what peers ask."`
	Courier   courierCmd   `cmd:"" help:"Letters on their way."`
	Evidence  evidenceCmd  `cmd:"" help:"Prove a conversation with a peer to somebody else, and check such a proof."`
	Office    officeCmd    `cmd:"" help:"The offices of the node, and those of other agencies that are its guests."`
	Officer   officerCmd   `cmd:"" help:"Who may sign in at the desk in a browser."`
	Keys      keysCmd      `cmd:"" help:"The node's secret files, and the passphrase they are under."`
	Backup    backupCmd    `cmd:"" help:"Write an encrypted backup of the node, beside commands that run."`
	Restore   restoreCmd   `cmd:"" help:"Make a node of a backup where there is none, or check a backup."`
	Demo      demoCmd      `cmd:"" help:"Make a synthetic corridor and work on it. Needs no node: it makes one."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

const description = `Determines the status of migrants, and lets two authorities ask each other about one person at a time.

To see it work: mitra demo. To begin with files of your own: mitra init, mitra import, mitra status run. Without a node: mitra link.

Exit status: 0 done, 1 the operation failed, 2 the command or its input is unusable.`

// env is what a command works with.
type env struct {
	ctx  context.Context
	in   io.Reader
	out  io.Writer
	errw io.Writer
	g    grammar
	json bool // known even where the command line could not be read

	keys *keyring.Passphrase // see env.passphrase
}

func (e *env) dispatch(args []string) error {
	e.json = asksJSON(args)
	empty := func(a string) bool { return a == "" || strings.HasPrefix(a, "--") && strings.HasSuffix(a, "=") }
	if slices.ContainsFunc(args, empty) && !slices.Contains(args, "compare") { // of two names one can be empty
		return unusable("usage", "perhaps a variable of the shell has no value; what is not meant is left out", "an argument is empty")
	}
	exited := false
	var help bytes.Buffer
	out := e.out // whose width the help is made for
	if e.json {
		out = &help
	}
	parser, err := kong.New(&e.g,
		kong.Name("mitra"),
		kong.Description(description),
		kong.Writers(out, e.errw),
		kong.NamedMapper("file", kong.MapperFunc(fileName)),
		kong.Exit(func(int) { exited = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return err
	}
	k, err := parser.Parse(habits(args))
	if exited && e.json {
		return e.answer(map[string]string{"help": help.String()}, nil)
	}
	if exited {
		return nil // help was asked for and printed
	}
	if err != nil {
		return misused(err)
	}
	if as := e.g.As; len(as) > 80 || strings.TrimSpace(as) != as || as == "" || strings.ContainsFunc(as, unicode.IsControl) {
		return unusable("usage", "an officer has a short name of one line, such as --as counter-3", "--as: this cannot stand in the journal as the name of an officer")
	}
	return k.Run(e)
}

// asksJSON reports whether --json is asked for, also where the rest of the
// command line cannot be read. The last word counts.
func asksJSON(args []string) (asked bool) {
	for _, a := range args {
		switch a, value, given := strings.Cut(a, "="); {
		case a == "--":
			return asked
		case a == "--json":
			asked = !given || !slices.Contains([]string{"false", "0", "no"}, strings.ToLower(value))
		}
	}
	return asked
}

// fileName takes the name of a file or folder (type:"file") as it is. The
// parser's own way with a text replaces bytes that are no UTF-8, and the name
// would be that of no file. A flag that can be given several times gets each.
func fileName(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	if target.Kind() == reflect.Slice {
		target.Set(reflect.Append(target, reflect.ValueOf(token.String())))
		return nil
	}
	target.SetString(token.String())
	return nil
}

// habits takes what people type out of habit for what they mean by it.
func habits(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	case args[0] == "--version":
		return append([]string{"version"}, args[1:]...)
	}
	// The id of a key can begin with a hyphen, and is no flag.
	for i := 2; i < len(args); i++ {
		if args[i-2] == "keys" && args[i-1] == "revoke" && keyID.MatchString(args[i]) {
			return slices.Concat(args[:i], args[i+1:], []string{"--", args[i]})
		}
	}
	return args
}

// keyID is the id of a key that looks like a flag.
var keyID = regexp.MustCompile(`^-[A-Za-z0-9_-]{21}$`)

// home is the node's folder.
func (e *env) home() string {
	if e.g.Home != "" {
		return e.g.Home
	}
	if h := os.Getenv("MITRA_HOME"); h != "" {
		return h
	}
	return "mitra-home"
}

// errAnswer: the command is done, but nobody can be told.
var errAnswer = errors.New("the command is done, but its result could not be written")

// answer prints the result of a command: v as JSON if it was asked for, else
// what text writes.
func (e *env) answer(v any, text func(w io.Writer)) error {
	var b bytes.Buffer
	if e.json {
		if err := encode(&b, v); err != nil {
			return err
		}
	} else {
		text(&b)
	}
	if _, err := e.out.Write(b.Bytes()); err != nil {
		return fmt.Errorf("%w: %w", errAnswer, err)
	}
	return nil
}

// encode writes v as one line of JSON, for terminals and scripts and not for
// web pages: < stays <.
func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// say prints a line on standard error.
func (e *env) say(format string, args ...any) { fmt.Fprintf(e.errw, format+"\n", args...) }

// count is a number with its noun.
func count[N int | int64](n N, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// interruptible runs work that takes no context. If the context ends first the
// command is over, and the work ends with the process.
func interruptible[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := work()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
