package demo

import "strings"

// The lists below were written for this generator from general knowledge of
// Indonesian naming. They hold words that very many people bear, in a guessed
// order of frequency; no list was taken from a register. Words are combined by
// chance: that somebody well known bears a combination too is a coincidence.

// compose puts a first part before each of the endings: su + "yanto yono".
func compose(first, endings string) []string {
	out := strings.Fields(endings)
	for i := range out {
		out[i] = first + out[i]
	}
	return out
}

func concat(lists ...[]string) []string {
	var out []string
	seen := make(map[string]bool)
	for _, l := range lists {
		for _, w := range l {
			if !seen[w] {
				seen[w] = true
				out = append(out, w)
			}
		}
	}
	return out
}

// javaneseOneMale and javaneseOneFemale are names that stand alone.
func javaneseOneMale() []string {
	return concat(
		strings.Fields("slamet sutrisno suyanto mulyono sukardi sugiyono suparman sumarno supriyanto sunarto wagiman ngatiman paimin sarjono kasman tukiman tugiman wasito sutikno poniman"),
		compose("su", "priyono hartono haryanto haryono jarwo jatmiko kamto karman kirman kirno lasno listyo marsono maryono maryanto mardi naryo nardi nardiyanto pardi parjo parno paryono paryanto priyadi rahmat rono roso santo seno tarjo tarman tarno taryo tomo topo warno warsito wito wondo yatno yitno yono yoto giyanto giarto gito bagyo darmaji darsono darto dirman yadi yamto yatmo kisno miran mitro jono jito wardi wandi warto"),
		compose("mul", "yadi yanto yo jono"),
		compose("har", "tono yanto yono sono jito jono minto nowo tadi sudi"),
		compose("mar", "yono yanto sudi jono tono no diyanto to sono wanto sidi"),
		compose("sar", "yono wono no di iman mo tono pan jo tim"),
		compose("was", "is kito imin no tono imun iran"),
		compose("war", "sito sono yono di tono no sidi jono"),
		compose("kar", "yono sono tono di man jo min no yadi siman"),
		compose("dar", "mawan sono yono to man ma minto mo wanto majo"),
		compose("par", "yono jo di no tono min jono lan wito simin"),
		compose("nga", "diman dimin tijo liman timin tmin sidi rdi"),
		compose("tu", "kimin kijo miran garan lus mijan rimin mino"),
		compose("ra", "siman timin jiman timan kiman sidi mijan min"),
		compose("wi", "darto narto ratno yono noto rono yadi"),
		compose("pa", "ijo iman imo itno idi iran irin"),
		compose("ka", "siman simin sdi smin ryadi smuri snadi rsono"),
		compose("ja", "min iman suli inuri mari mal ka rwo"),
		strings.Fields("untung bejo basuki gunadi gunarto hadi pujiono pujianto rustam rusmanto rusdi sabar sadiman samingan samsuri sanusi seno siswanto siswoyo solikin sulaiman taruno teguh trimo triyono tumijo wahono wakidi yatin yatiman yitno zainuri zaenuri kadir khoiri kusnadi kusnan mashuri misbah misran muhadi muhaimin munawar mustofa nurhadi nurohman rohmat rohmadi sholeh subhan syamsul tarmuji tohari usman yahya"),
	)
}

