package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// A step is a part of a letter's cryptography.
type step struct {
	side, what string
	micros     float64 // of one processor
}

// cryptography measures what one letter costs each side when nothing is stored or sent.
func cryptography(size, letters int) (steps []step, err error) {
	type party struct {
		name string
		keys card.Keys
		card card.Signed
	}
	var kh, id party
	for i, p := range []*party{&kh, &id} {
		p.name = fmt.Sprintf("mitra/%s/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5%d", []string{"KH", "ID"}[i], i)
		if p.keys, err = card.NewKeys(); err != nil {
			return nil, err
		}
		cert, err := courier.Certificate(courier.NewIdentity(), p.name)
		if err != nil {
			return nil, err
		}
		if p.card, err = card.Make(card.Details{
			Node: p.name, Authority: "An authority", TLS: []string{courier.Pin(cert.Leaf)}, Journal: make([]byte, 32), Endpoint: "https://127.0.0.1:8443",
		}, p.keys, time.Now().Unix()-60); err != nil {
			return nil, err
		}
	}
	peer := courier.Peer{Node: id.name, Cards: card.Chain{id.card}}
	of := func(p party) letter.Keys { return letter.KeysOf(card.Chain{p.card}, time.Now().Unix()) }
	body := payload(size)
	texts, envelopes := make([]string, letters), make([]letter.Envelope, letters)
	stored, judged := make([]string, letters), make([]string, letters)
	measure := func(side, what string, do func(i int) error) {
		if err != nil {
			return
		}
		begun := processor()
		for i := range letters {
			if err = do(i); err != nil {
				return
			}
		}
		steps = append(steps, step{side, what, float64((processor() - begun).Microseconds()) / float64(letters)})
	}
	measure("sender", "sign and seal", func(i int) error {
		mid, err := letter.NewID()
		if err != nil {
			return err
		}
		now := time.Now().Unix()
		s, err := courier.Seal(letter.Letter{Type: "ping", Payload: body, Header: letter.Header{
			Issuer: kh.name, Audience: id.name, ID: mid, Conversation: mid, Issued: now, Expires: now + 3600, Schema: letter.SchemaID("ping"),
		}}, peer, kh.keys)
		texts[i] = s.Envelope
		return err
	})
	measure("receiver", "verify the envelope", func(i int) (err error) {
		envelopes[i], err = letter.ParseEnvelope(texts[i], of(kh))
		return err
	})
	measure("receiver", "sign R1", func(i int) (err error) {
		stored[i], err = letter.Stored(envelopes[i], envelopes[i].Hash(), "", time.Now().Unix()).Sign(id.keys.Current)
		return err
	})
	measure("sender", "verify R1", func(i int) error {
		_, err := letter.ParseReceipt(stored[i], of(id))
		return err
	})
	measure("receiver", "read again, open, verify the letter", func(i int) error {
		e, err := letter.ReadEnvelope(texts[i], of(kh))
		if err != nil {
			return err
		}
		_, err = e.Open(id.keys.Opener, of(kh))
		return err
	})
	measure("receiver", "sign R2", func(i int) error {
		r, err := letter.Judged(envelopes[i], nil, time.Now().Unix())
		if err != nil {
			return err
		}
		judged[i], err = r.Sign(id.keys.Current)
		return err
	})
	measure("sender", "verify R2", func(i int) error {
		_, err := letter.ParseReceipt(judged[i], of(id))
		return err
	})
	return steps, err
}

// processor is the time that this process has had on processors.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// durable is the median of how long the disk takes to keep 8 KiB.
func durable(dir string) (time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "durable"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var took []time.Duration
	page := make([]byte, 8<<10)
	for range 300 {
		begun := time.Now()
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
