package enquiry

// WithoutDecoys has nobody who is not found look as if they were.
func (d *Desk) WithoutDecoys() { d.noDecoys = true }

// WithoutSchedule has answers leave when they are made, and decoys end at once.
func (d *Desk) WithoutSchedule() { d.noSchedule = true }
