package script

// class says how [Parse] reads a word.
type class uint16

const (
	title       class = 1 << iota // before a name; anything full must follow
	titleDotted                   // the same, but only when written with a dot
	titleAny                      // at any place
	degree                        // behind a name, after a comma or with dots between its letters
	degreeSure                    // behind a name, even without comma or dots
	placeholder                   // stands where a name is not known
	marker                        // between a name and the father's name
	family                        // the Muhammad family
	familyShort                   // the same, if another full word remains
	birthOrder                    // Balinese order of birth
	noble                         // Balinese titles of birth, kept, that birth order may follow
	clan                          // Batak marga
	servant                       // abdul in its assimilated forms
)

// entry is what the lexicon knows of a word; to is its one spelling, if not
// its own.
type entry struct {
	class class
	to    string
}

// lexicon holds every word that [Parse] treats in its own way, in lower case.
// It was not reviewed by native speakers.
var lexicon = map[string]entry{
	// Titles and honorifics: Indonesian academic, religious, noble; English; Khmer romanised.
	"drs": {title | titleAny, ""}, "dra": {title | titleAny, ""}, "dr": {title, ""}, "prof": {title | titleAny, ""},
	"ir": {title, ""}, "drg": {title, ""}, "drh": {title, ""}, "hj": {title | titleAny, ""}, "haji": {title | titleAny, ""},
	"hajjah": {title | titleAny, ""}, "hajah": {title | titleAny, ""}, "hajji": {title | titleAny, ""}, "kh": {title, ""},
	"kyai": {title, ""}, "kiai": {title, ""}, "kiyai": {title, ""}, "ustadz": {title, ""}, "ustad": {title, ""},
	"ustaz": {title, ""}, "ustadzah": {title, ""}, "ust": {title, ""}, "raden": {title, ""}, "rm": {title, ""},
	"rr": {title, ""}, "rngt": {title, ""}, "krt": {title, ""}, "kph": {title, ""}, "krmt": {title, ""}, "bpk": {title, ""},
	"bapak": {title, ""}, "ibu": {title, ""}, "tn": {title, ""}, "nn": {title, ""}, "sdr": {title, ""}, "sdri": {title, ""},
	"tuan": {title, ""}, "nyonya": {title, ""}, "mr": {title, ""}, "mrs": {title, ""}, "ms": {title, ""}, "mdm": {title, ""},
	"datuk": {title, ""}, "datin": {title, ""}, "pdt": {title, ""}, "oknha": {title, ""}, "samdech": {title, ""},
	"ny": {titleDotted, ""}, "ra": {titleDotted, ""}, "ray": {titleDotted, ""}, "raj": {titleDotted, ""},
	"dt": {titleDotted, ""}, "rd": {titleDotted, ""}, "sr": {titleDotted, ""}, "miss": {titleDotted, ""},

	// Degrees. Those that nobody is called need neither comma nor dot.
	"sh": {degree, ""}, "se": {degree, ""}, "st": {degree, ""}, "mm": {degree, ""}, "mt": {degree, ""}, "ma": {degree, ""},
	"mh": {degree, ""}, "ba": {degree, ""}, "bsc": {degree | degreeSure, ""}, "msc": {degree | degreeSure, ""},
	"mba": {degree | degreeSure, ""}, "phd": {degree | degreeSure, ""}, "mph": {degree | degreeSure, ""}, "lc": {degree, ""},
	"spd": {degree | degreeSure, ""}, "spdi": {degree | degreeSure, ""}, "skom": {degree | degreeSure, ""},
	"ssos": {degree | degreeSure, ""}, "sip": {degree, ""}, "sag": {degree, ""}, "ssi": {degree | degreeSure, ""},
	"sked": {degree | degreeSure, ""}, "skep": {degree | degreeSure, ""}, "skm": {degree | degreeSure, ""},
	"skp": {degree | degreeSure, ""}, "sfarm": {degree | degreeSure, ""}, "spsi": {degree | degreeSure, ""},
	"spt": {degree | degreeSure, ""}, "stp": {degree | degreeSure, ""}, "ssn": {degree | degreeSure, ""},
	"ssit": {degree | degreeSure, ""}, "ssy": {degree | degreeSure, ""}, "shi": {degree, ""}, "sei": {degree, ""},
	"shut": {degree, ""}, "shum": {degree | degreeSure, ""}, "sikom": {degree | degreeSure, ""}, "sst": {degree | degreeSure, ""},
	"ssip": {degree | degreeSure, ""}, "sak": {degree, ""}, "sab": {degree, ""}, "sap": {degree, ""}, "ssth": {degree, ""},
	"sth": {degree | degreeSure, ""}, "str": {degree, ""}, "strkeb": {degree | degreeSure, ""}, "ners": {degree | degreeSure, ""},
	"msi": {degree | degreeSure, ""}, "mpd": {degree | degreeSure, ""}, "mpdi": {degree | degreeSure, ""},
	"mkom": {degree | degreeSure, ""}, "mhum": {degree | degreeSure, ""}, "mkes": {degree | degreeSure, ""},
	"mag": {degree, ""}, "mkn": {degree | degreeSure, ""}, "meng": {degree, ""}, "mak": {degree, ""}, "map": {degree, ""},
	"mikom": {degree | degreeSure, ""}, "msos": {degree | degreeSure, ""}, "mtech": {degree | degreeSure, ""},
	"msn": {degree | degreeSure, ""}, "mfarm": {degree | degreeSure, ""}, "mkep": {degree | degreeSure, ""},
	"amd": {degree | degreeSure, ""}, "amdkeb": {degree | degreeSure, ""}, "amdkep": {degree | degreeSure, ""},
	"amk": {degree | degreeSure, ""}, "apt": {degree, ""}, "cpa": {degree, ""}, "ak": {degree, ""}, "sps": {degree | degreeSure, ""},
	"spog": {degree | degreeSure, ""}, "spa": {degree, ""}, "sppd": {degree | degreeSure, ""}, "spb": {degree | degreeSure, ""},
	"llm": {degree | degreeSure, ""}, "llb": {degree | degreeSure, ""}, "dea": {degree, ""}, "cht": {degree | degreeSure, ""},

	// Placeholders; two-word ones are in placeholderPairs.
	"fnu": {placeholder, ""}, "lnu": {placeholder, ""}, "unknown": {placeholder, ""}, "nfn": {placeholder, ""},
	"nln": {placeholder, ""},

	// Markers of parentage; s/o and the like are in slashMarkers.
	"bin": {marker, ""}, "binti": {marker, ""}, "binte": {marker, ""}, "bint": {marker, ""}, "bte": {marker, ""},
	"bt": {marker, ""}, "bti": {marker, ""}, "ibn": {marker, ""},

	// The Muhammad family, in full and short.
	"muhammad": {family, ""}, "muhamad": {family, ""}, "mohammad": {family, ""}, "mohamad": {family, ""},
	"mohammed": {family, ""}, "mohamed": {family, ""}, "muhammed": {family, ""}, "muhamed": {family, ""},
	"mochammad": {family, ""}, "mochamad": {family, ""}, "muchammad": {family, ""}, "muchamad": {family, ""},
	"mukhammad": {family, ""}, "mukhamad": {family, ""}, "mokhammad": {family, ""}, "mokhamad": {family, ""},
	"moehammad": {family, ""}, "moehamad": {family, ""}, "moechammad": {family, ""}, "moechamad": {family, ""},
	"mahammad": {family, ""}, "mahamad": {family, ""}, "muhamat": {family, ""}, "mohamat": {family, ""},
	"muhammat": {family, ""}, "mohammat": {family, ""}, "mohamud": {family, ""}, "mohmmad": {family, ""},
	"muhmmad": {family, ""}, "muhmad": {family, ""}, "mohmad": {family, ""}, "muhammd": {family, ""},
	"mohd": {family, ""}, "muhd": {family, ""}, "mhd": {family, ""}, "mhmd": {family, ""},
	"moch": {familyShort, ""}, "moh": {familyShort, ""}, "muh": {familyShort, ""}, "much": {familyShort, ""},
	"muc": {familyShort, ""}, "mokh": {familyShort, ""}, "mukh": {familyShort, ""}, "md": {familyShort, ""},
	"mohm": {familyShort, ""}, "muham": {familyShort, ""},

	// abdul, assimilated before the sun letters or shortened.
	"abd": {servant, "abdul"}, "abdl": {servant, "abdul"}, "abdur": {servant, "abdul"}, "abdus": {servant, "abdul"},
	"abdun": {servant, "abdul"}, "abdut": {servant, "abdul"}, "abduz": {servant, "abdul"}, "abdoel": {servant, "abdul"},
	"abdoer": {servant, "abdul"}, "abdal": {servant, "abdul"}, "abdel": {servant, "abdul"},

	// Bali.
	"wayan": {birthOrder, ""}, "wajan": {birthOrder, "wayan"}, "putu": {birthOrder, ""}, "gede": {birthOrder, ""},
	"gde": {birthOrder, "gede"}, "made": {birthOrder, ""}, "kadek": {birthOrder, ""},
	"nengah": {birthOrder, ""}, "nyoman": {birthOrder, ""}, "njoman": {birthOrder, "nyoman"},
	"komang": {birthOrder, ""}, "ketut": {birthOrder, ""}, "ktut": {birthOrder, "ketut"},
	"luh": {birthOrder, ""}, "iluh": {birthOrder, "luh"}, "poetoe": {birthOrder, "putu"}, "ketoet": {birthOrder, "ketut"},
	"gusti": {noble, ""}, "goesti": {noble, "gusti"}, "dewa": {noble, ""}, "desak": {noble, ""}, "ida": {noble, ""},
	"bagus": {noble, ""}, "bagoes": {noble, "bagus"}, "ayu": {noble, ""}, "ajoe": {noble, "ayu"}, "anak": {noble, ""},
	"agung": {noble, ""}, "agoeng": {noble, "agung"}, "ngurah": {noble, ""}, "ngoerah": {noble, "ngurah"},
	"cokorda": {noble, ""}, "tjokorda": {noble, "cokorda"}, "sagung": {noble, ""}, "gst": {noble, "gusti"}, "ngr": {noble, "ngurah"},

	// Batak marga: Toba, Karo, Simalungun, Mandailing, Angkola, Pakpak. Those
	// that are common given names elsewhere are left out.
	"simanjuntak": {clan, ""}, "simandjuntak": {clan, "simanjuntak"}, "sitorus": {clan, ""}, "siregar": {clan, ""},
	"nasution": {clan, ""}, "nasoetion": {clan, "nasution"}, "lubis": {clan, ""}, "loebis": {clan, "lubis"},
	"harahap": {clan, ""}, "hasibuan": {clan, ""}, "hasiboean": {clan, "hasibuan"}, "pulungan": {clan, ""}, "rangkuti": {clan, ""},
	"batubara": {clan, ""}, "daulay": {clan, ""}, "daulae": {clan, "daulay"}, "matondang": {clan, ""}, "parinduri": {clan, ""},
	"dalimunthe": {clan, ""}, "dalimunte": {clan, "dalimunthe"}, "ritonga": {clan, ""}, "rambe": {clan, ""}, "pohan": {clan, ""},
	"panggabean": {clan, ""}, "pangabean": {clan, "panggabean"}, "hutabarat": {clan, ""}, "hutagalung": {clan, ""},
	"hutapea": {clan, ""}, "hutasoit": {clan, ""}, "hutauruk": {clan, ""}, "hutagaol": {clan, ""}, "hutajulu": {clan, ""},
	"simatupang": {clan, ""}, "simbolon": {clan, ""}, "simamora": {clan, ""}, "simangunsong": {clan, ""}, "simarmata": {clan, ""},
	"simorangkir": {clan, ""}, "simanungkalit": {clan, ""}, "simanullang": {clan, ""}, "simanihuruk": {clan, ""},
	"sihombing": {clan, ""}, "sihotang": {clan, ""}, "sihite": {clan, ""}, "sianturi": {clan, ""}, "siahaan": {clan, ""},
	"siagian": {clan, ""}, "silaban": {clan, ""}, "silaen": {clan, ""}, "silalahi": {clan, ""}, "silitonga": {clan, ""},
	"sinaga": {clan, ""}, "sinambela": {clan, ""}, "sinurat": {clan, ""}, "sirait": {clan, ""}, "siringoringo": {clan, ""},
	"sitanggang": {clan, ""}, "sitompul": {clan, ""}, "sitinjak": {clan, ""}, "sitohang": {clan, ""}, "situmeang": {clan, ""},
	"situmorang": {clan, ""}, "sipayung": {clan, ""}, "sipahutar": {clan, ""}, "siallagan": {clan, ""}, "sidabutar": {clan, ""},
	"sidauruk": {clan, ""}, "sibarani": {clan, ""}, "sibuea": {clan, ""}, "siburian": {clan, ""}, "sinukaban": {clan, ""},
	"sinulingga": {clan, ""}, "sembiring": {clan, ""}, "tarigan": {clan, ""}, "ginting": {clan, ""}, "perangin": {clan, ""},
	"peranginangin": {clan, ""}, "karokaro": {clan, ""}, "karo": {clan, ""}, "barus": {clan, ""},
	"surbakti": {clan, ""}, "sitepu": {clan, ""}, "purba": {clan, ""}, "saragih": {clan, ""}, "damanik": {clan, ""},
	"girsang": {clan, ""}, "haloho": {clan, ""}, "manurung": {clan, ""}, "manoeroeng": {clan, "manurung"}, "marpaung": {clan, ""},
	"marbun": {clan, ""}, "manalu": {clan, ""}, "manihuruk": {clan, ""}, "manullang": {clan, ""}, "napitupulu": {clan, ""},
	"nainggolan": {clan, ""}, "naibaho": {clan, ""}, "nadeak": {clan, ""}, "nababan": {clan, ""}, "naipospos": {clan, ""},
	"gultom": {clan, ""}, "aritonang": {clan, ""}, "ambarita": {clan, ""}, "butarbutar": {clan, ""}, "butar": {clan, ""},
	"doloksaribu": {clan, ""}, "gurning": {clan, ""}, "lumbantobing": {clan, ""}, "lumbangaol": {clan, ""}, "lumbanraja": {clan, ""},
	"tobing": {clan, ""}, "tambunan": {clan, ""}, "tampubolon": {clan, ""}, "tamba": {clan, ""}, "turnip": {clan, ""},
	"pakpahan": {clan, ""}, "panjaitan": {clan, ""}, "pandjaitan": {clan, "panjaitan"}, "pardede": {clan, ""}, "pardosi": {clan, ""},
	"pasaribu": {clan, ""}, "pangaribuan": {clan, ""}, "rajagukguk": {clan, ""}, "rumapea": {clan, ""}, "rumahorbo": {clan, ""},
	"samosir": {clan, ""}, "sagala": {clan, ""}, "limbong": {clan, ""}, "malau": {clan, ""}, "berutu": {clan, ""}, "brutu": {clan, "berutu"},
	"manik": {clan, ""}, "munthe": {clan, ""}, "munte": {clan, "munthe"}, "togatorop": {clan, ""},
}

// placeholderPairs are the two-word placeholders.
var placeholderPairs = map[string]string{
	"tanpa": "nama", "tidak": "diketahui", "no": "name", "not": "known",
}

// slashMarkers are son of, daughter of, Malay anak lelaki and anak perempuan,
// wife of and care of, as written with a slash.
var slashMarkers = map[string]bool{"so": true, "do": true, "al": true, "ap": true, "wo": true, "co": true}

// articles are the Arabic article before moon and sun letters. Except al they
// count only when a hyphen ties them to the next word.
var articles = map[string]bool{
	"al": true, "el": true, "ar": true, "as": true, "asy": true, "ash": true, "at": true, "ath": true,
	"ad": true, "adz": true, "az": true, "an": true,
}

// baliShort are shortened birth-order names, read only after the prefix I or Ni.
var baliShort = map[string]string{
	"wy": "wayan", "pt": "putu", "gd": "gede", "md": "made", "kd": "kadek", "ngh": "nengah",
	"nym": "nyoman", "km": "komang", "kt": "ketut", "gst": "gusti", "dw": "dewa",
}
