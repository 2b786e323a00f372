package status

import (
	"mitra/identity/person"
	"mitra/rules"
)

// stay answers in this order: gone, never recorded as entered, not yet entered,
// relieved, and then by the end of the stay.
func (f *Facts) stay(visa rules.VisaEffect) finding[rules.Stay] {
	var background []Reason // true, and said, whatever the value becomes
	is := func(v rules.Stay, reasons ...Reason) finding[rules.Stay] {
		return finding[rules.Stay]{v, append(background, reasons...), nil}
	}
	if f.Exit.given() {
		switch notAfter(f.Exit.Date, f.AsOf) {
		case maybe:
			return is(rules.StayUnknown, because("stay_exit_unclear", dateArg("exit", f.Exit.Date)))
		case yes:
			exit := dateArg("exit", f.Exit.Date)
			switch f.returned() {
			case no:
				return is(rules.StayDeparted, because("stay_departed", exit))
			case maybe:
				return is(rules.StayUnknown, because("stay_return_unclear", exit, dateArg("entry", f.Entry.Date)))
			}
			background = append(background, because("stay_returned", exit, dateArg("entry", f.Entry.Date)))
		}
	}
	if f.Entry.State == CellNone {
		return is(rules.StayNoEntryRecord, because("stay_no_entry"))
	}
	if f.Entry.given() {
		switch notAfter(f.Entry.Date, f.AsOf) {
		case no:
			return is(rules.StayUnknown, because("stay_entry_later", dateArg("entry", f.Entry.Date)))
		case maybe:
			return is(rules.StayUnknown, because("stay_entry_unclear", dateArg("entry", f.Entry.Date)))
		}
	}
	if f.Relief {
		return is(rules.StayRelief, because("stay_relief_note"))
	}
	if visa == rules.VisaRelief {
		return is(rules.StayRelief, because("stay_relief_visa", arg("visa", f.VisaClass)))
	}
	end := f.byEndOfStay()
	end.reasons = append(background, end.reasons...)
	return end
}

// returned answers whether the person came back between the exit and the as-of
// date. An entry on the day of the exit is not a later one; an entry after the
// as-of date had not happened yet.
func (f *Facts) returned() truth {
	if !f.Entry.given() {
		return no
	}
	return both(before(f.Exit.Date, f.Entry.Date), notAfter(f.Entry.Date, f.AsOf))
}

func (f *Facts) byEndOfStay() finding[rules.Stay] {
	is := func(v rules.Stay, reason Reason) finding[rules.Stay] {
		return finding[rules.Stay]{v, []Reason{reason}, nil}
	}
	if !f.StayUntil.given() {
		switch f.StayUntil.State {
		case CellAbsent:
			return is(rules.StayUnknown, because("stay_until_absent"))
		case CellNone:
			return is(rules.StayUnknown, because("stay_until_none"))
		}
		return is(rules.StayUnknown, because("stay_until_blank"))
	}
	end := f.StayUntil.Date
	until := dateArg("until", end)
	// An end before the entry belongs to an earlier stay: calling it an
	// overstay would accuse a person of what the register does not say.
	if f.Entry.given() && before(end, f.Entry.Date) == yes {
		return is(rules.StayUnknown, because("stay_until_before_entry", until, dateArg("entry", f.Entry.Date)))
	}
	switch notAfter(f.AsOf, end) {
	case yes:
		return is(rules.StayValid, because("stay_valid", until))
	case maybe:
		return is(rules.StayUnknown, because("stay_until_unclear", until))
	}
	return f.overstay()
}

// overstay says for how long, and what has to be cleared before anybody draws a
// conclusion from it.
func (f *Facts) overstay() finding[rules.Stay] {
	end := f.StayUntil.Date
	key := "stay_overstay"
	if end.Prec != person.PrecDay {
		key = "stay_overstay_at_least"
	}
	out := finding[rules.Stay]{value: rules.StayOverstay}
	out.reasons = append(out.reasons, because(key, dateArg("until", end), countArg(argDays, f.AsOf.Days()-end.Latest().Days())))
	for _, p := range f.linked() {
		if p.stateOn(f.AsOf) == permitInForce {
			out.reasons = append(out.reasons, because("overstay_permit_in_force", dateArg("until", p.Until)))
			out.evidence = append(out.evidence, "linked:"+p.RecordID)
		}
	}
	if n, evidence := f.undecided(); n > 0 {
		out.reasons = append(out.reasons, because("possible_permit", countArg("count", n)))
		out.evidence = append(out.evidence, evidence...)
	}
	return out
}
