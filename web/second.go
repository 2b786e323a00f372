package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/desk/second"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
)

// secondPages are what one officer has proposed, for another to confirm. Who may confirm which kind stands in rightOf.
func (s *Server) secondPages() []page {
	return []page{
		{method: "GET", path: "/second", right: account.SeeSecond, do: (*visit).proposals},
		{method: "GET", path: "/second/{id}", right: account.SeeSecond, do: (*visit).proposal},
		{method: "POST", path: "/second/{id}", right: account.SeeSecond, do: (*visit).endProposal},
		{method: "GET", path: "/second/{id}/agreement", right: account.ChangePartner, do: (*visit).proposedAgreement},
		{method: "GET", path: "/second/{id}/file", right: account.ChangePartner, do: (*visit).agreementFile},
	}
}

// proposalsShown is of how long ago proposals are listed.
const proposalsShown = 30 * 24 * time.Hour

// secondListPage are proposals that the visitor has a part in.
type secondListPage struct {
	For   []proposed // that the visitor may confirm
	Mine  []proposed // that wait for another
	Ended []proposed
}

// proposed is a proposal in a list.
type proposed struct {
	second.Proposal
	By    string // name of who has proposed it
	About string // what it is about, in words
}

func (v *visit) proposals() error {
	var body secondListPage
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		body = secondListPage{}
		all, err := v.s.second.Recent(tx, tx.Now().Add(-proposalsShown), v.who.ID)
		if err != nil {
			return err
		}
		names, err := namesOf(tx)
		if err != nil {
			return err
		}
		for _, p := range all {
			row := proposed{p, names(p.Officer), v.aboutOf(p)}
			switch {
			case p.For(v.who.ID):
				body.For = append(body.For, row)
			case p.State == second.Waiting:
				body.Mine = append(body.Mine, row)
			default:
				body.Ended = append(body.Ended, row)
			}
		}
		slices.Reverse(body.For) // the first to expire first
		return nil
	}); err != nil {
		return err
	}
	return v.show("second", "desk.second", body)
}

// waiting is how many proposals wait for the visitor.
func (v *visit) waiting() (n int, err error) {
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		n = 0
		all, err := v.s.second.Recent(tx, tx.Now().Add(-second.Holds), v.who.ID)
		for _, p := range all {
			if p.For(v.who.ID) {
				n++
			}
		}
		return err
	})
	return n, err
}

// namesOf are the names of officers by their accounts; one without is called by its id.
func namesOf(tx *store.Tx) (func(id string) string, error) {
	all, err := account.All(tx)
	return func(id string) string {
		for _, a := range all {
			if a.ID == id {
				return a.Name + " (" + id + ")"
			}
		}
		return id
	}, err
}

// aboutOf is what a proposal is about, in a few words.
func (v *visit) aboutOf(p second.Proposal) string {
	switch p.Kind {
	case kindAccountMake, kindAccountChange, kindAccountPassword, kindAccountTie:
		if b, err := bodyOf[accountBody](p); err == nil {
			return b.Be.Name + " (" + b.ID + ")"
		}
	case kindExport:
		if b, err := bodyOf[exportBody](p); err == nil {
			return strings.ToUpper(b.Format)
		}
	case kindPeerAdd, kindPeerSuspend, kindPeerResume:
		return view{visit: v}.CountryOf(p.Subject)
	case kindAgreementSign, kindAgreementAdopt:
		if b, err := bodyOf[agreementBody](p); err == nil {
			if d, err := agreement.Parse([]byte(b.Document)); err == nil {
				return v.textIn(d.Agreement().Title).Text
			}
		}
	}
	return p.Subject
}

// secondPage is a proposal.
type secondPage struct {
	second.Proposal
	By, Ender string // names
	About     string
	May       bool // the visitor may confirm it, and Mine: has proposed it
	Mine      bool
	Of        bool // it is about the visitor
	Account   *accountProposed
	Peer      *peerProposed
	Agreement *agreementProposed
	Export    *exportBody
	Fetch     string // where the visitor may fetch what was agreed to
	Signed    bool   // there is a signed file
	Wrong     string
	Why       string // as typed
}

// accountProposed is an account before and after.
type accountProposed struct {
	accountBody
	Rows []accountRow
}

// accountRow is what changes, by the key of its name.
type accountRow struct {
	Key     string
	Was, Be []string
	Changes bool
}

// peerProposed is a card that is to be taken in.
type peerProposed struct {
	card.Signed
	First bool
	Words string // its fingerprint
	From  time.Time
}

// agreementProposed is an agreement that is to be signed or adopted.
type agreementProposed struct {
	agreement.Agreement
	Title    inWords
	SignedBy []string // countries
	Warnings []agreement.Warning
}

func (v *visit) findProposal() (p second.Proposal, err error) {
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		p, err = v.s.second.Find(tx, v.r.PathValue("id"), v.who.ID)
		return err
	})
	return p, err
}

func (v *visit) proposal() error {
	p, err := v.findProposal()
	if err != nil {
		return err
	}
	return v.showProposal(http.StatusOK, p, "", "")
}

// showProposal shows a proposal as it is now, with what is wrong and why it was to be declined.
func (v *visit) showProposal(code int, p second.Proposal, wrong, why string) error {
	body := secondPage{Wrong: wrong, Why: why}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		if body.Proposal, err = v.s.second.Find(tx, p.ID, v.who.ID); err != nil {
			return err
		}
		p = body.Proposal
		names, err := namesOf(tx)
		if err != nil {
			return err
		}
		body.By, body.Ender = names(p.Officer), names(p.Second)
		body.Mine, body.Of = p.Officer == v.who.ID, p.About(v.who.ID)
		body.May = p.For(v.who.ID) && v.who.May(rightOf[p.Kind])
		return v.detail(tx, p, &body)
	}); err != nil {
		return err
	}
	body.About = v.aboutOf(p)
	if body.Mine && p.State == second.Confirmed && time.Now().Before(p.Ended.Add(second.Holds)) {
		body.Fetch = map[string]string{kindEvidence: "/journal/evidence/", kindExport: "/status/export/"}[p.Kind]
	}
	body.Signed = p.Kind == kindAgreementSign && p.State == second.Confirmed && v.who.May(account.ChangePartner)
	return v.showAs(code, "second_one", "second.kind."+p.Kind, body)
}

