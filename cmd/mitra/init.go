package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"mitra/identity/person"
	"mitra/node"
	"mitra/node/keyring"
)

type initCmd struct {
	Country    string `required:"" help:"The state, in two letters." placeholder:"KH"`
	Authority  string `required:"" help:"The authority's name, as letters and reports carry it." placeholder:"NAME"`
	DBFile     string `type:"file" name:"db-file" help:"A file (mode 0600) that holds a PostgreSQL DSN; default SQLite in the node's folder, or the DSN in $MITRA_DB." placeholder:"FILE"`
	Exchange   string `help:"Where the node listens to its peers (default 127.0.0.1:8443; port 0 picks a free one)." placeholder:"ADDR"`
	Endpoint   string `help:"How peers reach it: https://host:port if that is another address, or none if nobody can call it." placeholder:"URL"`
	Desk       string `help:"Where officers' browsers reach it on this machine (default 127.0.0.1:8080)." placeholder:"ADDR"`
	Metrics    string `help:"Where health and metrics are told on this machine (default 127.0.0.1:9090)." placeholder:"ADDR"`
	Passphrase bool   `help:"Put the secret files under a passphrase. It is asked for, or read from the file that $MITRA_PASSPHRASE_FILE names, or from systemd's credential passphrase."`
}

func (c *initCmd) Run(e *env) error {
	country, err := person.ParseCountry(c.Country)
	if err != nil || country == "" || len(strings.TrimSpace(c.Country)) != 2 {
		return unusable("bad_country", "such as --country KH", "--country: want the two letters of a state")
	}
	if name := strings.TrimSpace(c.Authority); name == "" || strings.ContainsFunc(name, unicode.IsControl) {
		return unusable("bad_authority", `such as --authority "General Department of Immigration"`, "--authority: want the name of the authority, in one line")
	}
	home := node.Home(e.home())
	var passphrase *keyring.Passphrase
	if c.Passphrase {
		passphrase = e.passphrase()
	}
	err = node.Init(e.ctx, home, node.Setup{
		Country: strings.TrimSpace(c.Country), Authority: strings.TrimSpace(c.Authority),
		DSNFile: c.DBFile, DSN: os.Getenv("MITRA_DB"), Actor: e.g.As, Passphrase: passphrase,
		Exchange: c.Exchange, Desk: c.Desk, Metrics: c.Metrics, Endpoint: c.Endpoint,
	})
	if err != nil {
		return err
	}
	return e.answer(map[string]string{"home": string(home), "country": strings.ToUpper(strings.TrimSpace(c.Country))}, func(w io.Writer) {
		fmt.Fprintf(w, "a node stands in %s\nnext: %s import residents FILE.csv\nor, for the exchange with another authority: %s peer card --out FILE.card\n", string(home), e.self(), e.self())
	})
}
