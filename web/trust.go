package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"mitra/desk/account"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
)

// trustPages change whom this node trusts and by which agreement, each by two officers; and carry letters by files. They use what the
// commands peer, agreement and courier do.
func (s *Server) trustPages() []page {
	change := account.ChangePartner
	return []page{
		{method: "GET", path: "/partner/add", right: change, do: (*visit).addPeerForm},
		{method: "POST", path: "/partner/add", right: change, upload: true, do: (*visit).addPeer},
		{method: "GET", path: "/partner/state", right: change, do: (*visit).peerStateForm},
		{method: "POST", path: "/partner/state", right: change, do: (*visit).peerState},
		{method: "GET", path: "/partner/draft", right: change, do: (*visit).draftForm},
		{method: "POST", path: "/partner/draft", right: change, do: (*visit).draft},
		{method: "GET", path: "/partner/document", right: change, do: (*visit).documentForm},
		{method: "POST", path: "/partner/document", right: change, upload: true, do: (*visit).document},
		{method: "GET", path: "/partner/carry", right: change, do: (*visit).carry},
		{method: "POST", path: "/partner/export", right: change, do: (*visit).exportBundle},
		{method: "POST", path: "/partner/import", right: change, upload: true, do: (*visit).importBundle},
		{method: "POST", path: "/partner/ping", right: change, do: (*visit).ping},
	}
}

// mostDocument bounds a form with a card or an agreement in it: an agreement has 350 KB at most.
const mostDocument = 2 << 20

// sentText is a text that a form has as a file, or else pasted.
func (v *visit) sentText(file, pasted string) (string, error) {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, mostDocument)
	if err := v.r.ParseMultipartForm(mostDocument); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return "", unread(err)
	}
	if v.r.MultipartForm == nil || len(v.r.MultipartForm.File[file]) == 0 {
		return v.form(pasted), nil
	}
	f, err := v.r.MultipartForm.File[file][0].Open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(bytes.ToValidUTF8(b, []byte("\uFFFD"))), err
}

// addPeerPage takes a card in.
type addPeerPage struct {
	Text   string // the card, as a file has it
	Card   *cardRead
	Words  string // as typed
	Reason string
	Wrong  string // key
	Says   string // what the program says of the card, in English
}

// cardRead is what a card says of itself. Its words are not shown: they come from the other authority.
type cardRead struct {
	card.Signed
	From  time.Time
	First bool // the node is not known here
}

func (v *visit) addPeerForm() error { return v.show("partner_add", "trust.add", addPeerPage{}) }

// addPeer looks at a card, and with the words that the other authority has read out proposes to take it in.
func (v *visit) addPeer() error {
	text, err := v.sentText("file", "card")
	if err != nil {
		return err
	}
	body := addPeerPage{Text: text, Words: v.form("words"), Reason: v.form("reason")}
	wrong := func(code int, key, says string) error {
		body.Wrong, body.Says = key, says
		return v.showAs(code, "partner_add", "trust.add", body)
	}
	if text == "" {
		return wrong(http.StatusUnprocessableEntity, "trust.no_card", "")
	}
	c, err := card.Parse([]byte(text))
	if err != nil {
		return wrong(http.StatusUnprocessableEntity, "trust.bad_card", err.Error())
	}
	body.Card = &cardRead{Signed: c, From: time.Unix(c.From, 0)}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		_, err := courier.FindPeer(tx, c.Node)
		body.Card.First = errors.Is(err, courier.ErrNoPeer)
		if body.Card.First {
			err = nil
		}
		return err
	}); err != nil {
		return err
	}
	if v.form("do") != "propose" {
		return v.show("partner_add", "trust.add", body)
	}
	if body.Words == "" && body.Card.First {
		return wrong(http.StatusUnprocessableEntity, "trust.no_words", "")
	}
	waits, err := v.AddPeer(v.ctx(), text, body.Words, body.Reason)
	switch code, key := proposalWrong(err); {
	case errors.Is(err, courier.ErrFingerprint):
		return wrong(http.StatusUnprocessableEntity, "trust.wrong_words", "")
	case errors.Is(err, courier.ErrSelf):
		return wrong(http.StatusUnprocessableEntity, "trust.own_card", "")
	case errors.Is(err, card.ErrKnown):
		return wrong(http.StatusConflict, "trust.known_card", "")
	case key == "second.changed": // a card that does not follow
		return wrong(http.StatusConflict, "trust.card_chain", err.Error())
	case key != "":
		return wrong(code, key, "")
	}
	if err != nil {
		return err
	}
	return v.proposed(waits)
}

