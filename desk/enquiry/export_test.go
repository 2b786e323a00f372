package enquiry

// Essence is what a description says, without regard to how it is written.
func Essence(who map[string]string) string { return essence(who) }

// WithoutDecoys has nobody who is not found look as if they were.
func (d *Desk) WithoutDecoys() { d.noDecoys = true }

// WithoutSchedule has answers leave when they are made, and decoys end at once.
func (d *Desk) WithoutSchedule() { d.noSchedule = true }
