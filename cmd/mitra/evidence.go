package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/evidence"
)

type evidenceCmd struct {
	Export evidenceExportCmd `cmd:"" help:"Write what this node can prove of a conversation into a file."`
	Verify evidenceVerifyCmd `cmd:"" help:"Check such a file, offline. Needs no node."`
}

type evidenceExportCmd struct {
	CID  string `arg:"" name:"cid" help:"The id of the conversation."`
	Out  string `required:"" type:"file" help:"The file to make. It holds personal data." placeholder:"FILE"`
	Peer string `help:"Country or node name of the other node, where several have letters under this id." placeholder:"PEER"`
}

func (c *evidenceExportCmd) Run(e *env) error {
	if !store.IsID(c.CID) { // what was typed may be somebody's name
		return unusable("usage", "such as 0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f, as its letters and events name it", "this is not the id of a conversation")
	}
	if err := e.usable([]output{{"--out", c.Out}}); err != nil {
		return err
	}
	return e.with(func(n *node.Node) error {
		peer := ""
		if c.Peer != "" {
			p, err := findPeer(e, n, c.Peer)
			if err != nil {
				return err
			}
			peer = p.Node
		}
		f, b, err := n.Evidence(e.ctx, c.CID, peer, e.g.As, office, "", nil)
		if err != nil {
			return err
		}
		if err := writeFile(c.Out, 0o600, func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		}); err != nil {
			return &kept{err, "the file was not written; that it was to be stands in the journal"}
		}
		rep := evidence.Verify(f, false)
		return e.answer(map[string]any{"conversation": c.CID, "file": c.Out, "letters": len(f.Letters), "bytes": len(b), "ok": rep.OK, "faults": rep.Faults, "open": rep.Open}, func(w io.Writer) {
			fmt.Fprintf(w, "%s with all that proves them stand in %s, which holds personal data\n", count(len(f.Letters), "letter"), c.Out)
			printFaults(w, rep)
			fmt.Fprintf(w, "whoever has the first cards of both nodes checks it: mitra evidence verify %s --card FIRST.card --card OTHER.card\n", c.Out)
		})
	})
}

type evidenceVerifyCmd struct {
	File    string   `arg:"" type:"file" help:"The evidence."`
	Card    []string `type:"file" help:"The first card of a node, as its authority has handed it over; given twice, for both." placeholder:"FIRST.card"`
	Content bool     `help:"Also print what the letters say: personal data."`
}

// errFaults is the exit status of evidence that proves nothing; its faults have been printed.
var errFaults = errors.New("the evidence does not prove the conversation")

func (c *evidenceVerifyCmd) Run(e *env) error {
	var first []card.Signed
	for _, path := range c.Card {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s, err := card.Parse(b)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if s.Serial != 1 {
			return unusable("not_first_card", "the first card of a node has the serial 1; its authority has it, and so has whoever took it in", "%s: this is card %d of its node", path, s.Serial)
		}
		first = append(first, s)
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	f, err := evidence.Read(file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	rep := evidence.Verify(f, c.Content, first...)
	if err := e.answer(rep, func(w io.Writer) { printEvidence(w, rep) }); err != nil {
		return err
	}
	if !rep.OK {
		return errFaults
	}
	return nil
}

func printEvidence(w io.Writer, rep evidence.Report) {
	names := map[string]string{}
	fmt.Fprintf(w, "conversation %s, told by %s\n", screen(rep.Conversation), screen(rep.Exporter))
	for _, p := range rep.Parties {
		names[p.Node] = p.Country
		fmt.Fprintf(w, "\n%s  %s\n    %s\n    first card: %s\n", p.Country, p.Authority, p.Node, p.Fingerprint)
		if p.Compared {
			fmt.Fprintln(w, "    it is the card that was given")
		} else {
			fmt.Fprintln(w, "    NOT COMPARED: it is the card in the file; compare the seven words with those that the authority reads out, or give its first card with --card")
		}
	}
	name := func(node string) string {
		if short, ok := names[node]; ok && len(rep.Parties) == 2 && rep.Parties[0].Country != rep.Parties[1].Country {
			return short
		}
		return screen(node)
	}
	for _, a := range rep.Agreements {
		fmt.Fprintf(w, "\nagreement %s, version %d, signed by both, from %s to %s\n    %s\n", screen(a.ID), a.Version, a.From, a.Until, a.Hash)
	}
	for _, l := range rep.Letters {
		fmt.Fprintf(w, "\n%s  %s to %s, %s/%s\n    %s", screen(l.Type), name(l.From), name(l.To), screen(l.Article), screen(l.Purpose), l.MID)
		if l.InReplyTo != "" {
			fmt.Fprintf(w, ", after %s", l.InReplyTo)
		}
		fmt.Fprintf(w, "\n    written  %s\n", l.Written)
		tell := func(what, at, more string) {
			if at != "" {
				fmt.Fprintf(w, "    %-8s %s%s\n", what, at, more)
			}
		}
		promised := ""
		if l.Promised {
			promised = ", and in the receiver's book as promised"
		}
		tell("stored", l.Stored, promised)
		if l.Refused != "" {
			tell("refused", l.Judged, ": "+l.Refused)
		} else {
			tell("accepted", l.Judged, "")
		}
		tell("decided", l.Decided, ": answered by "+l.Answer)
		tell("cosigned", l.Cosigned, ", in the book of "+name(rep.Exporter)+", by the other node")
		if l.Payload != nil {
			fmt.Fprintf(w, "    says     %s\n", screen(string(l.Payload)))
		}
	}
	fmt.Fprintln(w)
	printFaults(w, rep)
	if rep.OK {
		by := ""
		if slices.ContainsFunc(rep.Parties, func(p evidence.Party) bool { return !p.Compared }) {
			by = "if the first cards are those of the authorities: "
		}
		fmt.Fprintf(w, "%snothing here was changed, and nothing is missing that something here refers to\n", by)
	}
	fmt.Fprintf(w, "\n%s\n", rep.CannotKnow)
}

func printFaults(w io.Writer, rep evidence.Report) {
	tell := func(what string, f evidence.Fault) {
		fmt.Fprintf(w, "%s %s", what, f.Code)
		if f.Letter != "" {
			fmt.Fprintf(w, " (%s)", screen(f.Letter))
		}
		fmt.Fprintf(w, ": %s\n", screen(f.What))
	}
	for _, f := range rep.Open {
		tell("not shown:", f)
	}
	for _, f := range rep.Faults {
		tell("FAULT", f)
	}
}

// screen is text of a stranger's as it can stand on a screen, with what would move or hide other text escaped.
func screen(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