// peerStatePage suspends a peer or takes it up again.
type peerStatePage struct {
	Peer   courier.Peer
	Reason string
	Wrong  string
}

// peerNamed is the peer of a name; the error wraps errNoPage.
func (a Acting) peerNamed(ctx context.Context, name string) (p courier.Peer, err error) {
	err = a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = courier.FindPeer(tx, name)
		return err
	})
	if errors.Is(err, courier.ErrNoPeer) || errors.Is(err, courier.ErrPeers) {
		err = errNoPage
	}
	return p, err
}

func (v *visit) peerStateForm() error {
	p, err := v.peerNamed(v.ctx(), v.r.FormValue("peer"))
	if err != nil {
		return err
	}
	return v.show("partner_state", "trust.state", peerStatePage{Peer: p})
}

func (v *visit) peerState() error {
	p, err := v.peerNamed(v.ctx(), v.form("peer"))
	if err != nil {
		return err
	}
	wrong := func(code int, key string) error {
		return v.showAs(code, "partner_state", "trust.state", peerStatePage{p, v.form("reason"), key})
	}
	waits, err := v.SetPeerState(v.ctx(), p.Node, v.form("be"), v.form("reason"))
	if code, key := proposalWrong(err); key != "" {
		return wrong(code, key)
	}
	if err != nil {
		return err
	}
	return v.proposed(waits)
}

// draftPage fills the shipped agreement in.
type draftPage struct {
	Peers             []courier.Peer
	Peer, From, Until string
	Wrong, Says       string
}

func (v *visit) draftForm() error { return v.showDraft(http.StatusOK, draftPage{}) }

func (v *visit) showDraft(code int, body draftPage) (err error) {
	if body.Peers, err = v.peers(); err != nil {
		return err
	}
	return v.showAs(code, "partner_draft", "trust.draft", body)
}

func (v *visit) peers() (peers []courier.Peer, err error) {
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		peers, err = courier.Peers(tx)
		return err
	})
	return peers, err
}

func (v *visit) draft() error {
	p, err := v.peerNamed(v.ctx(), v.form("peer"))
	if err != nil {
		return err
	}
	d, err := v.s.Draft(v.ctx(), p, v.form("from"), v.form("until"))
	if err != nil {
		return v.showDraft(http.StatusUnprocessableEntity, draftPage{Peer: p.Node, From: v.form("from"), Until: v.form("until"), Wrong: "trust.bad_draft", Says: err.Error()})
	}
	return v.file("agreement-"+p.Country+".json", "application/json", d.Bytes())
}

// documentPage is an agreement as a file that is looked at, before it is signed or adopted.
type documentPage struct {
	Text      string
	Agreement *agreementProposed
	Hash      string
	Signs     bool // this node can sign it
	Why       string
	Complete  bool // both have signed
	Reason    string
	Wrong     string
	Says      string
}

func (v *visit) documentForm() error {
	return v.show("partner_document", "trust.document", documentPage{})
}

// document looks an agreement over, and proposes to sign or adopt it.
func (v *visit) document() error {
	text, err := v.sentText("file", "document")
	if err != nil {
		return err
	}
	body := documentPage{Text: text, Reason: v.form("reason")}
	wrong := func(code int, key, says string) error {
		body.Wrong, body.Says = key, says
		return v.showAs(code, "partner_document", "trust.document", body)
	}
	if text == "" {
		return wrong(http.StatusUnprocessableEntity, "trust.no_document", "")
	}
	d, err := agreement.Parse([]byte(text))
	if err != nil {
		return wrong(http.StatusUnprocessableEntity, "trust.bad_document", err.Error())
	}
	body.Hash = d.Hash()
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		if body.Agreement, err = v.agreementProposed(tx, d); err != nil {
			return err
		}
		own, err := courier.Cards(tx, v.s.Node)
		if err != nil {
			return err
		}
		body.Complete = len(body.Agreement.SignedBy) == 2
		switch err := signable(d, own); {
		case err == nil:
			body.Signs, body.Why = true, ""
		case errors.Is(err, errNoParty):
			body.Why = "trust.no_party"
		case errors.Is(err, errOtherCard):
			body.Why = "trust.other_card"
		case !body.Complete:
			body.Why = "trust.signed_here"
		}
		return nil
	}); err != nil {
		return err
	}
	kind := v.form("do")
	if kind != "sign" && kind != "adopt" {
		return v.show("partner_document", "trust.document", body)
	}
	waits, err := v.ProposeAgreement(v.ctx(), text, kind, body.Reason)
	switch code, key := proposalWrong(err); {
	case key == "second.changed": // it cannot be done
		return wrong(http.StatusConflict, "trust.cannot", err.Error())
	case key != "":
		return wrong(code, key, "")
	}
	if err != nil {
		return err
	}
	return v.proposed(waits)
}

