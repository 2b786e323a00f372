package journal

// A Report is the result of [Verify].
type Report struct {
	Books    []BookReport `json:"books"`
	Findings []Finding    `json:"findings"`
	// Unlisted is the number of findings beyond the first thousand.
	Unlisted int64 `json:"unlisted,omitempty"`
	// CannotKnow says it for people: see the constant.
	CannotKnow string `json:"cannot_know"`
}

// OK reports whether nothing was found.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// A BookReport sums up one book.
type BookReport struct {
	Name        string   `json:"name"`
	Size        int64    `json:"size"` // events covered by the last valid checkpoint
	Root        string   `json:"root"` // of the tree of that size as recomputed, base64
	Pending     int64    `json:"pending"`
	Erased      int64    `json:"erased"`
	Checkpoints int64    `json:"checkpoints"`
	HeadFile    int64    `json:"head_file"`    // the size that the head file names; 0: none
	WitnessedBy []string `json:"witnessed_by"` // peers whose cosignature was checked, of the book or of one that names its root
	Witnessed   int64    `json:"witnessed"`    // events that the last of these cosignatures covers
}

// A Finding is one thing that is not as it was written.
type Finding struct {
	Book  string `json:"book"`
	Index int64  `json:"index"` // of the event, or size of the checkpoint; -1 where neither applies
	ID    string `json:"id,omitempty"`
	What  string `json:"what"`
}

// maxFindings is the number of findings listed: a person reads the first few,
// and a destroyed table has as many as it had rows.
const maxFindings = 1000

// CannotKnow is what no verification of a journal can find.
const CannotKnow = "Events newer than the last checkpoint that is kept outside this database could have been cut off " +
	"together with the head file, the whole could have been set back to an earlier state together with it, and an " +
	"event that has no index yet could have been removed or added, without leaving anything to find here: only a copy " +
	"of a later checkpoint in other hands would show it. " +
	"The journal proves what was recorded, and in which order; it cannot show that something was never recorded, that " +
	"what was recorded is true, or that an event was not lost together with the change it reports, since both are one transaction."

func (r *Report) add(book string, index int64, id, what string) {
	if len(r.Findings) == maxFindings {
		r.Unlisted++
		return
	}
	r.Findings = append(r.Findings, Finding{Book: book, Index: index, ID: id, What: what})
}
