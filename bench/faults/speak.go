//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/courier"
)

// A voice speaks in a node's name, with its keys, past its process.
type voice struct {
	h       *home
	courier *courier.Courier
	keys    card.Keys // as they were when the voice was made
	own     card.Chain
	peers   map[string]courier.Peer
	client  *http.Client
}

// voice makes one.
func (h *home) voice(ctx context.Context) (v *voice, err error) {
	v = &voice{h: h, peers: map[string]courier.Peer{}}
	err = h.with(ctx, func(n *node.Node) error {
		if v.courier, err = h.courier(ctx, n); err != nil {
			return err
		}
		v.keys = v.courier.Keys()
		return n.DB.Read(ctx, func(tx *store.Tx) error {
			peers, err := courier.Peers(tx)
			for _, p := range peers {
				v.peers[p.Node] = p
			}
			if err == nil {
				v.own, err = courier.Cards(tx, n.Name())
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	keys := v.keys
	v.courier.Keys = func() card.Keys { return keys } // the node is closed
	v.client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{v.courier.Certificate}},
		MaxIdleConnsPerHost: 16,
	}}
	return v, nil
}

// ask sends a request straight to a node, and returns the status and the body of the answer.
func (v *voice) ask(ctx context.Context, to *home, method, path string, body io.Reader, header ...string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "https://"+to.exchange+path, body)
	if err != nil {
		return 0, nil, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := v.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, b, err
}

// An outcome of a letter that was sent so: its receipt, or the code of the problem.
type taken struct{ receipt, code string }

// send sends envelopes in one request.
func (v *voice) send(ctx context.Context, to *home, envelopes ...string) ([]taken, error) {
	body, err := json.Marshal(map[string]any{"envelopes": envelopes})
	if err != nil {
		return nil, err
	}
	status, b, err := v.ask(ctx, to, http.MethodPost, "/mxp/v1/letters", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d %s", to.country, status, b)
	}
	var a struct {
		Results []struct {
			Receipt string
			Problem struct{ Type string }
		}
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return nil, err
	}
	var out []taken
	for _, r := range a.Results {
		out = append(out, taken{r.Receipt, strings.TrimPrefix(r.Problem.Type, "urn:mxp:error:")})
	}
	if len(out) != len(envelopes) {
		return nil, fmt.Errorf("%d results for %d letters", len(out), len(envelopes))
	}
	return out, nil
}

// want sends an envelope and wants it refused with a code, or taken if that is empty.
func (v *voice) want(ctx context.Context, to *home, envelope, code string) error {
	got, err := v.send(ctx, to, envelope)
	if err == nil && got[0].code != code {
		err = fmt.Errorf("a letter is answered %q, want %q", got[0].code, code)
	}
	return err
}

// envelopes are the envelopes of a flow, as its sender has them.
func (f *flow) envelopes(ctx context.Context) (out []string, err error) {
	err = f.from.with(ctx, func(n *node.Node) error {
		return n.DB.Read(ctx, func(tx *store.Tx) error {
			at := map[string]string{}
			if err := rows(tx, func(v []string) error {
				at[v[0]] = v[1]
				return nil
			}, 2, `SELECT mid, envelope FROM outbox WHERE peer = $1`, f.to.name); err != nil {
				return err
			}
			out = nil
			for _, mid := range f.mids {
				out = append(out, at[mid])
			}
			return nil
		})
	})
	return out, err
}
