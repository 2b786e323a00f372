package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/web/locale"
)

// partnerPages show who this node exchanges letters with, what was agreed, and how it is kept. Whom the node trusts is changed by
// two officers: see trustPages.
func (s *Server) partnerPages() []page {
	return []page{
		{method: "GET", path: "/partner", right: account.SeePartner, do: (*visit).partner},
		{method: "POST", path: "/partner/call", right: account.SeePartner, do: (*visit).callPartner},
		{method: "GET", path: "/partner/card", right: account.SeePartner, do: (*visit).ownCard},
		{method: "GET", path: "/partner/agreement", right: account.SeePartner, do: (*visit).agreement},
	}
}

// partnerPage is this node and its peers.
type partnerPage struct {
	Own   *ownNode // nil: the node has no card yet
	Peers []peerSeen
	Call  *called
}

// ownNode is this node as its card tells of it.
type ownNode struct {
	Node, Endpoint string
	Serial         int
	From           time.Time
	Words          string // the fingerprint of the newest card, which a new peer takes in
	First          string // that of the first, by which a peer took it in; empty if it is the same
	Keys           []ownKey
}

// ownKey is a public key of this node, and what it is for: signs, next, seals, opens or revoked.
type ownKey struct{ ID, Use string }

func keysOf(s card.Signed) (keys []ownKey) {
	for i, k := range s.Sign {
		keys = append(keys, ownKey{k.ID, []string{"signs", "next"}[min(i, 1)]})
	}
	for i, k := range s.Seal {
		keys = append(keys, ownKey{k.ID, []string{"seals", "opens"}[min(i, 1)]})
	}
	for _, r := range s.Revoked {
		keys = append(keys, ownKey{r.ID, "revoked"})
	}
	return keys
}

// peerSeen is a peer with how the exchange with it goes.
type peerSeen struct {
	Peer      courier.Peer
	State     string // up, down or suspended
	Fault     bool   // its exchange book is not the one that was cosigned
	Authority string
	Endpoint  string
	Words     string // of its first card
	Cards     []cardSeen
	Agreement *inForce
	Counts    counts
	Contact   courier.Contact
	Half      string // seconds, as they are written
	Most      string
	Months    []monthKept
}

// counts are those of [courier.PeerStatus].
type counts struct{ Sent, Received, Waiting, Dead, Missing, Broken, Unjudged, Cosigned, Events int }

func countsOf(s courier.PeerStatus) counts {
	return counts{int(s.Sent), int(s.Received), int(s.Outbox), int(s.Dead), int(s.ReceiptsMissing), int(s.PromisesBroken), int(s.Unjudged), int(s.Cosigned), int(s.Events)}
}

type cardSeen struct {
	Serial int
	From   time.Time
	Key    string
}

type inForce struct {
	Title, TitleLang, Hash string
	Version                int
	From, Until            string
	Draft                  bool
}

// monthKept is how the clocks of a month were kept: those of questions that the peer asked, and of this node's own.
type monthKept struct {
	Month, Words string
	Theirs       keptTable // that officers here answer
	Node         int       // that this node answers itself
	Ours         keptTable
}

// keptTable is a table by clock.
type keptTable struct {
	Key  string // of its caption
	Rows []enquiry.Kept
}

// called is what came of a call.
type called struct {
	Peer  string
	Well  bool
	Ahead int // seconds by which its clock is ahead of this node's
	Skew  bool
}

// mostSkew is how far clocks may stand apart, in seconds, before somebody has to see to it.
const mostSkew = 30

func (v *visit) partner() error { return v.showPartner(http.StatusOK, nil) }

