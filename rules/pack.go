package rules

import "strconv"

// A StatusPack is one version of the status table with its texts. The fields
// are the file's; nobody changes them after [Load].
type StatusPack struct {
	ID        string `toml:"id"`
	Version   int    `toml:"version"`
	Certainty string `toml:"certainty"` // how far it may be relied on, in words
	Authority string `toml:"authority"` // who has approved it; "none" for a draft

	// The as-of dates it may judge, yyyy-mm-dd, both inclusive; an empty end is open.
	From  string `toml:"in_force_from"`
	Until string `toml:"in_force_until"`

	Languages map[Lang]Language `toml:"languages"`
	Notice    Text              `toml:"notice"` // stands beside every computed class

	Confined   []Confined               `toml:"confined"`
	Rows       []Row                    `toml:"row"`
	Additions  []Addition               `toml:"addition"`
	Duties     []Duty                   `toml:"duty"`
	VisaFiller []string                 `toml:"visa_filler"`
	Visas      []Visa                   `toml:"visa"`
	AxisNames  map[Axis]Text            `toml:"axis"`
	Values     map[Axis]map[string]Text `toml:"value"`
	Reasons    map[string]Text          `toml:"reason"`

	// Hash is the SHA-256 of the pack's file, in hexadecimal.
	Hash string `toml:"-"`

	visas  map[string]int // normalised name → index in Visas
	duties map[string]int // id → index in Duties
}

// Name is what [Load] takes: the id and the version, as in status-kh-1.
func (p *StatusPack) Name() string { return p.ID + "-" + strconv.Itoa(p.Version) }

// Mark returns the words that must stand wherever the pack's texts are shown in
// the language, and whether a mark is needed: true for every language that no
// speaker has reviewed.
func (p *StatusPack) Mark(l Lang) (mark string, needed bool) {
	lang := p.Languages[l]
	return lang.Mark, !lang.Reviewed
}

// InForce reports whether the pack may judge the as-of date yyyy-mm-dd.
func (p *StatusPack) InForce(asOf string) bool {
	return p.From <= asOf && (p.Until == "" || asOf <= p.Until)
}

// A Language says how far the texts of one language have come.
type Language struct {
	Reviewed bool   `toml:"reviewed"`
	Mark     string `toml:"mark"`
}

// A Confined value exists on the node of one state only; any other node reads
// it as its replacement before it looks at the table.
type Confined struct {
	Axis   Axis   `toml:"axis"`
	Value  Origin `toml:"value"`
	Node   string `toml:"node"`
	ReadAs Origin `toml:"read_as"`
}

// A Row gives a class to the people for whom one of its conditions holds.
type Row struct {
	ID        string      `toml:"id"`
	Class     Class       `toml:"class"`
	When      []Condition `toml:"when"`
	Otherwise bool        `toml:"otherwise"` // applies when no other row does; the last row only
	Duties    []string    `toml:"duties"`    // ids
	// BarsContact removes, from every row and addition, the duties that need
	// the other state.
	BarsContact bool `toml:"bars_contact"`
	Title       Text `toml:"title"`
	Text        Text `toml:"text"`
}

// An Addition brings duties whenever it applies, and never a class.
type Addition struct {
	ID     string      `toml:"id"`
	When   []Condition `toml:"when"`
	Duties []string    `toml:"duties"`
}

// A Condition holds when every axis that it names has one of the values listed;
// the protection set, when it has any of the members listed.
type Condition struct {
	Identity   []Identity   `toml:"identity"`
	Stay       []Stay       `toml:"stay"`
	Work       []Work       `toml:"work"`
	Origin     []Origin     `toml:"origin"`
	Protection []Protection `toml:"protection"`
}

// A Duty is what an officer has to do, or to leave undone.
type Duty struct {
	ID      string `toml:"id"`
	Contact bool   `toml:"contact"` // cannot be done without the other state
	Text    Text   `toml:"text"`
}
