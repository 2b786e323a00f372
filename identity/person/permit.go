package person

// Permit is what a source says of one work permit. Dates that the source leaves
// out are unknown.
type Permit struct {
	Number                       string // as written; compare by NormalNumber
	From, Until                  Date   // first and last day of validity
	Employer, Occupation, Sector string
}

// Document is the permit as a document of the state that issued it.
func (p Permit) Document(issuer Country) Document {
	return Document{Kind: WorkPermit, Issuer: issuer, Number: p.Number, Expiry: p.Until}
}
