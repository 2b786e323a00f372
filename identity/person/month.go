package person

// months are the names of the months, in small letters, with the usual short
// and older forms: English, Indonesian, Khmer. Khmer is written without spaces
// and has no usual short forms.
var months = map[string]uint8{
	"january": 1, "jan": 1, "januari": 1, "មករា": 1,
	"february": 2, "feb": 2, "februari": 2, "pebruari": 2, "peb": 2, "កុម្ភៈ": 2, "កុម្ភះ": 2, "កុម្ភ": 2,
	"march": 3, "mar": 3, "maret": 3, "mrt": 3, "មីនា": 3, "មិនា": 3,
	"april": 4, "apr": 4, "មេសា": 4,
	"may": 5, "mei": 5, "ឧសភា": 5,
	"june": 6, "jun": 6, "juni": 6, "មិថុនា": 6, "មិថុណា": 6,
	"july": 7, "jul": 7, "juli": 7, "កក្កដា": 7,
	"august": 8, "aug": 8, "agustus": 8, "agust": 8, "agu": 8, "agt": 8, "ags": 8, "សីហា": 8,
	"september": 9, "sep": 9, "sept": 9, "កញ្ញា": 9,
	"october": 10, "oct": 10, "oktober": 10, "okt": 10, "តុលា": 10,
	"november": 11, "nov": 11, "nopember": 11, "nop": 11, "វិច្ឆិកា": 11,
	"december": 12, "dec": 12, "desember": 12, "des": 12, "ធ្នូ": 12,
}

// dateWords stand in a written-out Khmer date before its parts: day, month,
// year.
var dateWords = [...]string{"ថ្ងៃទី", "ថ្ងៃ", "ទី", "ខែ", yearWord}

const yearWord = "ឆ្នាំ"
