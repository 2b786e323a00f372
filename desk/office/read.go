package office

import (
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones, wherever the program runs

	"github.com/BurntSushi/toml"

	"mitra/identity/person"
)

// A Fault is what is wrong with a key of a rota, and how to mend it. The key is a path, such as office[1].zone: the
// zone of the second office.
type Fault struct{ Key, Says string }

// Read reads a rota, and returns every fault there is in it. The error is that of a text that is no TOML.
func Read(text []byte) (*Rota, []Fault, error) {
	var said table
	if err := toml.Unmarshal(text, &said); err != nil {
		return nil, nil, err
	}
	r := &reader{}
	rota := &Rota{}
	top := r.in("", said)
	for _, t := range top.tables("officer") {
		rota.Officers = append(rota.Officers, t.officer())
	}
	for _, t := range top.tables("office") {
		rota.Offices = append(rota.Offices, t.office())
	}
	top.end()
	r.relations(rota)
	if len(r.faults) > 0 {
		return nil, r.faults, nil
	}
	return rota, nil, nil
}

type table = map[string]any

// A reader gathers faults.
type reader struct{ faults []Fault }

func (r *reader) wrong(key, says string) { r.faults = append(r.faults, Fault{key, says}) }

// part is a table of the text. What is read of it is taken out, so that what is left is unknown.
type part struct {
	*reader
	path string
	said table
}

func (r *reader) in(path string, said table) part { return part{r, path, maps.Clone(said)} }

func (p part) key(name string) string { return strings.TrimPrefix(p.path+"."+name, ".") }

func (p part) fault(name, says string) { p.wrong(p.key(name), says) }

// take returns the value of a key, of the zero value where it is missing or is something else.
func take[T any](p part, name, want string) (value T) {
	v, given := p.said[name]
	delete(p.said, name)
	value, ok := v.(T)
	if given && !ok {
		p.fault(name, want)
	}
	return value
}

func (p part) text(name string) string { return take[string](p, name, "want text in quotes") }

func (p part) texts(name string) (out []string) {
	for _, v := range take[[]any](p, name, `want a list of texts, such as ["one", "two"]`) {
		s, ok := v.(string)
		if !ok {
			p.fault(name, `want a list of texts, such as ["one", "two"]`)
			return nil
		}
		out = append(out, s)
	}
	return out
}

// tables are the tables of one name, written as [[name]] or in a list.
func (p part) tables(name string) (out []part) {
	v := p.said[name]
	delete(p.said, name)
	var all []table
	switch v := v.(type) {
	case nil:
	case []table:
		all = v
	case []any:
		for _, x := range v {
			t, ok := x.(table)
			if !ok {
				p.fault(name, "want tables, each under [["+name+"]]")
				return nil
			}
			all = append(all, t)
		}
	default:
		p.fault(name, "want tables, each under [["+name+"]]")
	}
	for i, t := range all {
		out = append(out, p.in(fmt.Sprintf("%s[%d]", p.key(name), i), t))
	}
	return out
}

// day reads a day: a date of TOML, or one in quotes.
func (p part) day(name string, v any) (Day, bool) {
	switch v := v.(type) {
	case time.Time:
		return dayOf(v), true
	case string:
		if t, err := time.Parse(time.DateOnly, v); err == nil {
			return dayOf(t), true
		}
	}
	p.fault(name, "want a day, such as 2027-04-14")
	return Day{}, false
}

// span reads two days of a table; both may be left out.
func (p part) span() (from, until Day) {
	for name, into := range map[string]*Day{"from": &from, "until": &until} {
		if v, given := p.said[name]; given {
			delete(p.said, name)
			*into, _ = p.day(name, v)
		}
	}
	if (until != Day{}) && until.before(from) {
		p.fault("until", "is before from")
	}
	return from, until
}

// end tells of keys that nobody has asked for.
func (p part) end() {
	for name := range p.said {
		p.fault(name, "there is no such key: mend its name, or take it out")
	}
}

