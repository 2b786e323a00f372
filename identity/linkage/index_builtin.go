package linkage

import "math"

// builtIn is the model of an index that nothing was trained for. u of the best
// level holds for a value that the share freq of people have, and the frequencies of the
// list at hand replace it. The prior is that one record of the list is meant.
func (l *Linker) builtIn() Model {
	n := l.side[0].Len()
	m := Model{Version: modelVersion, Spec: l.plan.spec, Duplicates: true, Records: [2]int{n, 0}, Converged: true, Prior: -math.Log2(float64(max(n, 2)))}
	for k := range l.plan.comps {
		c := &l.plan.comps[k]
		cm := ComparisonModel{Name: c.name, Kind: c.kind}
		chances := builtInLevels[c.kind]
		for i, name := range c.levels() {
			cm.Levels = append(cm.Levels, Level{Name: name, M: chances[i][0], U: chances[i][1], Freq: chances[i][2]})
		}
		m.Comparisons = append(m.Comparisons, cm)
	}
	m.round()
	return m
}

// builtInLevels are m, u and the frequency for which u holds, by level: orders of
// magnitude, one figure each, of what training finds in sets as different as FEBRL 4
// and invented registers of Europe and Indonesia. Where those differ by more than their
// own spread — how often people write one of several names — the middle stands here.
var builtInLevels = map[Kind][][3]float64{
	FullName: {
		nameDiffer:       {0.01, 0.99, 0},
		nameResembles:    {0.02, 0.01, 2e-3},
		nameShares:       {0.05, 2e-3, 2e-3},
		nameSharesMore:   {0.001, 3e-6, 5e-6},
		nameWithinOne:    {0.05, 1e-4, 1e-4},
		nameWithinNearly: {0.003, 3e-6, 2e-6},
		nameWithin:       {0.01, 3e-6, 2e-6},
		nameAllNear:      {0.03, 1e-5, 6e-6},
		nameNearly:       {0.06, 3e-6, 3e-6},
		nameOneNear:      {0.15, 3e-6, 3e-6},
		nameExact:        {0.6, 3e-6, 3e-6},
	},
	BirthDate:   builtInDate,
	OtherDate:   builtInDate,
	SexKind:     {{0.02, 0.5, 0}, {0.98, 0.5, 0}},
	CountryKind: {{0.05, 0.7, 0}, {0.95, 0.3, 0.3}},
	Document:    builtInNumber,
	NationalID:  builtInNumber,
	Phone:       {{0.2, 1, 0}, {3e-3, 4e-5, 0}, {0.03, 5e-6, 0}, {0.8, 2e-5, 2e-5}},
	Code:        {{0.1, 1, 0}, {0.04, 3e-5, 0}, {0.85, 1e-4, 1e-4}},
	Text:        {{0.1, 0.99, 0}, {0.02, 3e-3, 0}, {0.1, 5e-4, 0}, {0.75, 1e-3, 1e-3}},
}

var builtInDate = [][3]float64{
	dateDiffer:   {0.01, 0.99, 0},
	dateYear:     {0.002, 0.01, 0},
	dateYearOnly: {0.002, 3e-4, 0},
	datePart:     {0.02, 3e-3, 0},
	dateDigit:    {0.05, 1e-3, 0},
	dateSwapped:  {0.003, 1e-5, 0},
	dateByNIK:    {0.002, 3e-6, 0},
	dateExact:    {0.9, 5e-5, 5e-5},
}

// Documents are renewed, so that another number says less than it does of the
// national numbers that training saw.
var builtInNumber = [][3]float64{{0.15, 1, 0}, {1e-4, 1e-4, 0}, {0.02, 5e-5, 0}, {0.8, 1e-5, 1e-5}}
