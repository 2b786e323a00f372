package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/alecthomas/kong"
)

// grammar is every command. A noun has a file of its own.
type grammar struct {
	JSON bool   `name:"json" help:"Print one JSON object on standard output and nothing else there."`
	Home string `help:"The node's folder (default $MITRA_HOME, else ./mitra-home)." placeholder:"DIR"`
	As   string `help:"Who acts; stands in every event." placeholder:"OFFICER" default:"cli"`

	Link    linkCmd    `cmd:"" help:"Find the records of one person in one or two CSV files. Needs no node."`
	Name    nameCmd    `cmd:"" help:"Compare names."`
	Init    initCmd    `cmd:"" help:"Make a node: keys, database, journal."`
	Import  importCmd  `cmd:"" help:"Load a register into the node."`
	Status  statusCmd  `cmd:"" help:"Determine the status of residents."`
	Log     logCmd     `cmd:"" help:"The journal."`
	Demo    demoCmd    `cmd:"" help:"Make a synthetic corridor and work on it."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// env is what a command works with.
type env struct {
	ctx  context.Context
	in   io.Reader
	out  io.Writer
	errw io.Writer
	g    grammar
	json bool // known even where the command line could not be read
}

func (e *env) dispatch(args []string) error {
	e.json = slices.Contains(args, "--json")
	if len(args) == 0 {
		args = []string{"--help"}
	}
	exited := false
	parser, err := kong.New(&e.g,
		kong.Name("mitra"),
		kong.Description("Determines the status of migrants, and lets two authorities ask each other about one person at a time.\n\nExit status: 0 done, 1 the operation failed, 2 the command or its input is unusable."),
		kong.Writers(e.out, e.errw),
		kong.Exit(func(int) { exited = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.UsageOnError(),
	)
	if err != nil {
		return err
	}
	k, err := parser.Parse(args)
	if exited {
		return nil // help was asked for and printed
	}
	if err != nil {
		return &usageError{err}
	}
	return k.Run(e)
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

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

// answer prints the result of a command: v as JSON if it was asked for, else
// what text writes.
func (e *env) answer(v any, text func(w io.Writer)) error {
	var b bytes.Buffer
	if e.json {
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return err
		}
	} else {
		text(&b)
	}
	_, err := e.out.Write(b.Bytes())
	return err
}

// say prints a line of progress on standard error.
func (e *env) say(format string, args ...any) { fmt.Fprintf(e.errw, format+"\n", args...) }