func (v *visit) showPartner(code int, call *called) error {
	body := partnerPage{Call: call}
	status, err := v.s.Courier.Status(v.ctx())
	if err != nil {
		return err
	}
	now := v.s.Now()
	kept, err := v.s.Enquiries.Compliance(v.ctx(), now, 1)
	if err != nil {
		return err
	}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		body.Own, body.Peers = nil, nil
		own, err := courier.Cards(tx, v.s.Node)
		if err != nil {
			return err
		}
		if len(own) > 0 {
			last := own.Last()
			body.Own = &ownNode{Node: last.Node, Endpoint: last.Endpoint, Serial: last.Serial, From: time.Unix(last.From, 0), Words: last.Fingerprint(), Keys: keysOf(last)}
			if len(own) > 1 {
				body.Own.First = own[0].Fingerprint()
			}
		}
		peers, err := courier.Peers(tx)
		if err != nil {
			return err
		}
		for _, p := range peers {
			seen := peerSeen{Peer: p, Words: p.Cards[0].Fingerprint(), Authority: p.Cards.Last().Authority, Endpoint: p.Cards.Last().Endpoint}
			if i := slices.IndexFunc(status, func(s courier.PeerStatus) bool { return s.Node == p.Node }); i >= 0 {
				seen.State, seen.Fault, seen.Counts = status[i].State, status[i].Fault != "", countsOf(status[i])
			}
			if seen.Contact, err = p.Contact(tx); err != nil {
				return err
			}
			seen.Half, seen.Most = v.cat.Decimal(seen.Contact.Half.Seconds(), 1), v.cat.Decimal(seen.Contact.Most.Seconds(), 1)
			for _, c := range p.Cards {
				seen.Cards = append(seen.Cards, cardSeen{c.Serial, time.Unix(c.From, 0), c.Sign[0].ID})
			}
			set, err := agreement.Load(tx, p.Node)
			if err != nil {
				return err
			}
			if d, ok := set.InForce(now); ok {
				a := d.Agreement()
				title := v.textIn(a.Title)
				seen.Agreement = &inForce{title.Text, title.Lang, d.Hash(), a.Version, a.From, a.Until, a.Draft}
			}
			seen.Months = v.months(kept, p.Node, now)
			body.Peers = append(body.Peers, seen)
		}
		return nil
	}); err != nil {
		return err
	}
	return v.showAs(code, "partner", "desk.partner", body)
}

// months are this month and the last with a peer.
func (v *visit) months(all []enquiry.Kept, peer string, now time.Time) (out []monthKept) {
	first := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	for _, t := range []time.Time{first, first.AddDate(0, -1, 0)} {
		m := monthKept{Month: t.Format("2006-01"), Theirs: keptTable{Key: "partner.theirs"}, Ours: keptTable{Key: "partner.ours"}}
		month := v.text("date.month." + strconv.Itoa(int(t.Month())))
		m.Words = v.text("partner.month", locale.Text("month", month), locale.Text("year", strconv.Itoa(t.Year())))
		for _, k := range all {
			switch {
			case k.Peer != peer || k.Month != m.Month:
			case k.Ours:
				m.Ours.Rows = append(m.Ours.Rows, k)
			case k.Clock == "":
				m.Node = k.All()
			default:
				m.Theirs.Rows = append(m.Theirs.Rows, k)
			}
		}
		out = append(out, m)
	}
	return out
}

// callPartner calls a peer, to know whether it answers and how its clock stands.
func (v *visit) callPartner() error {
	var p courier.Peer
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		p, err = courier.FindPeer(tx, v.form("peer"))
		return err
	}); errors.Is(err, courier.ErrNoPeer) || errors.Is(err, courier.ErrPeers) {
		return errForm
	} else if err != nil {
		return err
	}
	if p.State != courier.Active || p.Cards.Last().Endpoint == "" {
		return errForm
	}
	ahead, err := v.s.Courier.Call(v.ctx(), p)
	c := called{Peer: p.Node, Well: err == nil, Ahead: int(ahead / time.Second)}
	c.Skew = c.Ahead >= mostSkew || c.Ahead <= -mostSkew
	if c.Ahead < 0 {
		c.Ahead = -c.Ahead
	}
	return v.showPartner(http.StatusOK, &c)
}

// ownCard is the newest card of this node, as a file for another authority. It is public; its words are told by another way.
func (v *visit) ownCard() error {
	var own card.Chain
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		own, err = courier.Cards(tx, v.s.Node)
		return err
	}); err != nil {
		return err
	}
	if len(own) == 0 {
		return errNoPage
	}
	return v.file(v.s.Country+".card", "application/json", own.Last().Bytes())
}