// detail reads what a proposal says.
func (v *visit) detail(tx *store.Tx, p second.Proposal, body *secondPage) error {
	switch p.Kind {
	case kindAccountMake, kindAccountChange, kindAccountPassword, kindAccountTie:
		b, err := bodyOf[accountBody](p)
		if err != nil {
			return err
		}
		body.Account = &accountProposed{b, v.accountRows(b)}
	case kindExport:
		b, err := bodyOf[exportBody](p)
		body.Export = &b
		return err
	case kindPeerAdd:
		b, err := bodyOf[peerBody](p)
		if err != nil {
			return err
		}
		c, err := card.Parse([]byte(b.Card))
		if err != nil {
			return err
		}
		body.Peer = &peerProposed{c, b.First, c.Fingerprint(), time.Unix(c.From, 0)}
	case kindAgreementSign, kindAgreementAdopt:
		d, err := documentOf(p)
		if err != nil {
			return err
		}
		if body.Agreement, err = v.agreementProposed(tx, d); err != nil {
			return err
		}
	}
	return nil
}

func documentOf(p second.Proposal) (d agreement.Document, err error) {
	b, err := bodyOf[agreementBody](p)
	if err != nil {
		return d, err
	}
	return agreement.Parse([]byte(b.Document))
}

// agreementProposed is an agreement with who has signed it by the keys of the cards that are known here.
func (v *visit) agreementProposed(tx *store.Tx, d agreement.Document) (*agreementProposed, error) {
	a := d.Agreement()
	out := &agreementProposed{Agreement: a, Title: v.textIn(a.Title), Warnings: a.Check()}
	for _, party := range a.Parties {
		cards, err := courier.Cards(tx, party.Node)
		if err != nil {
			return nil, err
		}
		if len(cards) > 0 && d.SignedBy(cards.Last().Sign[0].Public()) {
			out.SignedBy = append(out.SignedBy, party.Country)
		}
	}
	return out, nil
}

// accountRows are what an account is before and after.
func (v *visit) accountRows(b accountBody) (rows []accountRow) {
	values := func(s *accountState) [][]string {
		if s == nil {
			return make([][]string, 5)
		}
		var roles []string
		for _, r := range s.Roles {
			roles = append(roles, view{visit: v}.Code("role", string(r)))
		}
		protection, signs := "account.no", "account.enabled"
		if s.Protection {
			protection = "right.protection"
		}
		if s.Disabled {
			signs = "account.disabled"
		}
		return [][]string{{s.Name}, {s.Office}, roles, {v.text(protection)}, {v.text(signs)}}
	}
	was, be := values(b.Was), values(&b.Be)
	for i, key := range []string{"account.name", "own.office", "own.roles", "account.protection", "account.state"} {
		rows = append(rows, accountRow{key, was[i], be[i], !slices.Equal(was[i], be[i])})
	}
	return rows
}

// endProposal confirms, declines or withdraws.
func (v *visit) endProposal() error {
	p, err := v.findProposal()
	if err != nil {
		return err
	}
	by, once, told := second.By(v.by()), "", ""
	switch v.form("do") {
	case "confirm":
		told = "second.told_confirmed"
		once, err = v.s.second.Confirm(v.ctx(), p.ID, v.form("hash"), by)
	case "decline":
		told = "second.told_declined"
		err = v.s.second.Decline(v.ctx(), p.ID, v.form("hash"), v.form("why"), by)
	case "withdraw":
		told = "second.told_withdrawn"
		err = v.s.second.Withdraw(v.ctx(), p.ID, by)
	default:
		return errForm
	}
	if code, key := proposalWrong(err); key != "" {
		return v.showProposal(code, p, key, v.form("why"))
	}
	if err != nil {
		return err
	}
	if once != "" {
		b, err := bodyOf[accountBody](p)
		if err != nil {
			return err
		}
		return v.show("account_once", "account.once", oncePage{account.Account{ID: b.ID, Name: b.Be.Name}, once, b.Was == nil})
	}
	v.tell(told)
	return v.to("/second/" + p.ID)
}

// proposedAgreement is the whole text of an agreement that is to be signed or adopted.
func (v *visit) proposedAgreement() error {
	p, err := v.findProposal()
	if err != nil {
		return err
	}
	if p.Kind != kindAgreementSign && p.Kind != kindAgreementAdopt {
		return errNoPage
	}
	d, err := documentOf(p)
	if err != nil {
		return err
	}
	body := agreementPage{Proposed: true}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		body = agreementPage{Proposed: true}
		return v.readAgreement(tx, d, v.s.Now(), &body)
	}); err != nil {
		return err
	}
	return v.show("partner_agreement", "partner.agreement", body)
}

// agreementFile is the agreement as it was proposed; once this node's signature was agreed to, with it.
func (v *visit) agreementFile() error {
	p, err := v.findProposal()
	if err != nil {
		return err
	}
	var b agreementBody
	if p.Kind != kindAgreementSign && p.Kind != kindAgreementAdopt || json.Unmarshal(p.Body, &b) != nil {
		return errNoPage
	}
	text := b.Document
	if p.Result != "" {
		text = p.Result
	}
	return v.file("agreement.json", "application/json", []byte(text))
}
