package mrz

// Format is one of the five layouts of Doc 9303.
type Format uint8

// The formats. The zero value is none of them.
const (
	TD1  Format = iota + 1 // card of the size ID-1: 3 lines of 30
	TD2                    // document of the size ID-2: 2 lines of 36
	TD3                    // passport booklet: 2 lines of 44
	MRVA                   // visa, full size: 2 lines of 44
	MRVB                   // visa, small: 2 lines of 36
)

var formatNames = [...]string{"unknown format", "TD1", "TD2", "TD3", "MRV-A", "MRV-B"}

// String is the name that Doc 9303 gives the format.
func (f Format) String() string {
	if int(f) < len(formatNames) {
		return formatNames[f]
	}
	return formatNames[0]
}

// formatOf finds the format for a number of lines, their length and the first
// character: a visa begins with V.
func formatOf(lines, width int, first byte) Format {
	visa := first == 'V'
	switch {
	case lines == 3 && width == 30 && !visa:
		return TD1
	case lines == 2 && width == 36 && visa:
		return MRVB
	case lines == 2 && width == 36:
		return TD2
	case lines == 2 && width == 44 && visa:
		return MRVA
	case lines == 2 && width == 44:
		return TD3
	}
	return 0
}

// span is a field's place: line and first column counted from 0, and length. A
// length of 0 means that the format has no such field.
type span struct{ line, at, n int }

func (s span) of(lines []string) string { return lines[s.line][s.at : s.at+s.n] }

// layout is where a format keeps its fields.
type layout struct {
	lines, width              int
	code, issuer, name        span
	number, numberCheck       span
	nationality               span
	birth, birthCheck         span
	sex                       span
	expiry, expiryCheck       span
	optional1, optional1Check span
	optional2                 span
	composite                 span
	covered                   []span // by the composite check digit, in order
	longNumbers               bool   // the document number may run on in optional1
}

// layouts follow the tables "Data structure of the MRZ" in Doc 9303 parts 5 (TD1),
// 6 (TD2), 4 (TD3) and 7 (visas).
var layouts = [...]layout{
	TD1: {
		lines: 3, width: 30,
		code: span{0, 0, 2}, issuer: span{0, 2, 3}, name: span{2, 0, 30},
		number: span{0, 5, 9}, numberCheck: span{0, 14, 1}, optional1: span{0, 15, 15},
		birth: span{1, 0, 6}, birthCheck: span{1, 6, 1}, sex: span{1, 7, 1},
		expiry: span{1, 8, 6}, expiryCheck: span{1, 14, 1}, nationality: span{1, 15, 3},
		optional2: span{1, 18, 11}, composite: span{1, 29, 1},
		covered:     []span{{0, 5, 25}, {1, 0, 7}, {1, 8, 7}, {1, 18, 11}},
		longNumbers: true,
	},
	TD2: {
		lines: 2, width: 36,
		code: span{0, 0, 2}, issuer: span{0, 2, 3}, name: span{0, 5, 31},
		number: span{1, 0, 9}, numberCheck: span{1, 9, 1}, nationality: span{1, 10, 3},
		birth: span{1, 13, 6}, birthCheck: span{1, 19, 1}, sex: span{1, 20, 1},
		expiry: span{1, 21, 6}, expiryCheck: span{1, 27, 1}, optional1: span{1, 28, 7},
		composite:   span{1, 35, 1},
		covered:     []span{{1, 0, 10}, {1, 13, 7}, {1, 21, 14}},
		longNumbers: true,
	},
	TD3: {
		lines: 2, width: 44,
		code: span{0, 0, 2}, issuer: span{0, 2, 3}, name: span{0, 5, 39},
		number: span{1, 0, 9}, numberCheck: span{1, 9, 1}, nationality: span{1, 10, 3},
		birth: span{1, 13, 6}, birthCheck: span{1, 19, 1}, sex: span{1, 20, 1},
		expiry: span{1, 21, 6}, expiryCheck: span{1, 27, 1},
		optional1: span{1, 28, 14}, optional1Check: span{1, 42, 1}, composite: span{1, 43, 1},
		covered: []span{{1, 0, 10}, {1, 13, 7}, {1, 21, 22}},
	},
	MRVA: {
		lines: 2, width: 44,
		code: span{0, 0, 2}, issuer: span{0, 2, 3}, name: span{0, 5, 39},
		number: span{1, 0, 9}, numberCheck: span{1, 9, 1}, nationality: span{1, 10, 3},
		birth: span{1, 13, 6}, birthCheck: span{1, 19, 1}, sex: span{1, 20, 1},
		expiry: span{1, 21, 6}, expiryCheck: span{1, 27, 1}, optional1: span{1, 28, 16},
	},
	MRVB: {
		lines: 2, width: 36,
		code: span{0, 0, 2}, issuer: span{0, 2, 3}, name: span{0, 5, 31},
		number: span{1, 0, 9}, numberCheck: span{1, 9, 1}, nationality: span{1, 10, 3},
		birth: span{1, 13, 6}, birthCheck: span{1, 19, 1}, sex: span{1, 20, 1},
		expiry: span{1, 21, 6}, expiryCheck: span{1, 27, 1}, optional1: span{1, 28, 8},
	},
}
