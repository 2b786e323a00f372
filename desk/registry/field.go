package registry

import (
	"strings"

	"mitra/table"
)

// Field is a canonical column.
type Field uint8

// The canonical columns of all nouns.
const (
	ID Field = iota
	FullName
	GivenName
	Surname
	Sex
	BirthDate
	BirthPlace
	Nationality
	PassportNo
	PassportExpiry
	NationalID
	EntryDate
	ExitDate
	StayUntil
	VisaClass
	Address
	Phone
	PermitNo
	ValidFrom
	ValidUntil
	Employer
	Occupation
	Sector
	Destination
	Agency
	RegisteredOn
	Procedure
	DepartedOn
	Port
	Carrier
	ReportedOn
	ReportedBy
	LastContact
	LastPlace
	Summary
	AlertKind
	Handling
	IssuedOn
	ExpiresOn
	AlertOffice
	fieldCount
)

// valueType says how a cell of a column is read.
type valueType uint8

const (
	idType        valueType = iota
	nameType                // a name or part of one
	sexType                 // M, F or X
	birthType               // a date of birth, not after today
	pastType                // a date that lies in the past: two-digit years are read so
	validityType            // a date that may lie in the future
	statementType           // a validity date, or the statement that there is none
	countryType
	documentType // a document number
	nationalIDType
	phoneType
	procedureType
	textType
)