// carryPage carries letters by files, and tries the connection.
type carryPage struct {
	Peers       []courier.Peer
	Moved       *courier.Moved
	Pinged      *pinged
	Wrong, Says string
}

// pinged is what came of test letters.
type pinged struct {
	Sent, Receipts int
	Half           string // milliseconds
}

func (v *visit) carry() error { return v.showCarry(http.StatusOK, carryPage{}) }

func (v *visit) showCarry(code int, body carryPage) (err error) {
	if body.Peers, err = v.peers(); err != nil {
		return err
	}
	return v.showAs(code, "partner_carry", "trust.carry", body)
}

// activePeer is the peer that a form names, which is not suspended; told is true where that was said.
func (v *visit) activePeer() (p courier.Peer, told bool, err error) {
	if p, err = v.peerNamed(v.ctx(), v.form("peer")); err == nil && p.State != courier.Active {
		return p, true, v.showCarry(http.StatusConflict, carryPage{Wrong: "trust.suspended"})
	}
	return p, false, err
}

// exportBundle writes what waits for a peer into a file.
func (v *visit) exportBundle() error {
	p, told, err := v.activePeer()
	if err != nil || told {
		return err
	}
	b, err := v.ExportBundle(v.ctx(), p)
	if err != nil {
		return err
	}
	return v.file("to-"+p.Country+".mxp", "application/octet-stream", b)
}

// importBundle takes in a file that a peer has written, as it arrives.
func (v *visit) importBundle() error {
	wrong := func(key, says string) error {
		return v.showCarry(http.StatusUnprocessableEntity, carryPage{Wrong: key, Says: says})
	}
	parts, err := v.r.MultipartReader()
	if err != nil {
		return wrong("trust.no_bundle", "")
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return wrong("trust.no_bundle", "")
		}
		if err != nil {
			return unread(err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		m, err := v.ImportBundle(v.ctx(), part)
		switch _, large := errors.AsType[*http.MaxBytesError](err); {
		case large:
			return err
		case errors.Is(err, courier.ErrSuspended):
			return wrong("trust.suspended", "")
		case errors.Is(err, courier.ErrNoPeer):
			return wrong("trust.unknown_sender", "")
		case errors.Is(err, courier.ErrBundle):
			return wrong("trust.bad_bundle", err.Error())
		case badCard(err):
			return wrong("trust.card_chain", err.Error())
		case err != nil:
			return err
		}
		return v.showCarry(http.StatusOK, carryPage{Moved: &m})
	}
}

// badCard reports whether a card does not follow from those that are known.
func badCard(err error) bool {
	for _, bad := range []error{card.ErrMalformed, card.ErrSignature, card.ErrFork, card.ErrGap, card.ErrIntroduction, card.ErrOtherNode} {
		if errors.Is(err, bad) {
			return true
		}
	}
	return false
}

// Limits of test letters.
const (
	mostPings = 20
	pingWaits = 10 * time.Second
)

// ping sends test letters and waits for the receipt of each, as the command courier ping.
func (v *visit) ping() error {
	p, told, err := v.activePeer()
	if err != nil || told {
		return err
	}
	count, err := strconv.Atoi(v.form("count"))
	if err != nil || count < 1 || count > mostPings {
		return v.showCarry(http.StatusUnprocessableEntity, carryPage{Wrong: "trust.bad_count"})
	}
	took, err := v.PingPeer(v.ctx(), p, count)
	if err != nil {
		return err
	}
	out := pinged{Sent: count, Receipts: len(took)}
	if len(took) > 0 {
		out.Half = v.cat.Decimal(took[len(took)/2], 0)
	}
	return v.showCarry(http.StatusOK, carryPage{Pinged: &out})
}