func (p part) id() string {
	id := p.text("id")
	if id == "" || strings.ContainsFunc(id, func(c rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.", c) }) {
		p.fault("id", "want a short name of small letters, digits, - and _")
	}
	return id
}

func (p part) officer() Officer {
	o := Officer{ID: p.id(), Addresses: p.texts("addresses"), Deputies: p.texts("deputies"), Protection: take[bool](p, "protection", "want true or false"), Own: p.texts("own")}
	if len(o.Addresses) == 0 {
		p.fault("addresses", `want at least one, such as ["mailto:officer@authority.example"]`)
	}
	for _, a := range o.Addresses {
		p.address("addresses", a)
	}
	for _, n := range o.Own {
		if len(person.NormalNumber(n)) < 5 {
			p.fault("own", "want the numbers of documents, five letters and digits at least")
		}
	}
	for _, t := range p.tables("absent") {
		var a Absence
		a.From, a.Until = t.span()
		if (a.From == Day{}) || (a.Until == Day{}) {
			t.fault("from", "want two days, from and until, both included")
		}
		t.end()
		o.Absent = append(o.Absent, a)
	}
	p.end()
	return o
}

// address says what is wrong with an address, without the address: that of a webhook may hold a secret.
func (p part) address(key, address string) {
	if to, ok := strings.CutPrefix(address, "mailto:"); ok {
		if a, err := mail.ParseAddress(to); err != nil || a.Address != to || strings.ContainsFunc(to, func(c rune) bool { return c <= ' ' || c > '~' }) {
			p.fault(key, "want mailto: and one address, such as mailto:officer@authority.example")
		}
		return
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		p.fault(key, "want mailto:ADDRESS or https://…; http only to this machine")
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (p part) office() Office {
	o := Office{
		ID: p.id(), Name: p.text("name"), Clocks: p.texts("clocks"), Supervisors: p.texts("supervisors"), Fallback: p.text("fallback"),
		Duty: p.shifts("duty"), Night: p.shifts("night"),
	}
	if strings.TrimSpace(o.Name) == "" {
		p.fault("name", "want the name of the office")
	}
	zone := p.text("zone")
	var err error
	if o.Zone, err = time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		p.fault("zone", "want a time zone such as Asia/Phnom_Penh")
	}
	for _, v := range take[[]any](p, "holidays", "want a list of days, such as [2027-01-07, 2027-04-14]") {
		if d, ok := p.day("holidays", v); ok {
			o.Holidays = append(o.Holidays, d)
		}
	}
	o.Hours = p.hours()
	if o.Fallback != "" {
		p.address("fallback", o.Fallback)
	}
	p.end()
	return o
}

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func (p part) shifts(name string) (out []Shift) {
	for _, t := range p.tables(name) {
		s := Shift{Officers: t.texts("officers")}
		if len(s.Officers) == 0 {
			t.fault("officers", "want the ids of officers, the first first")
		}
		for _, d := range t.texts("days") {
			i := slices.Index(weekdays, d)
			if i < 0 {
				t.fault("days", "want days of the week, such as monday")
				continue
			}
			s.Days = append(s.Days, time.Weekday(i))
		}
		s.From, s.Until = t.span()
		t.end()
		out = append(out, s)
	}
	return out
}

func (p part) hours() (out [7][]Span) {
	t := p.in(p.key("hours"), take[table](p, "hours", `want a table, such as hours = {monday = "07:30-11:30, 14:00-17:00"}`))
	some := false
	for i, day := range weekdays {
		text := t.text(day)
		if text == "" {
			continue
		}
		some = true
		for piece := range strings.SplitSeq(text, ",") {
			from, until, _ := strings.Cut(strings.TrimSpace(piece), "-")
			s := Span{minutes(from), minutes(until)}
			if s.From < 0 || s.Until <= s.From || len(out[i]) > 0 && s.From < out[i][len(out[i])-1].Until {
				t.fault(day, `want hours in their order, such as "07:30-11:30, 14:00-17:00"; a day ends at 24:00`)
				break
			}
			out[i] = append(out[i], s)
		}
	}
	t.end()
	if !some {
		p.fault("hours", "want the hours of at least one day of the week")
	}
	return out
}

// minutes is a time of day in minutes since midnight; -1 if it is none.
func minutes(s string) int {
	h, m, _ := strings.Cut(s, ":")
	hour, err1 := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	if err1 != nil || err2 != nil || len(h) != 2 || len(m) != 2 || minute > 59 || hour*60+minute > 24*60 {
		return -1
	}
	return int(hour*60 + minute)
}

// relations tells of what does not fit together.
func (r *reader) relations(rota *Rota) {
	known := map[string]bool{}
	for i, o := range rota.Officers {
		if known[o.ID] {
			r.wrong(fmt.Sprintf("officer[%d].id", i), "another officer has this id")
		}
		known[o.ID] = true
	}
	all := func(key string, ids []string) {
		for _, id := range ids {
			if !known[id] {
				r.wrong(key, "there is no officer "+strconv.Quote(id))
			}
		}
	}
	for i, o := range rota.Officers {
		all(fmt.Sprintf("officer[%d].deputies", i), o.Deputies)
	}
	offices, clocks, rest := map[string]bool{}, map[string]bool{}, 0
	for i, o := range rota.Offices {
		path := fmt.Sprintf("office[%d].", i)
		if offices[o.ID] {
			r.wrong(path+"id", "another office has this id")
		}
		offices[o.ID] = true
		for _, c := range o.Clocks {
			if clocks[c] {
				r.wrong(path+"clocks", "an office looks after "+strconv.Quote(c)+" already")
			}
			clocks[c] = true
		}
		if len(o.Clocks) == 0 {
			if rest++; rest == 2 {
				r.wrong(path+"clocks", "another office has none either: one looks after what no other does, and the others name theirs")
			}
		}
		for j, s := range o.Duty {
			all(fmt.Sprintf("%sduty[%d].officers", path, j), s.Officers)
		}
		for j, s := range o.Night {
			all(fmt.Sprintf("%snight[%d].officers", path, j), s.Officers)
		}
		all(path+"supervisors", o.Supervisors)
		if len(o.Duty) == 0 {
			r.wrong(path+"duty", "missing: who is on duty in open hours")
		}
		if len(o.Supervisors) == 0 {
			r.wrong(path+"supervisors", "missing: who is told at the end of a clock")
		}
	}
	switch {
	case len(rota.Offices) == 0:
		r.wrong("office", "want at least one")
	case rest == 0:
		r.wrong("office", "want one office without clocks: it looks after those that no other does")
	}
}
