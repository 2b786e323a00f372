package courier

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mitra/treaty/letter"
)

const problemType = "urn:mxp:error:"

// A problem is a refusal as it goes over the wire (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// problemOf is the problem document of a refusal. What a receipt tells otherwise has status 422
// here.
func problemOf(err error) problem {
	code := letter.CodeOf(err)
	p := problem{Type: problemType + string(code), Title: code.Title(), Status: code.Status()}
	if p.Status == 0 {
		p.Status = http.StatusUnprocessableEntity
	}
	if r, ok := errors.AsType[*letter.Refusal](err); ok && r.Err != nil {
		p.Detail = r.Err.Error()
	}
	return p
}

// refusal is the refusal that a problem document tells of. What a peer writes beside the code is
// not repeated.
func (p problem) refusal() error {
	code := letter.Code(strings.TrimPrefix(p.Type, problemType))
	if !code.Known() {
		code = letter.Unavailable
	}
	return &letter.Refusal{Code: code, Err: errors.New("so says the peer")}
}

// answering is how a request of a peer is answered, and whether it was refused as a whole.
type answering struct {
	http.ResponseWriter
	refused letter.Code
}

// refuse answers a request with a problem document.
func refuse(w http.ResponseWriter, err error, after time.Duration) {
	p := problemOf(err)
	if w, ok := w.(*answering); ok {
		w.refused = letter.CodeOf(err)
	}
	if after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

func refusal(code letter.Code, text string) error {
	return &letter.Refusal{Code: code, Err: errors.New(text)}
}