func javaneseOneFemale() []string {
	return concat(
		strings.Fields("sulastri sumiati suparmi sukinah suwarni maryati ngatini sumarni sutini wagiyem tukinah kartini suharti partini siyami"),
		compose("su", "hartini haryati hartatik lasmi lami rtini yati yanti yatmi tarmi giarti gini santi kamti darmi prihatin prapti siyem tiyem watin mariyah marsih mirah darsih karsih tarsih kirah mini jiati jiyem listyowati narti narni kesi karti kati kemi parti partinah partini rati rani rip ripah wanti warti wasti wati"),
		compose("war", "sih siti tini yati ni tiyah sinah"),
		compose("kar", "sih tinah mila siyem minah siti yati"),
		compose("mar", "tini sih siti yani inah iyem yam siyah lina"),
		compose("tu", "minah kinem miyem giyem kiyem rsinah mini rinah"),
		compose("nga", "tinah tiyem dinah tmini isah dirah"),
		compose("par", "yati siyem inah tiyah jiyem mi siti"),
		compose("sar", "tini yati inah mi siyem kiyem tinah minah"),
		compose("was", "inah tini iyem ri iah ilah itah"),
		compose("ju", "minah wariyah mini ariyah mirah wati"),
		compose("rus", "mini minah tini miyati dianah miatun"),
		compose("mu", "jiati jiyem rni tmainah rtini slimah sriah nawaroh kminah"),
		compose("sa", "kinah minem rofah tinah idah niyah liyem rinah pinah"),
		compose("ro", "hmah kayah hani siyah fiah hayati chmah"),
		strings.Fields("aminah asih asiyah bariyah dariyah daryati fatimah halimah hartati istiqomah istiyah jamilah jariyah jasmi jumiati kasiyati khotimah komariyah kusmiati kusrini lasmini latifah lestari mahmudah maimunah mariam maryam masriah murtiah musyarofah nafsiah nurhayati nurjanah nuryati poniyem poniyati prihatini purwanti qomariah ratmi rumini rumiyati salamah samiyem siti solikah srihartati tasmi trimah triyani umiyati yatinah yatmini zaenab zubaidah zulaikah"),
	)
}

