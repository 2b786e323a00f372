package person

// Stay is what a source says of one stay in the host state. Silence is the zero
// value: an unknown Entry says nothing unless NoEntry is set.
type Stay struct {
	Entry, Exit Date
	Until       Date // last day of the stay that was granted
	NoEntry     bool // the source states that it has no record of entry
	VisaClass   string
	Address     string
	Phone       string
}
