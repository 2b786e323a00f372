package web_test

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/store"
	"mitra/web"
	desk "mitra/web/api/client"
)

var update = flag.Bool("update", false, "write the generated client anew")

// The client is what the description of the interface makes.
func TestAPIClientIsCurrent(t *testing.T) {
	x := newSite(t)
	_, _, doc := (&program{x: x}).do("GET", "/openapi.json", nil)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "openapi.json"), []byte(doc), 0o600))
	made := filepath.Join(dir, "client.go")
	out, err := exec.Command("go", "tool", "-modfile=../tools/go.mod", "oapi-codegen", "-config", "api/client/config.yaml", "-o", made, filepath.Join(dir, "openapi.json")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, err := os.ReadFile(made)
	must(t, err)
	if *update {
		must(t, os.WriteFile("api/client/client.go", want, 0o600))
	}
	is, err := os.ReadFile("api/client/client.go")
	must(t, err)
	if !bytes.Equal(is, want) {
		t.Error("web/api/client is of another description: go test ./web -run TestAPIClientIsCurrent -update")
	}
}

// A Go program that was made from the description does a morning's work: it agrees with what is answered.
func TestAPIClient(t *testing.T) {
	x := newSite(t)
	p := x.token("chief")
	c, err := desk.NewClientWithResponses(x.server.URL+"/api", desk.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+p.secret)
		return nil
	}))
	must(t, err)
	me, err := c.MeWithResponse(ctx, nil)
	must(t, err)
	if me.JSON200 == nil || me.JSON200.Account != "chief" || !me.JSON200.Protection {
		t.Fatalf("me: %d %s", me.StatusCode(), me.Body)
	}
	found, err := c.SearchPeopleWithResponse(ctx, &desk.SearchPeopleParams{MitraPurpose: "enquiry"}, desk.SearchPeopleJSONRequestBody{Who: "Wati Contoh 1990"})
	must(t, err)
	if found.JSON200 == nil || len(*found.JSON200.Hits) == 0 {
		t.Fatalf("the search: %d %s", found.StatusCode(), found.Body)
	}
	entry := (*found.JSON200.Hits)[0].Record
	person, err := c.GetPersonWithResponse(ctx, entry, &desk.GetPersonParams{MitraPurpose: "enquiry"})
	must(t, err)
	if person.JSON200 == nil || person.JSON200.Entry != entry || len(*person.JSON200.Residents) != 1 || len(*(*person.JSON200.Residents)[0].Axes) != 5 {
		t.Errorf("the person: %d %s", person.StatusCode(), person.Body)
	}
	release := []string{"stay"}
	asked, err := c.AskWithResponse(ctx, &desk.AskParams{MitraPurpose: "enquiry", IdempotencyKey: key()}, desk.AskJSONRequestBody{
		Peer: "ID", Purpose: x.purpose("stay"), Person: &desk.Description{PassportNo: ptr("X1234567")}, Release: &release, Subject: &entry,
	})
	must(t, err)
	if asked.JSON201 == nil || asked.JSON201.Peer == "" {
		t.Fatalf("asked: %d %s", asked.StatusCode(), asked.Body)
	}
	sent, err := c.ListEnquiriesWithResponse(ctx, &desk.ListEnquiriesParams{Box: ptr(desk.ListEnquiriesParamsBox("outbox"))})
	must(t, err)
	if sent.JSON200 == nil || len(*sent.JSON200.Items) != 1 || (*sent.JSON200.Items)[0].Conversation != asked.JSON201.Conversation {
		t.Errorf("what was asked: %d %s", sent.StatusCode(), sent.Body)
	}

	// What the partner asks is answered, and nothing but what was named leaves.
	cid := x.ask(enquiry.Question{Person: wati(), Release: []string{"stay", "stay_until"}, Case: "J-1"})
	seen, err := c.GetEnquiryWithResponse(ctx, cid, &desk.GetEnquiryParams{MitraPurpose: "enquiry"})
	must(t, err)
	if seen.JSON200 == nil || !seen.JSON200.CanAnswer || len(*seen.JSON200.Candidates) == 0 {
		t.Fatalf("the enquiry: %d %s", seen.StatusCode(), seen.Body)
	}
	record := (*seen.JSON200.Candidates)[0].Record
	more := []string{"stay", "phone"}
	refused, err := c.AnswerWithResponse(ctx, cid, &desk.AnswerParams{MitraPurpose: "enquiry", IdempotencyKey: key()}, desk.AnswerJSONRequestBody{Record: &record, Release: &more})
	must(t, err)
	if refused.ApplicationproblemJSONDefault == nil || refused.ApplicationproblemJSONDefault.Code != "invalid" {
		t.Errorf("more than may leave: %d %s", refused.StatusCode(), refused.Body)
	}
	answered, err := c.AnswerWithResponse(ctx, cid, &desk.AnswerParams{MitraPurpose: "enquiry", IdempotencyKey: key()}, desk.AnswerJSONRequestBody{Record: &record, Release: &release})
	must(t, err)
	if answered.JSON200 == nil || answered.JSON200.Type == nil || *answered.JSON200.Type != "release" {
		t.Fatalf("answered: %d %s", answered.StatusCode(), answered.Body)
	}
	x.pass(time.Minute)
	v, err := x.id.s.Enquiries.Show(ctx, cid, enquiry.Officer{Name: "asker"})
	must(t, err)
	if v.Ending != "release" || v.Words == nil || len(v.Words.Record) != 1 || v.Words.Record["stay"] != "valid" {
		t.Errorf("what has left: %+v", v.Words)
	}
	gone, err := c.GetPersonWithResponse(ctx, store.NewID(), &desk.GetPersonParams{MitraPurpose: "enquiry"})
	must(t, err)
	if gone.StatusCode() != http.StatusNotFound || gone.ApplicationproblemJSONDefault == nil || gone.ApplicationproblemJSONDefault.Code != "not_found" {
		t.Errorf("nobody: %d %s", gone.StatusCode(), gone.Body)
	}
}