// fieldInfo is what is known of a column: its canonical name, its type, and the
// other names by which registers call it, in English, Indonesian and Khmer. The
// Khmer names only serve to recognise files; they are shown to nobody and have
// not been reviewed by a speaker.
var fieldInfo = [fieldCount]struct {
	name    string
	typ     valueType
	aliases []string
}{
	ID: {"id", idType, []string{"record id", "rec id", "unique id", "source id", "registration no", "registration number", "reg no", "nomor registrasi", "no registrasi",
		"no reg", "id penduduk", "kode", "អត្តលេខ", "លេខសម្គាល់", "លេខចុះបញ្ជី"}},
	FullName: {"full_name", nameType, []string{"name", "fullname", "complete name", "name in full", "person name",
		"nama", "nama lengkap", "nama orang", "nama pekerja", "nama tka",
		"ឈ្មោះ", "ឈ្មោះពេញ", "នាមត្រកូល និងនាមខ្លួន", "គោត្តនាម និងនាម", "គោត្តនាមនិងនាម"}},
	GivenName: {"given_name", nameType, []string{"given names", "first name", "first names", "forename", "forenames",
		"name given", "nama depan", "nama pertama", "nama kecil", "នាមខ្លួន", "នាម"}},
	Surname: {"surname", nameType, []string{"last name", "family name", "family names", "surnames", "name surname",
		"nama belakang", "nama keluarga", "marga", "នាមត្រកូល", "គោត្តនាម", "ត្រកូល"}},
	Sex: {"sex", sexType, []string{"gender", "m/f", "jenis kelamin", "kelamin", "jk", "l/p", "ភេទ"}},
	BirthDate: {"birth_date", birthType, []string{"date of birth", "dob", "birthdate", "born", "born on", "birthday", "d.o.b.",
		"tanggal lahir", "tgl lahir", "tgl. lahir", "lahir",
		"ថ្ងៃខែឆ្នាំកំណើត", "ថ្ងៃកំណើត", "កាលបរិច្ឆេទកំណើត", "ថ្ងៃ ខែ ឆ្នាំកំណើត"}},
	BirthPlace: {"birth_place", textType, []string{"place of birth", "pob", "birthplace", "tempat lahir", "tmp lahir",
		"ទីកន្លែងកំណើត", "ទីកំណើត"}},
	Nationality: {"nationality", countryType, []string{"citizenship", "country of citizenship", "nat", "country",
		"kewarganegaraan", "warga negara", "kebangsaan", "សញ្ជាតិ"}},
	PassportNo: {"passport_no", documentType, []string{"passport", "passport number", "passport num", "passport #", "pp no", "document no",
		"document number", "doc no", "travel document no", "travel document number",
		"nomor paspor", "no paspor", "paspor", "no. dokumen", "nomor dokumen",
		"លេខលិខិតឆ្លងដែន", "លិខិតឆ្លងដែន", "លិខិតឆ្លងដែនលេខ", "លេខប៉ាស្ព័រ"}},
	PassportExpiry: {"passport_expiry", validityType, []string{"passport expiry date", "passport expires", "passport expires on",
		"passport valid until", "passport expiration", "passport expiration date", "document expiry",
		"masa berlaku paspor", "paspor berlaku sampai", "tanggal habis paspor", "tgl habis paspor",
		"ថ្ងៃផុតកំណត់លិខិតឆ្លងដែន", "លិខិតឆ្លងដែនផុតកំណត់"}},
	NationalID: {"national_id", nationalIDType, []string{"national id no", "national id number", "nik", "no nik", "nomor nik", "ktp",
		"no ktp", "nomor ktp", "nomor induk kependudukan", "identity number", "identity card no", "id card no", "soc sec id",
		"លេខអត្តសញ្ញាណប័ណ្ណ", "អត្តសញ្ញាណប័ណ្ណ"}},
	EntryDate: {"entry_date", statementType, []string{"date of entry", "entry", "entered on", "arrival date", "date of arrival", "arrived on", "last entry",
		"tanggal masuk", "tgl masuk", "tanggal kedatangan", "tanggal tiba", "tgl tiba",
		"ថ្ងៃចូល", "ថ្ងៃចូលប្រទេស", "កាលបរិច្ឆេទចូល", "ថ្ងៃខែឆ្នាំចូល"}},
	ExitDate: {"exit_date", statementType, []string{"date of exit", "exit", "left on", "last exit",
		"tanggal keluar", "tgl keluar", "ថ្ងៃចេញ", "ថ្ងៃចាកចេញ", "កាលបរិច្ឆេទចេញ"}},
	StayUntil: {"stay_until", statementType, []string{"stay valid until", "stay expiry", "stay expires", "permitted until", "permitted to stay until",
		"visa expiry", "visa expiry date", "visa expires", "visa valid until", "visa until", "extension until",
		"izin tinggal sampai", "izin tinggal berlaku sampai", "masa berlaku visa", "masa izin tinggal", "visa berlaku sampai", "visa sampai", "visa hingga", "tinggal sampai",
		"ស្នាក់នៅដល់", "ថ្ងៃផុតកំណត់ស្នាក់នៅ", "ថ្ងៃផុតកំណត់ទិដ្ឋាការ", "ទិដ្ឋាការផុតកំណត់"}},
	VisaClass: {"visa_class", textType, []string{"visa", "visa type", "visa category", "type of visa", "jenis visa", "kelas visa", "tipe visa",
		"ទិដ្ឋាការ", "ប្រភេទទិដ្ឋាការ"}},
	Address: {"address", textType, []string{"residence", "residential address", "home address", "current address", "alamat", "alamat tinggal",
		"tempat tinggal", "អាសយដ្ឋាន", "ទីលំនៅ"}},
	Phone: {"phone", phoneType, []string{"phone no", "phone number", "telephone", "telephone no", "tel", "mobile", "mobile no", "mobile number",
		"cell phone", "contact no", "telepon", "no telepon", "nomor telepon", "no hp", "nomor hp", "hp", "ទូរស័ព្ទ", "លេខទូរស័ព្ទ"}},
	PermitNo: {"permit_no", documentType, []string{"permit", "permit number", "permit num", "work permit", "work permit no", "work permit number",
		"permit #", "wp no", "employment card no", "nomor izin", "no izin", "nomor izin kerja", "no izin kerja",
		"លេខប័ណ្ណការងារ", "ប័ណ្ណការងារ", "លេខលិខិតអនុញ្ញាតការងារ", "លេខប័ណ្ណ"}},
	ValidFrom: {"valid_from", validityType, []string{"issue date", "date of issue", "issued", "issued on", "issued date", "start date", "from",
		"permit start", "permit issue date", "permit valid from", "berlaku mulai", "berlaku dari", "mulai berlaku", "tanggal terbit", "tgl terbit",
		"មានសុពលភាពពី", "ថ្ងៃចេញប័ណ្ណ", "ពីថ្ងៃ", "ថ្ងៃចាប់ផ្តើម"}},
	ValidUntil: {"valid_until", validityType, []string{"valid to", "valid till", "valid thru", "expiry", "expiry date", "expires", "expires on", "expired",
		"expiration date", "date of expiry", "end date", "until", "permit expiry", "permit expiry date", "permit valid until",
		"berlaku sampai", "berlaku hingga", "berlaku s/d", "tanggal habis", "tgl habis", "habis berlaku", "masa berlaku",
		"មានសុពលភាពដល់", "ថ្ងៃផុតកំណត់", "ផុតកំណត់", "ដល់ថ្ងៃ"}},
	Employer: {"employer", textType, []string{"employer name", "company", "company name", "enterprise", "sponsor",
		"perusahaan", "nama perusahaan", "pemberi kerja", "majikan", "និយោជក", "ក្រុមហ៊ុន", "ឈ្មោះក្រុមហ៊ុន", "សហគ្រាស"}},
	Occupation: {"occupation", textType, []string{"job", "job title", "position", "profession", "jabatan", "pekerjaan", "profesi",
		"មុខរបរ", "មុខងារ", "តួនាទី"}},
	Sector: {"sector", textType, []string{"industry", "business sector", "economic sector", "sektor", "bidang", "bidang usaha", "វិស័យ"}},
	Destination: {"destination", textType, []string{"destination country", "country of destination", "going to", "to country",
		"negara tujuan", "tujuan", "គោលដៅ", "ប្រទេសគោលដៅ"}},
	Agency: {"agency", textType, []string{"recruitment agency", "recruiter", "placement agency", "p3mi", "pjtki", "agen", "agensi",
		"perusahaan penempatan", "ភ្នាក់ងារ", "ទីភ្នាក់ងារ"}},
	RegisteredOn: {"registered_on", pastType, []string{"registration date", "date of registration", "registered", "tanggal daftar",
		"tanggal pendaftaran", "tgl daftar", "tanggal registrasi", "ថ្ងៃចុះបញ្ជី", "កាលបរិច្ឆេទចុះបញ្ជី"}},
	Procedure: {"procedure", procedureType, []string{"placement procedure", "scheme", "prosedur", "skema", "skema penempatan", "នីតិវិធី"}},
	DepartedOn: {"departed_on", pastType, []string{"departure date", "date of departure", "departed", "departure", "flight date",
		"tanggal berangkat", "tanggal keberangkatan", "tgl berangkat", "ថ្ងៃចេញដំណើរ", "កាលបរិច្ឆេទចេញដំណើរ"}},
	Port: {"port", textType, []string{"port of departure", "airport", "checkpoint", "tpi", "bandara", "pelabuhan",
		"tempat pemeriksaan", "ច្រក", "ច្រកព្រំដែន", "អាកាសយានដ្ឋាន"}},
	Carrier: {"carrier", textType, []string{"flight", "flight no", "flight number", "airline", "vessel", "maskapai", "penerbangan",
		"nomor penerbangan", "ជើងហោះហើរ", "លេខជើងហោះហើរ"}},
	ReportedOn: {"reported_on", pastType, []string{"report date", "date of report", "date reported", "tanggal lapor", "tanggal laporan", "tgl lapor",
		"ថ្ងៃរាយការណ៍"}},
	ReportedBy: {"reported_by", textType, []string{"reporter", "informant", "reporting office", "pelapor", "dilaporkan oleh", "អ្នករាយការណ៍"}},
	LastContact: {"last_contact", pastType, []string{"date of last contact", "last contact date", "last contacted", "kontak terakhir",
		"tanggal kontak terakhir", "ទំនាក់ទំនងចុងក្រោយ"}},
	LastPlace: {"last_place", textType, []string{"last known place", "last known location", "last location", "last seen",
		"lokasi terakhir", "tempat terakhir", "ទីកន្លែងចុងក្រោយ"}},
	Summary:   {"summary", textType, []string{"description", "remarks", "notes", "details", "ringkasan", "keterangan", "uraian", "សេចក្តីសង្ខេប"}},
	AlertKind: {"kind", textType, []string{"alert kind", "alert type", "type", "type of alert", "category", "jenis", "jenis peringatan", "ប្រភេទ"}},
	Handling: {"handling", textType, []string{"handling code", "action", "action to take", "instruction", "penanganan", "tindakan",
		"វិធានការ"}},
	IssuedOn: {"issued_on", pastType, []string{"issue date", "date of issue", "issued", "tanggal terbit", "tgl terbit", "ថ្ងៃចេញផ្សាយ"}},
	ExpiresOn: {"expires_on", validityType, []string{"expiry", "expiry date", "expires", "date of expiry", "valid until",
		"berlaku sampai", "berlaku hingga", "ថ្ងៃផុតកំណត់"}},
	AlertOffice: {"office", textType, []string{"issuing office", "alert office", "authority", "kantor", "instansi", "kantor penerbit", "ការិយាល័យ"}},
}

// String returns the canonical name.
func (f Field) String() string {
	if f < fieldCount {
		return fieldInfo[f].name
	}
	return "unknown column"
}

func (f Field) typ() valueType { return fieldInfo[f].typ }

// fieldNamed finds a canonical name among the columns of a noun.
func (n Noun) fieldNamed(name string) (Field, bool) {
	for _, f := range n.Fields() {
		if fieldInfo[f].name == name {
			return f, true
		}
	}
	return 0, false
}

// columns are the noun's fields as package table recognises them. A "resident
// id" is the id of a resident, and something else on a list of permits.
func (n Noun) columns() []table.Field {
	out := make([]table.Field, 0, len(n.Fields()))
	for _, f := range n.Fields() {
		aliases := fieldInfo[f].aliases
		if f == ID {
			aliases = append(aliases[:len(aliases):len(aliases)], strings.TrimSuffix(string(n), "s")+" id")
		}
		out = append(out, table.Field{Name: fieldInfo[f].name, Aliases: aliases})
	}
	return out
}
