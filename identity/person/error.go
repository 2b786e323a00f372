package person

// ParseError says why a value could not be read, never what the value was.
type ParseError struct {
	What   string // the kind of value: "date", "sex", "country", "NIK"
	Reason string
	Hint   string // what to do about it, or ""
}

// Error gives the kind of value and the reason on one line; the hint is for the
// caller to show on a line of its own.
func (e *ParseError) Error() string { return e.What + ": " + e.Reason }
