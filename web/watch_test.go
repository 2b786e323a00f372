package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"mitra/store"
)

// Auditors choose a record; whoever opens it sees nothing of that, and is told of to auditors and the log.
func TestWatchedRecords(t *testing.T) {
	x := newSite(t)
	entry := x.entry("K1")
	follow, stop := context.WithCancel(ctx)
	t.Cleanup(stop)
	go x.pages.Run(follow)
	auditor, liaison := x.as("auditor"), x.as("liaison")
	liaison.page("/people/" + entry) // before
	has(t, auditor.page("/people/watched"), "Nobody has opened a watched record.", "No record is watched.")
	if code, _, _ := auditor.post("/people/" + entry + "/watch"); code != http.StatusSeeOther {
		t.Fatalf("watch: %d", code)
	}
	has(t, auditor.page("/people/watched"), "The record is watched.", entry, "Nobody has opened a watched record.")
	has(t, auditor.page("/people/"+entry+"/lookers"), "watched", "/unwatch")
	body := liaison.page("/people/" + entry)
	if strings.Contains(strings.ToLower(body), "watch") {
		t.Error("whoever opens it sees that it is watched")
	}
	body = auditor.page("/people/watched")
	has(t, body, "liaison", "to ask the partner, or to answer")
	if strings.Contains(main(body), "Wati") {
		t.Error("auditors see no names")
	}
	for begun := time.Now(); !strings.Contains(auditor.page("/"), "A watched record was opened"); time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("the home page of an auditor does not say so")
		}
	}
	if !strings.Contains(x.kh.log.String(), "a watched record was opened") || strings.Contains(x.kh.log.String(), entry) {
		t.Errorf("the log: %s", x.kh.log)
	}
	if strings.Contains(liaison.page("/"), "watched") {
		t.Error("others are told")
	}
	if code, _, _ := auditor.post("/people/" + entry + "/unwatch"); code != http.StatusSeeOther {
		t.Fatalf("unwatch: %d", code)
	}
	has(t, auditor.page("/people/watched"), "No record is watched.", "Nobody has opened a watched record.")
	for _, bad := range []string{"x", store.NewID()} {
		if code, _, _ := auditor.post("/people/" + bad + "/watch"); code != http.StatusNotFound {
			t.Errorf("watch %q: %d", bad, code)
		}
	}
	if code, _, _ := liaison.post("/people/" + entry + "/watch"); code != http.StatusForbidden {
		t.Errorf("a liaison officer watches: %d", code)
	}
}

// A watched record that is opened where it was referred is told of, and not what for: that may tell of danger.
func TestWatchedReferral(t *testing.T) {
	x := newSite(t)
	entry := x.entry("K1")
	id := x.handOver("supervisor", "K1")
	if code, _, _ := x.as("auditor").post("/people/" + entry + "/watch"); code != http.StatusSeeOther {
		t.Fatalf("watch: %d", code)
	}
	x.as("guest").page("/referred/" + id)
	body := main(x.as("auditor").page("/people/watched"))
	has(t, body, ">guest<")
	hasNot(t, body, "wages and rights")
}