const (
	javaneseMale   = `agus budi eko joko dwi bambang tri heru wahyu arif dimas bayu aditya rizky bagus yoga fajar teguh yudi rudi dedi deni doni roni adi andri anton ari aris didik edi gatot guntur hari heri imam indra irfan iwan kurnia lukman nanang panji pandu prasetyo purwanto rendra reza rian ridwan satria septian setyo sigit sony sugeng surya taufik tegar tomi totok untung wawan wisnu yanuar yogi yudha zaenal galih galang ilham hendro hermawan catur dani danang nova novan rangga rahmat alfian angga krisna mahmud nugroho puguh slamet sulis susilo tulus wiwit yulianto`
	javaneseMale2  = `setiawan prasetyo santoso nugroho saputra kurniawan susanto wibowo hidayat purnomo utomo cahyono pratama hartono raharjo wijayanto permana ramadhan riyanto haryanto supriyadi suprianto subagyo wahyudi firmansyah setyawan nurcahyo irawan gunawan handoko pamungkas wicaksono prakoso sulistyo laksono hermawan mulyono saputro kuncoro wardoyo purwanto rahmanto sasongko efendi iskandar anggoro wiratama mahardika baskoro suryanto darmawan sutanto priyambodo widianto siswanto atmojo sanjaya ardiansyah febrianto aprilianto oktavianto yulianto suryono sudarmono rohman maulana fauzi arifin anwar mustofa nurdin`
	javaneseFemale = `siti sri dewi endang rini wahyu tri dwi eka ratna indah nur ika lestari yuni puji ani wiwik retno titik nurul fitri yanti ayu diah novi rina dian anik erna lilis evi ida tutik umi tika risa maya wulan intan putri kartika mega citra desi devi dina dinda elly erni fera heni henny herlina indri isti kristin lina linda lusi nia nita novita nunung nuning reni ria ririn rita sari septi sinta sulis susi tari tatik tini utami vina widya winda yayuk yeni yulia yuliana yunita zulfa anggun arum galuh laras sekar tiara`
	javaneseFem2   = `wahyuni rahayu lestari handayani astuti wulandari ningsih hidayah kusuma utami susanti rahmawati setyowati widyastuti puspita anggraini purwanti kurniawati mulyani fatimah yulianti setiawati hartati safitri permatasari indriani sulistyowati nuraini handayati pratiwi maharani susilowati purnamasari suryani haryati kartika dewi sari wijayanti mariana oktaviani apriliani febriani yuliana novitasari kusumawati rahmadani cahyani andriani khasanah aminah maimunah khotimah rohmah muslimah nurjanah puspitasari paramita anjani larasati damayanti trisnawati ernawati ratnasari puspitaningrum wardani wijaya prihatin widiastuti sundari`

	sundaneseMale   = `asep dadang ujang cecep dede deden iwan yayan agus endang tatang usep ade jajang wawan nandang aang encep dudung maman rahmat yusup cucu ayi didin engkos entis aceng atep iyan odang opik oman udin yana yadi ganjar gilang rizal ridwan fajar rian egi hendra dani rudi deni andri asdi dian eman engkus ika jaja kosim kusnadi lili mamat nana ohan rohman sandi solihin tarya toni uus wahyu yogi`
	sundaneseMale2  = `saepudin hidayat suhendar kurnia permana setiawan gunawan suryana sopian mulyana sutisna rohmat suherman sobandi rustandi kusnadi firmansyah nugraha ramdani iskandar supriatna rukmana sudrajat wahyudin kosasih ruhiyat saripudin sunandar hermawan juanda solihin komarudin hamdani wiguna purnama jatnika sumarna karyana nurjaman abdurohman heryana maulana junaedi ruswandi apandi koswara`
	sundaneseFemale = `euis neng iis cucu imas ai lilis nia yani eneng elis teti yeni rina siti nining ida tati nani entin wiwin dede heni yayah oneng ipah ratna rosi titin enung enok icih mimin nunung nurul rini rita sinta susi wida yuli yuyun dewi fitri intan reni resti novi ayu ela ema eti lina lia mela neneng pipit sri tini wati`
	sundaneseFem2   = `nurhayati rohaeni sumiati rostika kurniasih mulyati hasanah nurjanah suryani hayati marliana rosita lestari komalasari rohmah sulastri herawati juariah suhartini fitriani karlina rahmawati setiawati maryani sopiah kartika cahyati nuraeni wulandari solihah kulsum patimah mariam permatasari yulianti rukmini suminar sukaesih supriatin aisyah salamah handayani kusmiati`

	batakMale     = `rudi hotman parlindungan sahat jonson jhon david andi hendra roni tumpal poltak mangara binsar pardamean togar bonar maruli rikardo richard ronald samuel daniel josua jefri juan frengki ferdinan edison edward dedi darwin bernard benny arnold antonius albert horas halomoan gomgom goklas freddy firman fernando elias donal dapot charles bangun baginda asido ardi alboin ivan jimmy jonatan joel kristian leo lamhot liston manahan marihot martua mikael monang nimrod parulian patar paul raja ramli rinto robert robinson rolan roy sabam saut simon sihar sudung tigor timbul tohap tommy tulus viktor wilson yosua`
	batakMiddle   = `parulian martua pardamean halomoan saputra marulitua hasiholan hamonangan maruli oloan putra tua parlindungan bonardo tumpal raja gabe manatap panusunan sahala natal jaya christian andreas immanuel pangihutan`
	batakFemale   = `rosmawati tiurma ria rina riris lenny lasma roslina sondang herlina dewi desi christina maria marlina melva merry monika nova novita nurmala pesta rani ratna renta riana rohani romauli rosida rosmaida rotua ruth santi sarah serli sintong sri sumiati susi tetty theresia tio tiarma tiodora uli veronika yanti yohana yuni anita ana asima berliana bunga debora delima dormauli duma elfrida elisabet ellys erika esra ester eva friska gloria grace hotmaida hotnida imelda intan irma jojor juliana juli kartini kristina lamria lestina linda lina lisbet lusiana`
	batakFemMid   = `natalia roma uli marlina kristina sonta boru agustina oktavia tiur maria yanti sari elisabet christine mariana lestari yolanda`
	batakClan     = `siregar simanjuntak situmorang nainggolan sihombing hutagalung sinaga harahap nasution manurung lubis sitorus panjaitan simbolon purba hutabarat silalahi simatupang siahaan sitompul napitupulu tampubolon pasaribu ginting sembiring tarigan pardede sirait saragih hasibuan pangaribuan marpaung lumbantobing samosir gultom pakpahan silaban aritonang hutapea butarbutar damanik girsang karo-karo bangun sibarani lumban-gaol manalu munthe rajagukguk sidabutar sihaloho sinambela sitanggang tambunan rangkuti daulay batubara pulungan dalimunthe ritonga tanjung matondang pohan siagian simamora hutasoit naibaho malau turnip manik saing berutu bancin solin kudadiri barus sitepu surbakti singarimbun perangin-angin`
	mandailingMen = `ahmad muhammad abdul ali hasan husein ridwan rahmat zulkifli syahrul irwan parlaungan sutan mara hasan amir faisal fahrul fadli iqbal ikhsan khairul mahmud rizki saleh taufik yusuf zainal`
	mandailingFem = `nur siti khairani rahma aisyah fatimah nurhalimah maimunah masdalifah nurbaiti rahmadani annisa fitri hafsah latifah mawar nurlela rosidah saidah zahra zuraidah`

	minangMale   = `afrizal syafrizal yusrizal zulfikar rizal zulkifli novri hendri syahrial yuliandri efrizal ramadhan ihsan fikri fadhil fadli arif hafiz irwan rahmat dedi doni joni ade andre ari budi dendi eri febri ferdi genta harry ilham indra jasri kamal masri mulyadi nofrizal oktavianus rinaldi romi ronal rudi ryan satria syafri syahril taufik wandi wendi yandri yanuar yendri yosrizal zainal zaki`
	minangMale2  = `saputra putra chaniago piliang tanjung koto sikumbang guci mandaliko jambak malayu efendi hidayat rahman akbar kurniawan hasan syah mandala pratama irawan zein syofyan anwar amri ardi bahar`
	minangFemale = `yulia fitri rahmi yenni sri desi nova mira rina ratna dewi eva gusni gustina hasni helmi ira isra jasmiati lenggogeni leni lidya mardiana melati meri mimi misra mulyani nelly netti nofri nurhasni nurmiati oktavia popi rahma reni resti rika roza rosmaniar silvia suci syafni syamsinar tuti upik vivi wati weni widya wirda yarni yetti yuli yulinar zulfa zuraida`
	minangFem2   = `yanti rahmi sari putri wati elita fitria hayati susanti oktavia novita anggraini febriani zahara amelia rahmadani syafitri yuliani marlina dewi permata indah gusti andriani mayasari helmi`

	malayMale   = `muhammad ahmad abdul syahrul zulkifli ridwan hamdan hasan iskandar ismail ibrahim rahman ramli razali rizal safrizal samsul samsudin sulaiman syafii syaiful syarif tarmizi umar usman yusuf zainal zakaria zulham alamsyah azhar azwar bahrum burhan darmawan efendi fachrul fahmi fauzan feri hairul hanafi hardi hasbi heri herman idris irfan iwan jamal juanda junaidi kamaruddin kamil khairul mahmud maulana mustafa nasir raja redho reza riduan robi roni rusli said saleh suhaimi supri syahdan taufik thamrin toni wahyu yani yasin`
	malayMale2  = `rahman hidayat saputra akbar hakim aziz karim ramadhan fauzi maulana kurniawan syahputra putra firdaus rasyid salim hamid halim jamil latif malik majid manaf muis muthalib qodir rauf rozak samad somad wahab wahid zaini efendi ansyori ardiansyah arifin basri effendi fadillah firmansyah ghani hasan husin ilyas irawan jaya kadir kesuma marzuki mulia nasution nur pratama priadi rifai`
	malayFemale = `siti nur nurul fatimah zubaidah rohana aisyah khadijah maimunah halimah hasnah salmah rosnah zainab asmah aminah rahmah mariani rohani yusnidar yusnita zahara zuraida dewi desi eka erna fitri hartini herlina ida indah jamilah jumiati juliana kartika kamariah lela leni lilis linda mahani marhamah masnah maya mega melati mila nina nirmala norma novi nurma puput rani rapiah ratna riska rina rita rizka rodiah rosmini rosmiati sarinah sri suryani syarifah tina umi yanti yulia yuni yunita`
	malayFem2   = `hasanah aini hayati azizah rahmah sari putri wahyuni fadilah amalia safitri ramadhani lestari yanti khairani oktaviani apriani maharani novita agustina fitriani zahra nuraini hidayati jannah kamila latifah maulida marlina mariana mutiara nabila natasha oktavia permata pertiwi rahmadina rahmawati rizki salsabila septiani syafira utami wulandari yuliana zulaika dewi anggraini anjani asmara`

	arabMale   = `muhammad ahmad abdul ali umar usman hasan husein ibrahim ismail yusuf idris ilyas zainal syaiful nur khairul fathul rizki fahmi fauzan faisal farhan fikri hafidz hamzah haris hilman ikhsan iqbal irfan jafar jamaluddin kamil khoirul luqman mahfud maulana miftahul mukhlis munir musa mustofa nasrul nizar rafi ramadhan rasyid ridho rifqi sahrul salman samsul shodiq sirojuddin sulaiman syafiq syahrul syamsul taufiq ubaidillah wahid yahya yazid zaki zulfikar`
	arabMale2  = `fauzi hakim rahman hidayat maulana ridwan arifin ramadhan akbar hidayatullah aziz abdillah anshori anwar asy'ari azhar azis basyir fadhilah fadli fajri faqih firdaus ghofur ghozali habibi hadi hafiz hamdani hasanudin hasyim huda ichsan ikhwan ilham iskandar jalaluddin jauhari kamal karim kholil latif lutfi mahmudi majid mubarok mukhtar muslim mustaqim muzakki nasrullah nawawi nugraha qodir rahim rifai rozaq saefullah salam salim shiddiq shihab sholeh subhan sulthon syafii syakur syarif syukur thohir wahyudi yasin yusuf zaini zulkarnain`
	arabFemale = `siti nur nurul fatimah aisyah khadijah annisa zahra ummu dewi laila lailatul maryam salma hafsah halimah zainab ruqayyah sofia asma azizah badriyah durrotul faizah farida fitri fitriyah hanifah hasanah hidayatul hikmah husna ida ifa ilmi intan isna izzatul jamilah jihan kamila khairunnisa khoirun latifah lutfiyah mahmudah maulida mawaddah mei miftahul mufidah muna musfiroh mutia nabila nadia naila najwa nihayatul nisa rahma rahmah rizka robiatul rohmah roudhotul sabrina safira salsabila saidah sayyidah syarifah tazkia ulfa ulya umi uswatun wardah yasmin yuliana zakiyah zulfa`
	arabFem2   = `hidayah hasanah khasanah jannah azizah rahmah fadilah fauziyah zahra aini aulia amalia rohmah azzahra khairiyah latifah mahmudah maghfiroh mubarokah mukarromah munawaroh nafisah nisa nuraini qomariyah rahmawati ramadhani salamah sa'adah sa'diyah sholihah syarifah ulya ummah wahidah wardah zakiyah zuhriyah fitri fitria hanum humaira istiqomah kamila maulidya mufida mutmainah nabila najah nur`

	acehMale   = `muhammad teuku said zulfikar zulkarnaini mukhlis munawar iskandar ridwan saifuddin saiful syahrul fakhrurrazi fauzan hasballah ibrahim ilyas irwandi jafaruddin jamaluddin khairul mahdi marzuki maimun mulyadi murdani mustafa muzakir nasruddin nazaruddin nurdin rahmat razali rizal rusli safrizal sulaiman suryadi sofyan syukri tarmizi usman yusri yusuf zainuddin zubir`
	acehMale2  = `mahmud daud abdullah yusuf ismail hasan usman ibrahim ali ahmad amin husen ilyas jamil harun adam idris yahya syah putra akbar maulana fahmi fuadi rizki`
	acehFemale = `cut nur nurul ainal siti mutia fitri maulidar rosmiati rauzah safrina zahara zubaidah nurlaila nurhayati nurmala juwita khairunnisa marlina mariana maryam nova nuraini raihan rahmi rina rosnita ruhama salwa sarina syarifah ulfa wardiah yusnidar yuslinar zuhra`
	acehFem2   = `mutia keumala nisa wati rahmi hayati fitri maulida dewi meutia nurdin zahara hasanah ulfa safitri ainun salma husna intan`

	bugisMale   = `andi muhammad abdul ambo baso syamsuddin syarifuddin kamaruddin amiruddin jamaluddin nasruddin saharuddin burhanuddin baharuddin sudirman rusdi ruslan rustam arham arsyad asdar asri awaluddin darwis fajar hasan hasanuddin herman hamka ilham irfan irwan ismail jufri kaharuddin lukman mansur marwan mukhtar mustari nasrul nurdin rahman rahmat ramli rizal safaruddin sakka sultan suardi sulaiman supardi suriadi syahrir syahrul syamsul takdir tahir taufik umar usman yusri yusuf zainal`
	bugisMale2  = `daeng hasan rahman nur tahir umar salam syam amin arsyad akbar hamid hamzah idris jaya kadir latif lallo mappa mappiasse mattalatta nompo pallawa palewai parenrengi passa rasyid saleh tola wahid yunus ramadhan saputra tajuddin sewang gassing rewa`
	bugisFemale = `andi hasnah hasnawati nur nurhayati nurlia nurmiati sitti rosmiati rahmawati rosdiana hariani halima hamsinah haslinda hasriani herlina indo irawati jumriah jumiati kasmawati mardiana marlina masniar mirnawati murniati nadira nuraeni nuraida nurjannah nursiah nurwahida raodah ramlah ratna risma rosnani salma salmiah samsiah satriani sinar sriwahyuni suarni suharni sumarni suriani syamsiah tenri tuti wahyuni yuliana`
	bugisFem2   = `hasan wati dewi nur amir tahir ramadhani sari rahman abdullah syam daeng aulia putri nurdin anwar hamid malik umar jafar salam ismail yusuf arsyad`

	balineseMale   = `adi agus wira ari arya bagus budi darma eka gede mahendra oka putra raka rai suarta sudarma sudiana suarjana suastika sukarta sukerta sumerta suparta suryawan sutama wijaya wirawan yasa yoga yudi artana ardana ardika arnawa astawa astika budiarta budiasa dana dharma dwija edi jaya kariasa kartika krisna mertayasa mudita muliarta nuarta parwata pastika pradnya pranata purna rudi sadia sandi semara suandi suardana suartana subagia`
	balineseMale2  = `putra wijaya saputra adnyana mahardika pratama wirawan sanjaya arimbawa dharmawan suputra kusuma aditya permana yasa artawan mahaputra parta giri utama budiawan setiawan antara ardiana widiana suardika`
	balineseFemale = `ayu dewi sri ratna eka dwi tri wahyuni suartini suryani sukerti sumiati sulastri widiastuti wulandari yanti yuni ari ariani artini asih astiti astuti budiani cahyani candra darmayanti desi diah dian erna fitri indah intan juliani karmini kartini kerti laksmi lestari manik mariani mega murni novi oka pertiwi puspa putri rai rasmini rusmini sari sekar sintya suarniti suci sudiani`
	balineseFem2   = `dewi lestari antari wahyuni suryani pratiwi utami damayanti sari cahyani astuti yanti maharani widiantari puspita anggreni ariani kusumadewi laksmi purnami paramita wulandari handayani permata`

	chineseGiven    = `hendra rudi andi steven kevin william david robert jimmy johan budi edi willy tommy hendrik ferry erwin darwin eddy suryadi antoni alex benny calvin charles christian daniel denny dicky eric felix fendy ferdinand franky fredy gunawan hartono hendry herman irwan ivan jacky jackson jason jeffry jerry johnny jony joseph julius junaidi kelvin leo leonardo lukas marcel martin michael nelson nicholas peter philip raymond ricky riky roberto rocky ronny rony ryan sandi sonny stefanus susanto teddy thomas vincent wilson winston yanto yohanes yudi`
	chineseGivenFem = `lina linda susi merry fenny jenny lisa mei yenny sherly shella stella vivian veronica angelina anita cindy christina melissa monica natalia novi olivia patricia priscilla regina rosa sandra silvia sisca sofia susan susanti tania theresia vanessa wati wenny winda yanti yuliana yulia angel agnes amelia bella caroline catherine cecilia clara desy devi diana dewi elly emily erlina erni eva evelyn felicia fransisca grace hellen herlina imelda indah irene ivana jessica julia juliana kartika laura lenny lili lily livia lusiana margaret maria mariana marlina meliana mella merlin`
	chineseFamily   = `wijaya gunawan santoso halim setiawan tanjaya susanto kurniawan hartono salim lim tan tanuwijaya wibowo widjaja sutanto suryadi chandra kusuma limanto sugianto budiman darmawan hermawan ongko hadi gozali cahyadi liem oei kosasih sanjaya wong ng chen hidajat hartanto tjandra harsono tedja angkasa sutrisno suwandi tanoto handoko lie kho ang ong tjahjadi lukito iskandar irawan kwee go theng sia chia bong chai fang huang jong lay liauw lo phang then thio tio tjhin tjong wen wu yap yong bun khouw tandiono tanudjaja limantara lesmana halimkusuma hosea hadiwijaya gunadi sudiro sunarto`
	chineseSyllable = `mei ling hui lan siu fong lie hwa sin ay kim giok bun tjin kiat seng hong hin liang chun fa kiong lim moy nyuk chin fui sen jun wei yen tet sun khim liong an po tji lian eng swan hok bing gwan tiong hian beng`

	easternMale   = `yohanes maikel jefri stenly yosep petrus paulus agustinus antonius ferdinand fransiskus markus matius lukas thomas yakobus yohan alexander alfons alfred andreas arnoldus bartolomeus benediktus bernadus blasius daniel david dominggus domi donatus edi elias erens ezra fredrik frits gabriel gerson gregorius hans hendrik heski hironimus ignasius ivan jems jhon jonas josua julius kanisius klemens kornelis leonardus marthen marten maximus melki melkianus meldi nelson nikolas novi oktovianus oscar rafael reinhard rendi richard rivo robby rolly romi ronald roy samuel semuel simon stefanus sverdi theo tommy urbanus valentino viktor wempi wensi yanto yeremias yermias`
	easternFemale = `maria yohana kristina marlin meylan yuliana agnes agustina ana anastasia angela anita apolonia bernadeta debora delsi elisabeth ester eunike fany febe fenny feyti fransiska glori grace helena hermina imelda irene jeane jenifer juliana kartini katarina klara lidia lusia magdalena margaretha marlina marselina marta melani mega merlin meske mety mikhaela monika natalia nelci nona novita oktavia olga paulina petronela regina rini rosalina rosina ruth sandra sarah selvi silvana sintia sofia stevi susana syane teresia theresia trivena vera veronika vivi welmince wilhelmina yanti yeni yosefina yulita yunita`
	easternMiddle = `yosef maria putra karel angelina johan kristian rein yulius natalia albert sintia oktavian frans marselino jerry junior adriano meilani`
	easternFamily = `rumengan lumentut tumbelaka mandagi kawengian pangemanan rorong sumual tangkilisan wowor kalalo karundeng kandou kaunang lengkong lumempow manoppo mamahit mokoginta moningka momongan palar pandeirot pantouw paat polii pongoh rompas runtuwene sondakh sumampouw supit tambunan tengker tumiwa tumundo waworuntu wenas pattiasina pattipeilohy latuconsina lekatompessy leatemia manuhutu matulessy nanlohy nikijuluw pesulima pelupessy picauly rehatta ririhena risakotta sahetapy salakory sapulette siahaya siwabessy sopacua souisa tamaela tuhumury tutuhatunewa wattimena da-costa da-silva de-jesus dos-santos fernandes gonsales lopez pareira nong bria bere tefa tnunay nahak seran klau fallo kase liu manek mau naimuti neno nitbani nubatonis oematan selan taek tafuli tallo bano benu boimau wanggai rumbiak rumaropen mandacan kafiar kbarek korwa mambrasar msiren mansnembra sawaki suebu tabuni wenda wonda yikwa kogoya`

	banjarMale   = `muhammad ahmad akhmad abdul rahmad hairul khairani syahrani riduan rahmadi noor hamdi hasan ibrahim irwan jumadi jainudin kaspul kursani mahyudin misran murjani nasrullah rusdi rusmadi sarkani syarifudin supian surian taufik yusran zainal yadi rudi rian robi dayat ipan udin aliansyah ardiansyah fahrurazi gazali hardiansyah herman hendra`
	banjarMale2  = `noor rahman hidayat ramadhan rahmani fauzi syahbana maulana saputra nafarin anshari hadi effendi rizali fahriadi yamani yusuf ridha jailani arsyad rahim`
	banjarFemale = `siti norhayati noor nor rahmah norhasanah rusmini rusmiati mariatul raudatul nurul hikmah hasanah hamidah halimatus helda jumiati kamariah khadijah lina masitah mastura maulida mahrita misnawati noorlaila norlaila norjanah norsyifa patimah purnama rabiatul rahmawati risna salasiah sarimah saniah yuliana zuraida`
	banjarFem2   = `hasanah jannah rahmah hayati adawiyah janah sakdiah aulia maulida rahmi yanti wati fitriani noor azizah mahfuzah zahra hidayah ulfah`

	fathers = `abdullah ahmad hasan ibrahim ismail yusuf sulaiman umar usman ali saleh rahman samad karim salim tarman suparno sukardi sutarjo kasim rasyid zainal arifin mahmud musa daud idris ilyas yahya harun amin kadir majid hamid hamzah jamal basri bakri burhan dahlan darwis djamal effendi harjo hadi karto karyo kromo marto mulyo parto pawiro prawiro rono sastro sumo surip tarjo tirto wiryo wongso joyo noto atmo dirjo suro setu wiro rejo kasan kasmin ngadi paijo samsi sardi tasrip warsidi`
)
