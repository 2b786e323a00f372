package person

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNormalNumber(t *testing.T) {
	for in, want := range map[string]string{
		"A1234567": "A1234567", "a 123-4567": "A1234567", "ក១២៣": "ក123", "x/12.3": "X123", "": "", "--": "", "１２": "12", "b\xff1": "B1",
	} {
		if got := NormalNumber(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	var sink string
	if n := testing.AllocsPerRun(100, func() { sink = NormalNumber("A1234567") }); n != 0 || sink == "" {
		t.Errorf("a normal number costs %v allocations", n)
	}
}

func TestNormalNumberIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NormalNumber(rapid.String().Draw(t, "s"))
		if NormalNumber(s) != s {
			t.Fatalf("%q changes again", s)
		}
	})
}

func TestPermitDocument(t *testing.T) {
	until, _ := DateOf(2024, 12, 31)
	want := Document{Kind: WorkPermit, Issuer: "KHM", Number: "WP 17", Expiry: until}
	if got := (Permit{Number: "WP 17", Until: until}).Document("KHM"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
