package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"mitra/desk/office"
)

// Headers of a webhook.
const (
	// SignatureHeader is sha256= and the HMAC-SHA256 of the body in hexadecimal, where the node has a key for it.
	SignatureHeader = "Mitra-Signature"
	// IDHeader is the same where a notice comes twice.
	IDHeader = "Mitra-Notice"
)

// body is what a webhook gets.
type body struct {
	Kind  string    `json:"kind"`
	Class string    `json:"class"`
	Due   time.Time `json:"due"`
	Count int       `json:"count"`
	Node  string    `json:"node"`
}

func (s *Sender) hook(ctx context.Context, address string, m office.Message) error {
	text, err := json.Marshal(body{m.Kind, m.Class, m.Due.UTC().Truncate(time.Second), m.Count, s.Node})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return errors.New("the address of the webhook cannot be read")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(IDHeader, m.ID)
	if len(s.Key) > 0 {
		mac := hmac.New(sha256.New, s.Key)
		mac.Write(text)
		req.Header.Set(SignatureHeader, "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	// A redirection is an answer like any other that is no success: the notice is for the address in the rota.
	client := http.Client{Transport: s.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		if outer := (*url.Error)(nil); errors.As(err, &outer) { // it has the address, which may hold a secret
			err = outer.Err
		}
		return fmt.Errorf("webhook: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("webhook: answered with status %d", res.StatusCode)
	}
	return nil
}
