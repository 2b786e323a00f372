package registry

// Counts say what an import did. Rows = New + Changed + Unchanged + Rejected.
type Counts struct {
	Rows      int64 `json:"rows"`      // rows of data in the file
	New       int64 `json:"new"`       // records not known from this source before
	Changed   int64 `json:"changed"`   // records that say something else now
	Unchanged int64 `json:"unchanged"` // rows that say what is known
	Ended     int64 `json:"ended"`     // records that a snapshot no longer lists
	Rejected  int64 `json:"rejected"`  // rows set aside
}

// Report is the result of an import.
type Report struct {
	Counts
	RejectedFile string  `json:"rejected_file"` // "" if no row was rejected
	Seconds      float64 `json:"seconds"`
	Batch        string  `json:"batch"`
	// Notes are sentences for the officer: sheets that were not read, why a
	// snapshot ended nothing.
	Notes []string `json:"notes,omitempty"`
}
