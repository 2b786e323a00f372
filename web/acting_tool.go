package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"mitra/identity/linkage"
	"mitra/identity/mrz"
	"mitra/treaty/card"
	"mitra/treaty/evidence"
)

// mostTyped is how many letters a name or a zone has that is typed here.
const mostTyped = 2000

// kindTool is the event of using an instrument.
const kindTool = "tool-used"

// used writes that an instrument was used, before what it says is sent.
func (a Acting) used(ctx context.Context, tool string) error {
	return a.event(ctx, kindTool, a.purpose(), nil, map[string]any{"tool": tool})
}

// CompareNames says how alike two names are, with an event. The error wraps [ErrForm].
func (a Acting) CompareNames(ctx context.Context, x, y string) (linkage.NamePair, error) {
	if x == "" || y == "" || len(x) > mostTyped || len(y) > mostTyped {
		return linkage.NamePair{}, errForm
	}
	return linkage.CompareNames(x, y), a.used(ctx, "names")
}

// ReadZone reads a machine-readable zone, with an event. The error wraps [ErrForm], or is a [mrz.Error] that repeats nothing.
func (a Acting) ReadZone(ctx context.Context, text string) (d mrz.Data, fixed []mrz.Correction, err error) {
	if strings.TrimSpace(text) == "" || len(text) > mostTyped {
		return d, nil, errForm
	}
	if d, fixed, err = mrz.Read(text); err != nil {
		return d, nil, err
	}
	return d, fixed, a.used(ctx, "zone")
}

// Errors of instruments.
var (
	// ErrInUse: somebody uses an instrument that takes much of the machine.
	ErrInUse = errors.New("somebody is using this just now")
	// ErrFirstCard: what is sent as a first card is none.
	ErrFirstCard = errors.New("this is no first card of a node")

	errNoEvidence = fmt.Errorf("%w: want a file of evidence", errForm)
	errThirdCard  = fmt.Errorf("%w: want two first cards at most", errForm)
	errUnreadCard = fmt.Errorf("%w: it cannot be read", ErrFirstCard)
	errLaterCard  = fmt.Errorf("%w: its serial is not 1", ErrFirstCard)
)

// mostCard is how large a card is.
const mostCard = 256 << 10

// CheckEvidence checks a file of evidence that a form sends (multipart: file, card, content), in memory and one at a time, with an event.
// content says that what letters say of somebody is to be told, which counts as a person opened. The error wraps [ErrForm], [ErrInUse],
// [ErrFirstCard], [ErrTooMany], [evidence.ErrNewer] or [evidence.ErrMalformed], or is of the body.
func (a Acting) CheckEvidence(ctx context.Context, w http.ResponseWriter, r *http.Request) (rep evidence.Report, content bool, err error) {
	if !a.s.checking.TryLock() {
		return rep, false, ErrInUse
	}
	defer a.s.checking.Unlock()
	r.Body = http.MaxBytesReader(w, r.Body, evidence.MaxFile+3*mostCard)
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return rep, false, err
	}
	if err != nil {
		return rep, false, formError(err)
	}
	var file *evidence.File
	var first []card.Signed
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return rep, content, formError(err)
		}
		switch part.FormName() {
		case "content":
			b, err := io.ReadAll(io.LimitReader(part, mostField))
			if err != nil {
				return rep, content, formError(err)
			}
			if content = string(b) == "yes"; !content && string(b) != "no" {
				return rep, content, errForm
			}
		case "card":
			b, err := io.ReadAll(io.LimitReader(part, mostCard+1))
			if err != nil {
				return rep, content, formError(err)
			}
			if len(b) == 0 && part.FileName() == "" {
				continue // none was chosen
			}
			s, err := card.Parse(b)
			switch {
			case err != nil || len(b) > mostCard:
				return rep, content, errUnreadCard
			case s.Serial != 1:
				return rep, content, errLaterCard
			case len(first) == 2:
				return rep, content, errThirdCard
			}
			first = append(first, s)
		case "file":
			if part.FileName() == "" {
				continue
			}
			if file != nil {
				return rep, content, errForm // one at a time
			}
			f, err := evidence.Read(part)
			switch {
			case errors.Is(err, evidence.ErrNewer), errors.Is(err, evidence.ErrMalformed):
				return rep, content, err
			case err != nil:
				return rep, content, formError(err)
			}
			file = &f
		}
	}
	if file == nil {
		return rep, content, errNoEvidence
	}
	if content {
		if err := a.s.opened.add(a.who.ID, a.s.Now()); err != nil {
			return rep, content, err
		}
	}
	return evidence.Verify(*file, content, first...), content, a.used(ctx, "evidence")
}
