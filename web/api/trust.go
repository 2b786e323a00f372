package api

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"mitra/desk/account"
	"mitra/treaty/courier"
)

// mostDocument is how long a body with a card or an agreement in it is at most.
const mostDocument = 2 << 20

// trust changes whom this node trusts and by which agreement, each by two officers; and carries letters by files.
func (a *API) trust() {
	right := account.ChangePartner
	add(a, operation{id: "add-peer", method: "POST", path: "/v1/peers", right: right, changes: true, two: true, status: 202, most: mostDocument, says: "Proposes to take in the card of another authority, with the words that it has read out."}, (*call).addPeer)
	add(a, operation{id: "suspend-peer", method: "POST", path: "/v1/peers/{peer}/suspend", right: right, changes: true, two: true, status: 202, says: "Proposes to suspend a partner."}, (*call).suspend)
	add(a, operation{id: "resume-peer", method: "POST", path: "/v1/peers/{peer}/resume", right: right, changes: true, two: true, status: 202, says: "Proposes to take a partner up again."}, (*call).resume)
	add(a, operation{id: "draft-agreement", method: "POST", path: "/v1/agreements/draft", right: right, says: "The shipped agreement, filled in for a partner. Nothing is kept."}, (*call).draftAgreement)
	add(a, operation{id: "sign-agreement", method: "POST", path: "/v1/agreements/sign", right: right, changes: true, two: true, status: 202, most: mostDocument, says: "Proposes to sign an agreement with the key of this node."}, (*call).sign)
	add(a, operation{id: "adopt-agreement", method: "POST", path: "/v1/agreements/adopt", right: right, changes: true, two: true, status: 202, most: mostDocument, says: "Proposes to adopt an agreement that both have signed."}, (*call).adopt)
	add(a, operation{id: "get-proposed-agreement", method: "GET", path: "/v1/proposals/{proposal}/agreement", right: right, says: "The agreement of a proposal as a file: with this node's signature, once that was agreed to."}, (*call).proposedAgreement)
	serve(a, operation{id: "export-bundle", method: "POST", path: "/v1/peers/{peer}/bundle", right: right, says: "What waits for a partner, as a file to be carried there."}, (*call).exportBundle)
	add(a, operation{id: "import-bundle", method: "POST", path: "/v1/bundles", right: right, file: true, says: "Takes in a file that a partner has written. It can be sent again."}, (*call).importBundle)
	add(a, operation{id: "ping-peer", method: "POST", path: "/v1/peers/{peer}/ping", right: right, says: "Sends test letters to a partner, and waits some seconds for their receipts."}, (*call).ping)
	binary := map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	paths := a.huma.OpenAPI().Paths
	paths["/v1/peers/{peer}/bundle"].Post.Responses["200"].Content = binary
	paths["/v1/bundles"].Post.RequestBody = &huma.RequestBody{Required: true, Content: binary}
}

type addPeerIn struct {
	Body struct {
		Card   string `json:"card" minLength:"1" maxLength:"300000" doc:"The file of the card."`
		Words  string `json:"words,omitempty" maxLength:"500" doc:"As the other authority has read them out; needed for the first card of a node."`
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for the second officer."`
	}
}

func (c *call) addPeer(in *addPeerIn) (Step, error) {
	waits, err := c.AddPeer(c.ctx, in.Body.Card, in.Body.Words, in.Body.Reason)
	return stepOf(waits), err
}

type peerStateIn struct {
	PeerIn
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for the second officer."`
	}
}

func (c *call) suspend(in *peerStateIn) (Step, error) {
	waits, err := c.SetPeerState(c.ctx, in.Peer, courier.Suspended, in.Body.Reason)
	return stepOf(waits), err
}

func (c *call) resume(in *peerStateIn) (Step, error) {
	waits, err := c.SetPeerState(c.ctx, in.Peer, courier.Active, in.Body.Reason)
	return stepOf(waits), err
}

type draftAgreementIn struct {
	Body struct {
		Peer  string `json:"peer" minLength:"1" maxLength:"100" doc:"Country or node."`
		From  string `json:"from" format:"date"`
		Until string `json:"until" format:"date"`
	}
}

func (c *call) draftAgreement(in *draftAgreementIn) (json.RawMessage, error) {
	_, d, err := c.DraftAgreement(c.ctx, in.Body.Peer, in.Body.From, in.Body.Until)
	if err != nil {
		return nil, err
	}
	return d.Bytes(), nil
}

type documentIn struct {
	Body struct {
		Document string `json:"document" minLength:"1" maxLength:"400000" doc:"The file of the agreement, with the signatures that it has."`
		Reason   string `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for the second officer."`
	}
}

func (c *call) sign(in *documentIn) (Step, error) {
	waits, err := c.ProposeAgreement(c.ctx, in.Body.Document, "sign", in.Body.Reason)
	return stepOf(waits), err
}

func (c *call) adopt(in *documentIn) (Step, error) {
	waits, err := c.ProposeAgreement(c.ctx, in.Body.Document, "adopt", in.Body.Reason)
	return stepOf(waits), err
}

func (c *call) proposedAgreement(in *ProposalIn) (json.RawMessage, error) {
	text, err := c.AgreementOf(c.ctx, in.Proposal)
	return json.RawMessage(text), err
}

func (c *call) exportBundle(in *PeerIn) (*stream, error) {
	p, err := c.Peer(c.ctx, in.Peer)
	if err != nil {
		return nil, c.fail(err)
	}
	b, err := c.ExportBundle(c.ctx, p)
	if err != nil {
		return nil, c.fail(err)
	}
	return &stream{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/octet-stream")
		ctx.SetHeader("Content-Disposition", `attachment; filename="to-`+p.Country+`.mxp"`)
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(b) // who has gone is sent nothing more
	}}, nil
}

func (c *call) importBundle(*none) (courier.Moved, error) {
	c.a.s.Patient(c.w)
	return c.ImportBundle(c.ctx, io.Reader(http.MaxBytesReader(c.w, c.r.Body, c.a.s.MostUpload())))
}

type pingIn struct {
	PeerIn
	Body struct {
		Count int `json:"count" minimum:"1" maximum:"20"`
	}
}

// Pinged is what came of test letters.
type Pinged struct {
	Sent         int       `json:"sent"`
	Receipts     int       `json:"receipts"`
	Milliseconds []float64 `json:"milliseconds" doc:"That each took, sorted."`
}

func (c *call) ping(in *pingIn) (out Pinged, err error) {
	p, err := c.Peer(c.ctx, in.Peer)
	if err != nil {
		return out, err
	}
	took, err := c.PingPeer(c.ctx, p, in.Body.Count)
	return Pinged{in.Body.Count, len(took), append([]float64{}, took...)}, err
}
