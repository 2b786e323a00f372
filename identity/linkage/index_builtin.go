package linkage

import "math"

// builtIn is the model of an index that nothing was trained for. Chances of levels
// are those that training finds among the invented people of bench/linkage
// (100,000 records, seed 1), rounded; u of the best level holds for a value that the
// share freq of people have, and the frequencies of the list at hand replace it. The
// prior is that one record of the list is meant.
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

// builtInLevels are m, u and the frequency for which u holds, by level.
var builtInLevels = map[Kind][][3]float64{
	FullName: {
		nameDiffer:       {0.004, 0.987, 0},
		nameResembles:    {0.018, 0.0108, 1.1e-3},
		nameShares:       {0.062, 0.0022, 1.2e-3},
		nameSharesMore:   {0.003, 2.6e-6, 7.8e-6},
		nameWithinOne:    {0.045, 9.6e-5, 7.1e-5},
		nameWithinNearly: {0.009, 3e-6, 2e-6},
		nameWithin:       {0.028, 2.7e-6, 1.6e-6},
		nameAllNear:      {0.02, 1.3e-5, 2.9e-6},
		nameNearly:       {0.054, 3.5e-6, 2e-6},
		nameOneNear:      {0.155, 2.8e-6, 6.2e-7},
		nameExact:        {0.602, 2.9e-6, 2.8e-6},
	},
	BirthDate: builtInDate,
	OtherDate: builtInDate,
	SexKind:   {{0.02, 0.5, 0}, {0.98, 0.5, 0}},
	CountryKind: {
		{0.05, 0.7, 0}, {0.95, 0.3, 0.3},
	},
	Document:   builtInNumber,
	NationalID: builtInNumber,
	Phone:      {{0.226, 1, 0}, {2e-4, 4e-5, 0}, {0.031, 5.5e-6, 0}, {0.743, 1.9e-5, 1.9e-5}},
	Code:       {{0.12, 1, 0}, {0.045, 2.2e-5, 0}, {0.835, 1.5e-4, 1.5e-4}},
	Text:       {{0.12, 0.99, 0}, {0.015, 0.005, 0}, {0.13, 5e-4, 0}, {0.735, 1e-3, 1e-3}},
}

var builtInDate = [][3]float64{
	dateDiffer:   {0.003, 0.985, 0},
	dateYear:     {0.001, 0.0105, 0},
	dateYearOnly: {0.003, 3.4e-4, 0},
	datePart:     {0.028, 0.0031, 0},
	dateDigit:    {0.052, 9.3e-4, 0},
	dateSwapped:  {0.008, 9e-6, 0},
	dateByNIK:    {0.003, 3e-6, 0},
	dateExact:    {0.902, 3.7e-5, 3.7e-5},
}

// Documents are renewed, so that another number says less than it does of the
// national numbers that training saw.
var builtInNumber = [][3]float64{{0.15, 1, 0}, {5e-5, 5e-5, 0}, {0.024, 5e-5, 0}, {0.825, 9e-6, 9e-6}}
