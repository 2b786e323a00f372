package person

// countryWords are names of countries and words of nationality as [key] makes
// them: small letters, without spaces and signs. English, Indonesian, Khmer.
var countryWords = map[string]Country{
	"indonesia": "IDN", "republikindonesia": "IDN", "republicofindonesia": "IDN", "ri": "IDN", "nkri": "IDN",
	"indonesian": "IDN", "wni": "IDN", "warganegaraindonesia": "IDN", "orangindonesia": "IDN",
	"ឥណ្ឌូនេស៊ី": "IDN", "ឥណ្ឌូណេស៊ី": "IDN", "ឥណ្ឌូនេសុី": "IDN", "ឥណ្ឌូណេសុី": "IDN", "សាធារណរដ្ឋឥណ្ឌូនេស៊ី": "IDN",

	"cambodia": "KHM", "kingdomofcambodia": "KHM", "kamboja": "KHM", "kerajaankamboja": "KHM", "kampuchea": "KHM",
	"cambodian": "KHM", "khmer": "KHM",
	"កម្ពុជា": "KHM", "ខ្មែរ": "KHM", "ព្រះរាជាណាចក្រកម្ពុជា": "KHM",

	"malaysia": "MYS", "malaysian": "MYS", "ម៉ាឡេស៊ី": "MYS", "ម៉ាឡេសុី": "MYS",
	"thailand": "THA", "kingdomofthailand": "THA", "muangthai": "THA", "thai": "THA", "ថៃ": "THA", "ប្រទេសថៃ": "THA",
	"vietnam": "VNM", "socialistrepublicofvietnam": "VNM", "vietnamese": "VNM", "វៀតណាម": "VNM",
	"singapore": "SGP", "republicofsingapore": "SGP", "singapura": "SGP", "singaporean": "SGP", "សិង្ហបុរី": "SGP", "សឹង្ហបុរី": "SGP",
	"china": "CHN", "peoplesrepublicofchina": "CHN", "prc": "CHN", "prchina": "CHN", "rrt": "CHN", "rrc": "CHN", "tiongkok": "CHN", "republikrakyattiongkok": "CHN", "cina": "CHN", "chinese": "CHN", "ចិន": "CHN",
	"philippines": "PHL", "thephilippines": "PHL", "republicofthephilippines": "PHL", "filipina": "PHL", "filipino": "PHL", "philippine": "PHL", "ហ្វីលីពីន": "PHL", "ភីលីពីន": "PHL",
	"myanmar": "MMR", "burma": "MMR", "birma": "MMR", "burmese": "MMR", "myanmarese": "MMR", "មីយ៉ាន់ម៉ា": "MMR", "ភូមា": "MMR",
	"laos": "LAO", "lao": "LAO", "laopdr": "LAO", "laopeoplesdemocraticrepublic": "LAO", "laotian": "LAO", "ឡាវ": "LAO",
	"brunei": "BRN", "bruneidarussalam": "BRN", "bruneian": "BRN", "ព្រុយណេ": "BRN", "ប្រ៊ុយណេ": "BRN",
	"timorleste": "TLS", "easttimor": "TLS", "timortimur": "TLS", "timorese": "TLS", "ទីម័រខាងកើត": "TLS",

	"taiwan": "TWN", "taiwanese": "TWN", "តៃវ៉ាន់": "TWN",
	"hongkong": "HKG", "hongkongsar": "HKG", "ហុងកុង": "HKG",
	"macau": "MAC", "macao": "MAC", "makau": "MAC",
	"japan": "JPN", "jepang": "JPN", "japanese": "JPN", "ជប៉ុន": "JPN",
	"southkorea": "KOR", "korea": "KOR", "republicofkorea": "KOR", "rok": "KOR", "koreaselatan": "KOR", "korean": "KOR", "southkorean": "KOR", "កូរ៉េខាងត្បូង": "KOR", "កូរ៉េ": "KOR",
	"northkorea": "PRK", "dprk": "PRK", "koreautara": "PRK", "កូរ៉េខាងជើង": "PRK",
	"india": "IND", "indian": "IND", "ឥណ្ឌា": "IND",
	"pakistan": "PAK", "pakistani": "PAK", "ប៉ាគីស្ថាន": "PAK",
	"bangladesh": "BGD", "bangladeshi": "BGD", "បង់ក្លាដែស": "BGD",
	"nepal": "NPL", "nepalese": "NPL", "nepali": "NPL", "នេប៉ាល់": "NPL",
	"srilanka": "LKA", "srilankan": "LKA", "ស្រីលង្កា": "LKA",
	"kenya": "KEN", "kenyan": "KEN",
	"uganda": "UGA", "ugandan": "UGA",
	"ethiopia": "ETH", "ethiopian": "ETH",
	"nigeria": "NGA", "nigerian": "NGA",

	"saudiarabia": "SAU", "arabsaudi": "SAU", "ksa": "SAU", "saudi": "SAU",
	"unitedarabemirates": "ARE", "uae": "ARE", "uniemiratarab": "ARE", "emirati": "ARE",
	"australia": "AUS", "australian": "AUS", "អូស្ត្រាលី": "AUS",
	"unitedstates": "USA", "unitedstatesofamerica": "USA", "us": "USA", "amerikaserikat": "USA", "american": "USA", "អាមេរិក": "USA", "សហរដ្ឋអាមេរិក": "USA",
	"unitedkingdom": "GBR", "uk": "GBR", "greatbritain": "GBR", "inggris": "GBR", "british": "GBR", "អង់គ្លេស": "GBR",
	"france": "FRA", "prancis": "FRA", "perancis": "FRA", "french": "FRA", "បារាំង": "FRA",
	"germany": "DEU", "jerman": "DEU", "german": "DEU", "អាល្លឺម៉ង់": "DEU",
	"netherlands": "NLD", "thenetherlands": "NLD", "belanda": "NLD", "dutch": "NLD", "ហូឡង់": "NLD",
	"russia": "RUS", "russianfederation": "RUS", "rusia": "RUS", "russian": "RUS", "រុស្ស៊ី": "RUS",
	"canada": "CAN", "kanada": "CAN", "canadian": "CAN", "កាណាដា": "CAN",

	"stateless": "XXA", "tanpakewarganegaraan": "XXA",
}