// file sends a file to be kept.
func (v *visit) file(name, kind string, body []byte) error {
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err := v.w.Write(body)
	return ignore(err)
}

// agreementPage is an agreement to be read.
type agreementPage struct {
	agreement.Agreement
	Hash        string
	Title, Note inWords
	Unreviewed  bool // no speaker has reviewed its texts in the reader's language
	Articles    []articleRead
	Others      []inForce // of this peer and of others
	Ahead       bool      // it is not in force yet, and Past: no longer
	Past        bool
	Proposed    bool // nothing of it holds yet
}

// inWords is a text of the document, and the language that it is in: English where the reader's is missing.
type inWords struct{ Text, Lang string }

type articleRead struct {
	agreement.Article
	Title    inWords
	Purposes []purposeRead
}

type purposeRead struct {
	agreement.Purpose
	Text   inWords
	Used   []used
	Begins []string // countries
}

// codeList is a list of codes, and the family of their words.
type codeList struct {
	Prefix string
	Codes  []string
}

// List are codes of the purpose.
func (p purposeRead) List(prefix string, codes []string) codeList {
	return codeList{"partner." + prefix, codes}
}

// used is how much of a quota a party has used today (UTC).
type used struct {
	Country   string
	Used, Of  int
	Exhausted bool
}

func (v *visit) textIn(t agreement.Text) inWords {
	if s := t[v.cat.Lang]; s != "" {
		return inWords{s, v.cat.Lang}
	}
	return inWords{t["en"], "en"}
}

// agreement shows the agreement of a hash; without one, that in force with the first peer that has one.
func (v *visit) agreement() error {
	now := v.s.Now()
	hash := v.r.FormValue("hash")
	var body agreementPage
	found := false
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		body, found = agreementPage{}, false
		peers, err := courier.Peers(tx)
		if err != nil {
			return err
		}
		for _, p := range peers {
			set, err := agreement.Load(tx, p.Node)
			if err != nil {
				return err
			}
			current, _ := set.InForce(now)
			for _, d := range set.All() {
				a := d.Agreement()
				if !found && (d.Hash() == hash || hash == "" && d.Hash() == current.Hash()) {
					found = true
					body.Past = d.Hash() != current.Hash() && a.From <= now.UTC().Format(time.DateOnly)
					body.Ahead = d.Hash() != current.Hash() && !body.Past
					if err := v.readAgreement(tx, d, now, &body); err != nil {
						return err
					}
					continue
				}
				title := v.textIn(a.Title)
				body.Others = append(body.Others, inForce{title.Text, title.Lang, d.Hash(), a.Version, a.From, a.Until, a.Draft})
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if !found && hash != "" {
		return errNoPage
	}
	return v.show("partner_agreement", "partner.agreement", body)
}

// readAgreement puts a document into the reader's words, with what is used of its quotas.
func (v *visit) readAgreement(tx *store.Tx, d agreement.Document, now time.Time, body *agreementPage) error {
	a := d.Agreement()
	body.Agreement, body.Hash, body.Title, body.Note, body.Unreviewed = a, d.Hash(), v.textIn(a.Title), v.textIn(a.Note), !a.Reviewed[v.cat.Lang]
	for _, art := range a.Articles {
		read := articleRead{Article: art, Title: v.textIn(art.Title)}
		for _, p := range art.Purposes {
			r := purposeRead{Purpose: p, Text: v.textIn(p.Text)}
			for _, party := range a.Parties {
				of, begins := p.Quota[party.Country]
				if p.From != nil {
					begins = slices.Contains(p.From, party.Country)
				}
				if !begins {
					continue
				}
				r.Begins = append(r.Begins, party.Country)
				n, err := agreement.Used(tx, d.Hash(), art.ID, p.Code, party.Node, now)
				if err != nil {
					return err
				}
				r.Used = append(r.Used, used{party.Country, n, of, n >= of})
			}
			read.Purposes = append(read.Purposes, r)
		}
		body.Articles = append(body.Articles, read)
	}
	return nil
}
