package office

import (
	"slices"
	"time"
)

// A Gap is a time in which nobody of an office would be told of a kind of notice.
type Gap struct {
	Office, Kind string
	From, Until  time.Time
}

// step is how finely gaps are looked for.
const step = 15 * time.Minute

// Gaps are the times from now on, for so long, in which an office would tell nobody but its fallback address or the
// log. The hours in which an office is closed do not matter to it if none of the clocks it looks after is told at once.
func (r *Rota) Gaps(now time.Time, long time.Duration) (gaps []Gap) {
	for i := range r.Offices {
		o := &r.Offices[i]
		always := slices.ContainsFunc(atOnce, func(class string) bool { return r.office(class) == o })
		for _, kind := range []string{Half, Over, Protected} {
			var gap *Gap
			for t := now; t.Before(now.Add(long)); t = t.Add(step) {
				at := t.In(o.Zone)
				if len(r.called(o, kind, at)) > 0 || !always && !o.open(at) {
					gap = nil
					continue
				}
				if gap == nil {
					gaps = append(gaps, Gap{Office: o.ID, Kind: kind, From: at})
					gap = &gaps[len(gaps)-1]
				}
				gap.Until = at.Add(step)
			}
		}
	}
	return gaps
}
