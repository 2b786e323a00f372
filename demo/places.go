package demo

import "strings"

// regency is a place of birth: the first four digits of a national id number
// (province, regency) and the name as registers write it. The codes are those
// of the Ministry of Home Affairs, from general knowledge; the list is a part.
type regency struct {
	code string
	name string
}

// regencies by province, "code name" separated by commas.
var regencies = parseRegencies(
	"1171 Banda Aceh,1106 Aceh Besar,1173 Lhokseumawe,1108 Aceh Utara,1114 Aceh Jaya,1107 Pidie",
	"1271 Medan,1207 Deli Serdang,1275 Binjai,1272 Pematangsiantar,1274 Tanjungbalai,1209 Asahan,1205 Langkat,1208 Simalungun,1202 Tapanuli Utara,1276 Tebing Tinggi,1210 Labuhanbatu",
	"1371 Padang,1375 Bukittinggi,1306 Agam,1304 Tanah Datar,1376 Payakumbuh,1301 Pesisir Selatan",
	"1471 Pekanbaru,1472 Dumai,1401 Kampar,1403 Bengkalis,1407 Rokan Hilir",
	"1571 Jambi,1506 Tanjung Jabung Barat",
	"1671 Palembang,1602 Ogan Komering Ilir,1603 Muara Enim,1607 Banyuasin",
	"1871 Bandar Lampung,1802 Lampung Tengah,1801 Lampung Selatan,1807 Lampung Timur,1872 Metro",
	"1971 Pangkalpinang,1901 Bangka,1902 Belitung",
	"2171 Batam,2172 Tanjungpinang,2102 Karimun,2101 Bintan",
	"3171 Jakarta Pusat,3172 Jakarta Utara,3173 Jakarta Barat,3174 Jakarta Selatan,3175 Jakarta Timur",
	"3201 Bogor,3202 Sukabumi,3203 Cianjur,3204 Bandung,3205 Garut,3206 Tasikmalaya,3209 Cirebon,3212 Indramayu,3213 Subang,3215 Karawang,3216 Bekasi,3273 Bandung,3275 Bekasi,3276 Depok",
	"3301 Cilacap,3302 Banyumas,3303 Purbalingga,3305 Kebumen,3324 Kendal,3327 Pemalang,3328 Tegal,3329 Brebes,3372 Surakarta,3374 Semarang,3309 Boyolali,3318 Pati,3320 Jepara",
	"3471 Yogyakarta,3402 Bantul,3404 Sleman,3403 Gunungkidul",
	"3578 Surabaya,3507 Malang,3515 Sidoarjo,3505 Blitar,3504 Tulungagung,3502 Ponorogo,3510 Banyuwangi,3509 Jember,3519 Madiun,3516 Mojokerto,3506 Kediri,3528 Pamekasan",
	"3671 Tangerang,3603 Tangerang,3604 Serang,3602 Lebak",
	"5171 Denpasar,5108 Buleleng,5103 Badung,5104 Gianyar,5102 Tabanan,5107 Karangasem",
	"5271 Mataram,5202 Lombok Tengah,5203 Lombok Timur,5204 Sumbawa",
	"5371 Kupang,5307 Sikka,5306 Flores Timur,5310 Manggarai",
	"6171 Pontianak,6172 Singkawang,6101 Sambas,6112 Kubu Raya",
	"6271 Palangka Raya,6371 Banjarmasin,6372 Banjarbaru,6303 Banjar",
	"6471 Balikpapan,6472 Samarinda",
	"7171 Manado,7172 Bitung,7173 Tomohon,7102 Minahasa",
	"7271 Palu,7371 Makassar,7308 Bone,7306 Gowa,7372 Parepare,7313 Wajo,7471 Kendari",
	"8171 Ambon,8271 Ternate,9171 Jayapura",
)

func parseRegencies(provinces ...string) []regency {
	var out []regency
	for _, p := range provinces {
		for r := range strings.SplitSeq(p, ",") {
			code, name, _ := strings.Cut(r, " ")
			out = append(out, regency{code, name})
		}
	}
	return out
}

// birthplaces returns the indexes of the regencies whose codes begin with one of
// the prefixes, separated by blanks; the first of a province weigh more.
func birthplaces(prefixes string) []int {
	var out []int
	for prefix := range strings.FieldsSeq(prefixes) {
		n := 0
		for i, r := range regencies {
			if strings.HasPrefix(r.code, prefix) {
				for range max(1, 5-n) {
					out = append(out, i)
				}
				n++
			}
		}
	}
	return out
}

// hostPlaces are towns and provinces of the host state where residents live,
// with weights.
var hostPlaces = []struct {
	weight int
	area   string // commune or quarter, as an address has it
	city   string
}{
	{22, "Sangkat Boeung Keng Kang", "Phnom Penh"},
	{14, "Sangkat Tuol Kouk", "Phnom Penh"},
	{10, "Sangkat Chbar Ampov", "Phnom Penh"},
	{8, "Sangkat Sen Sok", "Phnom Penh"},
	{18, "Sangkat 4", "Preah Sihanouk"},
	{9, "Sangkat 3", "Preah Sihanouk"},
	{10, "Sangkat Poipet", "Banteay Meanchey"},
	{8, "Sangkat Bavet", "Svay Rieng"},
	{3, "Sangkat Svay Dangkum", "Siem Reap"},
	{3, "Sangkat Svay Por", "Battambang"},
	{3, "Sangkat Kampong Kandal", "Kampot"},
	{2, "Khum Thma Da", "Pursat"},
	{2, "Sangkat Dang Tong", "Koh Kong"},
	{2, "Khum Chrey Thum", "Kandal"},
}

var hostWeights = func() []int {
	w := make([]int, len(hostPlaces))
	for i, p := range hostPlaces {
		w[i] = p.weight
	}
	return w
}()

// address invents a home. Street numbers are generic; a part of the people live
// in shared quarters, which say little about who is who.
func address(r *stream) string {
	p := hostPlaces[r.weighted(hostWeights)]
	switch r.below(10) {
	case 0:
		return "Building " + string(rune('A'+r.below(20))) + ", " + p.area + ", " + p.city
	case 1:
		return "Staff quarters " + number(r, 40) + ", " + p.area + ", " + p.city
	case 2:
		return "Room " + number(r, 900) + ", Street " + number(r, 300) + ", " + p.area + ", " + p.city
	case 3:
		return "Phum " + number(r, 9) + ", " + p.area + ", " + p.city
	}
	return "No. " + number(r, 400) + ", Street " + number(r, 600) + ", " + p.area + ", " + p.city
}

func number(r *stream, most int) string { return itoa(1 + r.below(most)) }
