package rules

import (
	"encoding"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The values have the names and the order of the specification, and every name
// reads back.
func TestNamesOfValues(t *testing.T) {
	for _, a := range AllAxes() {
		for _, name := range ValuesOf(a) {
			v := map[Axis]interface {
				encoding.TextUnmarshaler
				encoding.TextMarshaler
			}{
				AxisIdentity: new(Identity), AxisStay: new(Stay), AxisWork: new(Work),
				AxisOrigin: new(Origin), AxisProtection: new(Protection),
			}[a]
			if err := v.UnmarshalText([]byte(name)); err != nil {
				t.Errorf("%s: %v", a, err)
			}
			if got, _ := v.MarshalText(); string(got) != name {
				t.Errorf("%s: %q reads back as %q", a, name, got)
			}
			if v.UnmarshalText([]byte(name+" ")) == nil {
				t.Errorf("%s: %q with a blank was accepted", a, name)
			}
		}
	}
	for names, axis := range map[*[]string]Axis{
		ref(identityNames[:]): AxisIdentity, ref(stayNames[:]): AxisStay,
		ref(workNames[:]): AxisWork, ref(originNames[:]): AxisOrigin,
	} {
		want := slices.Sorted(slices.Values(ValuesOf(axis)))
		if got := slices.Sorted(slices.Values(*names)); !slices.Equal(got, want) {
			t.Errorf("%s: names %v, specification %v", axis, got, want)
		}
	}
	if ValuesOf("height") != nil {
		t.Error("values of an axis that does not exist")
	}
}

func ref(s []string) *[]string { return &s }

func TestProtectionSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Protection(rapid.Uint16Range(0, uint16(AllProtection)).Draw(t, "set"))
		var back Protection
		if err := back.UnmarshalText([]byte(p.String())); err != nil || back != p {
			t.Fatalf("%q reads back as %v, %v", p, back, err)
		}
		var union Protection
		for _, m := range p.Members() {
			union |= m
		}
		if union != p {
			t.Fatalf("members of %v make %v", p, union)
		}
	})
	for _, bad := range []string{"", "child+child", "none_known+child", "child+none_known", "child+", "Child"} {
		p := Claim
		if err := p.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		} else if p != Claim {
			t.Errorf("%q was refused but changed the value", bad)
		}
	}
}

func TestAxesValue(t *testing.T) {
	a := Axes{Identity: IdentityVerified, Stay: StayRelief, Work: WorkNotWorking, Origin: OriginSelfReported, Protection: Child | Claim}
	for axis, want := range map[Axis]string{
		AxisIdentity: "verified", AxisStay: "relief", AxisWork: "not_working",
		AxisOrigin: "self_reported", AxisProtection: "child+claim", "height": "",
	} {
		if got := a.Value(axis); got != want {
			t.Errorf("%s: %q, want %q", axis, got, want)
		}
	}
}
