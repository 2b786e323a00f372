package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// faults collects what is wrong with a pack.
type faults []error

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

func (p *StatusPack) validate() error {
	var f faults
	p.validateHead(&f)
	p.validateTable(&f)
	p.validateTexts(&f)
	return errors.Join(f...)
}

func (p *StatusPack) validateHead(f *faults) {
	if p.ID == "" || p.Version < 1 {
		f.add("id and a version from 1 are needed")
	}
	if p.Certainty == "" || p.Authority == "" {
		f.add("certainty and authority must be said")
	}
	if _, err := time.Parse(time.DateOnly, p.From); err != nil {
		f.add("in_force_from: want yyyy-mm-dd")
	}
	if p.Until != "" {
		if _, err := time.Parse(time.DateOnly, p.Until); err != nil || p.Until < p.From {
			f.add("in_force_until: want yyyy-mm-dd, not before in_force_from, or nothing")
		}
	}
	for _, l := range Langs() {
		lang, ok := p.Languages[l]
		switch {
		case !ok:
			f.add("languages.%s: missing", l)
		case !lang.Reviewed && lang.Mark == "":
			f.add("languages.%s: a language that is not reviewed needs its mark", l)
		}
	}
	if len(p.Languages) > len(Langs()) {
		f.add("languages: one is unknown")
	}
}

func (p *StatusPack) validateTable(f *faults) {
	ids := map[string]bool{}
	classes := map[Class]bool{}
	for i, r := range p.Rows {
		where := fmt.Sprintf("row %d (%s)", i+1, r.ID)
		if r.ID == "" || ids[r.ID] {
			f.add("%s: id missing or used twice", where)
		}
		if !r.Class.Known() || classes[r.Class] {
			f.add("%s: class %q is unknown or has a row already", where, r.Class)
		}
		ids[r.ID], classes[r.Class] = true, true
		last := i == len(p.Rows)-1
		if r.Otherwise != last {
			f.add("%s: the last row, and no other, is the one for everything else", where)
		}
		if r.Otherwise != (len(r.When) == 0) {
			f.add("%s: want conditions, or otherwise = true", where)
		}
		p.validatePart(f, where, r.When, r.Duties)
	}
	if len(p.Rows) == 0 {
		f.add("the table has no rows")
	}
	for _, a := range p.Additions {
		where := fmt.Sprintf("addition %s", a.ID)
		if a.ID == "" || ids[a.ID] {
			f.add("%s: id missing or used twice", where)
		}
		ids[a.ID] = true
		if len(a.When) == 0 || len(a.Duties) == 0 {
			f.add("%s: want conditions and duties", where)
		}
		p.validatePart(f, where, a.When, a.Duties)
	}
	for _, d := range p.Duties {
		if !p.usesDuty(d.ID) {
			f.add("duty %s: nothing uses it", d.ID)
		}
	}
	for _, c := range p.Confined {
		if c.Axis != AxisOrigin || c.Node == "" || c.Value == c.ReadAs {
			f.add("confined: want the origin axis, a node, and another value to read")
		}
	}
	for _, v := range p.Visas {
		if v.ID == "" || len(v.Names) == 0 || v.Effect != VisaNotWorking && v.Effect != VisaRelief {
			f.add("visa %q: want an id, names, and the effect not_working or relief", v.ID)
		}
	}
}

func (p *StatusPack) validatePart(f *faults, where string, when []Condition, duties []string) {
	for _, c := range when {
		if len(c.Identity)+len(c.Stay)+len(c.Work)+len(c.Origin)+len(c.Protection) == 0 {
			f.add("%s: a condition names no axis, so it would always hold", where)
		}
		if slices.Contains(c.Protection, NoneKnown) {
			f.add("%s: a condition on none_known could never hold", where)
		}
	}
	for _, id := range duties {
		if !p.known(id) {
			f.add("%s: duty %q is not described", where, id)
		}
	}
}

func (p *StatusPack) validateTexts(f *faults) {
	plain := func(where string, t Text) {
		for _, l := range Langs() {
			if strings.TrimSpace(t.In(l)) == "" || strings.ContainsAny(t.In(l), "{}") {
				f.add("%s: text in %q is missing or has braces", where, l)
			}
		}
	}
	plain("notice", p.Notice)
	for _, r := range p.Rows {
		plain("row "+r.ID+", title", r.Title)
		plain("row "+r.ID+", text", r.Text)
	}
	for _, d := range p.Duties {
		plain("duty "+d.ID, d.Text)
	}
	for _, a := range AllAxes() {
		plain("axis "+string(a), p.AxisNames[a])
		for _, v := range ValuesOf(a) {
			plain("value "+string(a)+"."+v, p.Values[a][v])
		}
		if len(p.Values[a]) > len(ValuesOf(a)) {
			f.add("value.%s: one does not exist", a)
		}
	}
	if len(p.AxisNames) > len(AllAxes()) || len(p.Values) > len(AllAxes()) {
		f.add("axis or value: one axis does not exist")
	}
	checkReasons(f, p.Reasons)
}

// checkReasons refuses texts that a language misses, and placeholders that differ between languages.
func checkReasons(f *faults, reasons map[string]Text) {
	for _, key := range slices.Sorted(maps.Keys(reasons)) {
		t := reasons[key]
		want, err := placeholders(t.EN)
		if err != nil {
			f.add("reason %s, %q: %w", key, English, err)
		}
		for _, l := range Langs() {
			got, err := placeholders(t.In(l))
			if err != nil || strings.TrimSpace(t.In(l)) == "" || !slices.Equal(got, want) {
				f.add("reason %s: text in %q is missing, or its placeholders are not those of the English", key, l)
			}
		}
	}
}