func ptr[T any](v T) *T { return &v }

// What schemathesis makes of the description is sent to every operation, by a token that may everything. MITRA_TEST_SCHEMATHESIS
// names the program; MITRA_TEST_EXAMPLES how much of it.
func TestAPISchemathesis(t *testing.T) {
	program := os.Getenv("MITRA_TEST_SCHEMATHESIS")
	if program == "" {
		t.Skip("no MITRA_TEST_SCHEMATHESIS: .ci/long api has it")
	}
	x := newSite(t)
	x.ask(enquiry.Question{Person: wati(), Release: []string{"stay"}, Case: "J-1"})
	x.account("all", true, slices.DeleteFunc(account.Roles(), func(r account.Role) bool { return r == account.Guest })...)
	var requests atomic.Int64
	begun := time.Now()
	x.serve(func(d *web.Desk) { // the limits of an hour are tried elsewhere
		d.Now = func() time.Time { return begun.Add(time.Duration(requests.Add(1)) * 31 * time.Second) }
	})
	dir := t.TempDir()
	// Not all that a description lets through can be done: there is no such cursor, no rule for that day, nobody of that name.
	must(t, os.WriteFile(filepath.Join(dir, "schemathesis.toml"), []byte("[checks.positive_data_acceptance]\nexpected-statuses = [\"2xx\", \"3xx\", \"4xx\"]\n"), 0o600))
	ends := []string{"revoke-own-token", "revoke-token", "sign-out"} // those by which the token may end: last, since nothing comes after
	for _, last := range []bool{false, true} {
		p := x.token("all")
		args := []string{"run", x.server.URL + "/api/openapi.json", "--header", "Authorization: Bearer " + p.secret, "--max-examples", cmp.Or(os.Getenv("MITRA_TEST_EXAMPLES"), "50"),
			"--seed", "1", "--continue-on-failure", "--suppress-health-check", "all", "--no-color"}
		for _, id := range ends {
			if last {
				args = append(args, "--include-operation-id", id)
			} else {
				args = append(args, "--exclude-operation-id", id)
			}
		}
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "an operation") || strings.Contains(log, "mitra_kh_") {
		t.Errorf("the log: %s", log)
	}
}
