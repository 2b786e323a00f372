package letter_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"

	"mitra/treaty/card"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

const (
	kh = "mitra/KH/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a10"
	id = "mitra/ID/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a11"

	now = 1710288000 // 13 March 2024
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func seed(n byte) string { return signed.Base64.EncodeToString(bytes.Repeat([]byte{n}, 32)) }

func fixed(n byte) signed.Key { return must(signed.FromSeed(bytes.Repeat([]byte{n}, 32))) }

// party is a node with fixed keys.
type party struct {
	name string
	keys card.Keys
	card.Chain
}

func newParty(name string, first byte) party {
	keys := must(card.ParseKeys(fmt.Appendf(nil, `{"form":"mxp-keys/1","sign":[%q,%q],"seal":[{"suite":"X1","key":%q}]}`, seed(first), seed(first+1), seed(first+2))))
	c := must(card.Make(card.Details{Node: name, Authority: "SYNTHETIC authority of " + name[6:8],
		TLS: []string{signed.Hash([]byte(name))}, Journal: fixed(first + 3).Public()}, keys, now-1000))
	return party{name, keys, card.Chain{c}}
}

func (p party) seal() card.SealKey { return must(p.SealKey(now)) }

var cambodia, indonesia = newParty(kh, 10), newParty(id, 20)

// keys are those of the two nodes.
func keys(node, kid string, written int64) (ed25519.PublicKey, error) {
	if node == kh {
		return letter.KeysOf(cambodia.Chain, now)(node, kid, written)
	}
	return letter.KeysOf(indonesia.Chain, now)(node, kid, written)
}

// mid is a fixed id.
func mid(n int) string { return fmt.Sprintf("018e3490-5c00-7000-8000-%012d", n) }

// header is that of a letter of a type, from Cambodia to Indonesia.
func header(typ string) letter.Header {
	h := letter.Header{Issuer: kh, Audience: id, ID: mid(1), Conversation: mid(1), Issued: now, Expires: now + 7*24*3600}
	if letter.NeedsAgreement(typ) {
		h.Agreement, h.Article, h.Purpose = signed.Hash([]byte("agreement")), "3", "status"
		h.Handling, h.Grading, h.Requesting, h.Clock, h.Retain = "H2", "B2", "hq.registry", "normal", now+30*24*3600
		h.Reference = signed.Hash([]byte("salt and reference"))
	}
	switch typ {
	case "answer", "release-request", "release", "nothing-to-release", "nationality-verification-answer",
		"document-verification-answer", "welfare-check-answer", "referral-reply":
		h.Conversation, h.InReplyTo = mid(100), mid(100)
	}
	return h
}

func document() string {
	return string(bytes.TrimSpace(cambodia.Chain[0].Bytes()))
}

// found is what finds one person under the shipped draft of an agreement.
const found = `"full_name":"SYNTHETIC BUDI SANTOSO","birth_date":"1990-04"`

const person = `{"full_name":"SYNTHETIC BUDI SANTOSO","sex":"M","birth_date":"1990-04","nationality":"IDN","passport_no":"X0000000"}`

// payloads are one or more of each type. The people are invented.
var payloads = map[string][]string{
	"ping":            {`{"n":1,"pad":"xxxx"}`, `{}`},
	"card":            {`{"card":` + document() + `}`},
	"agreement":       {`{"agreement":` + document() + `}`},
	"reconcile":       {`{"since":1710000000,"until":1710288000}`, `{"since":1710000000,"until":1710288000,"held":["` + mid(7) + `"]}`, `{"since":1710000000,"until":1710288000,"send":["` + mid(7) + `"]}`},
	"enquiry":         {`{"person":` + person + `,"release":["full_name","stay","stay_until"]}`, `{"person":{"permit_no":"P-1"}}`, `{"person":{` + found + `},"release":["stay","stay_until"]}`},
	"answer":          {`{"result":"no-hit"}`, `{"result":"pending"}`},
	"release-request": {`{"fields":["origin","registered_on"],"reason":"renewal"}`, `{"fields":["stay","stay_until"]}`},
	"release": {`{"record":{"full_name":"SYNTHETIC BUDI SANTOSO","stay":"valid","stay_until":"2025-01-31","origin":"procedural"},"officer":"o-17","as_of":"2024-03-13"}`,
		`{"record":{"entry_date":"none"},"officer":"o-17"}`, `{"record":{"stay":"valid","stay_until":"2025-01-31"},"officer":"o-17"}`},
	"nothing-to-release":              {`{}`},
	"nationality-verification":        {`{"person":` + person + `,"documents":[{"kind":"passport","issuer":"IDN","number":"X0000000","expiry":"2026-01-01"}],"travel_document_needed":true}`, `{"person":{` + found + `}}`},
	"nationality-verification-answer": {`{"answer":"national"}`, `{"answer":"not_national"}`, `{"answer":"not_established"}`},
	"document-verification":           {`{"document":{"kind":"passport","issuer":"IDN","number":"X0000000"},"holder":` + person + `}`, `{"document":{"kind":"passport","issuer":"IDN","number":"X0000000"},"holder":{` + found + `}}`},
	"document-verification-answer":    {`{"answer":"genuine"}`, `{"answer":"not_genuine"}`, `{"answer":"not_this_holder"}`, `{"answer":"lost_or_stolen"}`, `{"answer":"no_record"}`},
	"alert": {`{"kind":"missing","person":` + person + `,"action":"inform_sender","issued_on":"2024-03-13","expires_on":"2024-06-13"}`,
		`{"kind":"possible_victim","person":` + person + `,"action":"refer_to_protection","issued_on":"2024-03-13","expires_on":"2024-06-13","basis":{"kind":"consent","text":"given in writing, for this alert"}}`,
		`{"kind":"pattern","action":"inform_sender","issued_on":"2024-03-13","expires_on":"2024-06-13","summary":"office work offered by message, fares paid in advance"}`},
	"welfare-check": {`{"person":` + person + `,"concern":"no contact with the family since January"}`,
		`{"person":` + person + `,"concern":"asked for help","visit":true,"safety_plan":"two officers of the protection office, not in uniform"}`,
		`{"person":{` + found + `},"concern":"no contact with the family since January"}`},
	"welfare-check-answer": {`{"result":"informed"}`, `{"result":"taken_up"}`, `{"result":"nothing_to_report"}`},
	"referral": {`{"person":` + person + `,"basis":{"kind":"consent","text":"given in writing, for reception"},"view":["presumed_victim"],"needs":["reception","medical"],"indicators":["sc07"],"contact":"mission.protection","summary":"returns on a date to be agreed"}`,
		`{"person":{` + found + `},"basis":{"kind":"consent","text":"given in writing, for reception"},"view":["presumed_victim"],"needs":["reception"],"contact":"mission.protection"}`},
	"referral-reply": {`{"reply":"accepted","contact":"social.jakarta"}`, `{"reply":"declined","reason":{"code":"no_capacity"}}`, `{"reply":"done"}`, `{"reply":"revoked"}`},
	"fraud-notice": {`{"notice_id":"kh-2024-0001","reporter":"airport.pnh","seen":{"on":"2024-03-12","place":"Phnom Penh airport","direction":"entry","carrier":"XX","flight":"XX123"},` +
		`"document":{"kind":"passport","issuer":"IDN","number":"X0000000","series":"X0"},"fraud":[{"category":"photo_substitution","confidence":"confirmed","technique":"laminate cut"}],` +
		`"security_feature":["laminate"],"holder_role":"user","possible_victim":true,"examination":{"examiner":"o-3","level":2,"method":"oblique light"},"request":"verify_document","retention_until":"2025-03-12"}`,
		`{"notice_id":"kh-2024-0002","reporter":"airport.pnh","seen":{"on":"2024-03-12"},"document":{"kind":"passport","issuer":"IDN","number":"X0000000"},"fraud":[{"category":"false_stamp","confidence":"suspected"}],` +
			`"holder_role":"unknown","request":"verify_document","retention_until":"2024-09-12"}`},
	"statistics": {`{"table":"T03","period":"2024-Q1","revision":0,"definition":"permits-in-force.1","source":"work permit register","reference_date":"2024-03-31","coverage":"all provinces","rounded_to":5,"threshold":10,` +
		`"dimensions":["sector","sex"],"cells":[{"at":[],"value":58305},{"at":["F","M"],"value":1205},{"at":["A","F"],"suppressed":true}]}`},
	"commitment": {`{"id":"2024.3.1","area":3,"instrument":"meeting record of 13 March 2024","text":{"en":"Reconcile the registers","id":"Mencocokkan register"},"owner":[{"state":"KH","office":"hq.registry"},{"state":"ID","office":"hq.liaison"}],` +
		`"due":"2024-12-31","milestones":[{"text":{"en":"first run"},"due":"2024-06-30","done":"2024-05-02"}],"measure":{"counts":"residents with a status","target":73000},"status":"limited","confirms":false,"evidence":["https://example.org/minutes"],"blocked_by":["2024.7.2"]}`,
		`{"id":"2024.8.1","area":8,"instrument":"meeting record of 13 March 2024","text":{"en":"A course for examiners of documents"},"owner":[{"state":"ID","office":"hq.training"}],"due":"2024-12-31","status":"not_started"}`},
	"correction":      {`{"of":"` + mid(7) + `","record":{"stay":"relief"},"removed":["stay_until"],"reason":{"code":"wrong_person","text":"two people of one name"}}`},
	"withdrawal":      {`{"of":"` + mid(7) + `","reason":{"code":"found"}}`},
	"erasure-request": {`{"of":"` + mid(7) + `","ground":"retention_ended"}`},
}

func sample(typ string, n int) letter.Letter {
	return letter.Letter{Type: typ, Header: header(typ), Payload: json.RawMessage(payloads[typ][n])}
}
