package status

import (
	"slices"
	"testing"

	"mitra/rules"
)

// The five classes of the command-line contract, and whatever is not known.
func TestProtected(t *testing.T) {
	want := []rules.Class{rules.ProtectNoContact, rules.ChildFirst, rules.Protect, rules.IdentityPending, rules.EntryUnverified}
	for _, c := range rules.Classes() {
		if got := Protected(c); got != slices.Contains(want, c) {
			t.Errorf("%s: protected %v", c, got)
		}
	}
	if !Protected("NEW_CLASS") || !Protected("") {
		t.Error("a class that the program does not know is shown")
	}
}

func TestShown(t *testing.T) {
	f := regular(t)
	o := assess(t, f)
	class, reasons := o.Shown(false)
	if class != "REGULAR_HOST" || len(reasons) != 4 {
		t.Errorf("without the right: %s, %d reasons", class, len(reasons))
	}
	if class, reasons = o.Shown(true); class != "REGULAR_HOST" || len(reasons) != 5 {
		t.Errorf("with the right: %s, %d reasons", class, len(reasons))
	}
	f.Births[0].Born = day(t, "2010-01-01")
	o = assess(t, f)
	if class, reasons = o.Shown(false); class != AskSupervisor || reasons != nil {
		t.Errorf("a child without the right: %s, %v", class, reasons)
	}
	class, reasons = o.Shown(true)
	if class != "CHILD_FIRST" || !slices.ContainsFunc(reasons, func(r Reason) bool { return r.Key == "child_register" }) {
		t.Errorf("a child with the right: %s, %v", class, reasons)
	}
}
