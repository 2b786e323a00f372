package script

import (
	"strings"
	"sync"
)

// commonness gives how common a spelling by ear is as a name. A bare pair has no
// register to count in; these short lists, drawn up from the usual tables of the
// commonest given and family names of many countries, stand for one. What is in
// none of them counts as rare.
var commonness = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for level, list := range [...]string{1: wellKnown, 2: commonest} {
		for _, w := range strings.Fields(list) {
			m[Ear(w)] = level
		}
	}
	return m
})

const commonest = `muhammad ahmad ali hassan hussain hussein ibrahim abdullah abdul khan singh kumar maria jose juan john david michael
 kim lee li park choi jung wang zhang chen liu nguyen tran le smith garcia rodriguez hernandez martinez lopez gonzalez silva santos
 siti sri nur dewi agus sok chan sokha an ahmed mohamed omar umar yusuf islam rahman begum fatima ivanov anna aleksandr sergey`

const wellKnown = `abbas abdallah abdulaziz adam aisha akbar alam amin amina amir anwar asad aziz bakr bashir bilal daud din faisal farah farid ghulam gul habib hadi
 hakim hamid hamza haq haris hasan hashim husayn idris iqbal ismail jamal jamil jan karim khalid khalil latif mahdi mahmud majid malik mansur mariam
 masud mustafa nasir noor osman othman qasim rahim rashid raza saad sadiq said salah saleh salem salim salman samir sayed sayyid shah sharif suleiman
 tariq usman wahid wali yahya yasin younis zahra zainab akhund agha jawad hamad nabil tahir
 adrian alan alexander alexandra alexei alfredo alice amanda ana andrea andreas andrei andrew angela antonio antonia arthur barbara benjamin bernard boris brian
 carla carlos carmen caroline catherine charles christian christina christine christopher claudia claude daniel daniela dennis diana diego dmitri dominique
 donald edward elena elisabeth elizabeth emily emma eric eva evgeny felix fernando francesco francisco frank fred friedrich gabriel george georg giovanni giuseppe
 gloria gregory hans heinrich helen helena henry hugo igor irina isabel ivan jack jacob james jan jane javier jean jennifer jesus jessica joan joao johann
 jonathan jorge joseph julia julian karl kevin konstantin larry laura leonid linda louis lucas lucia luis luiz manuel marc marco margaret marie marina mario mark
 martha martin mary matthew max michel miguel mikhail monica natalia nicholas nikolai nina olga oscar pablo patricia patrick paul paulo pavel pedro peter
 philip pierre rachel rafael raul rebecca ricardo richard robert roberto roger roman rosa ruth samuel sandra sara sarah sebastian sofia sophie stefan stephen steven
 susan svetlana sylvia tatiana teresa thomas timothy tom valentina vasily vera victor viktor victoria vladimir walter william wolfgang yuri
 anderson brown clark davis evans hall harris jackson johnson jones lewis martin miller moore robinson taylor thompson walker white williams wilson wright young
 muller schmidt schneider fischer weber meyer wagner becker hoffmann schulz koch bauer richter klein
 petrov sidorov smirnov kuznetsov popov sokolov volkov novikov morozov pavlov
 costa pereira oliveira souza ferreira almeida fernandez perez sanchez ramirez torres flores diaz gomez cruz reyes ramos morales ortiz castro
 rossi russo ferrari bianchi dubois durand leroy moreau jansen devries bakker hansen johansen olsen larsen jensen nielsen pedersen andersen johansson andersson nilsson
 sharma gupta patel das kaur devi ram lal prasad bibi
 huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie tang deng feng han cao zeng peng xiao dong pan yuan cai jiang yu du ye cheng wei su lu ding ren
 wei ming hong jun hua ying yan mei ping jie lei xin yi yun fang na min jing li tao qiang
 jong chol song myong yong hyon sung jin ho su nam il un hui ok sik guk hak chang cho kang yun jang im ri pak paek shin seo kwon
 pham hoang huynh phan vu vo dang bui do ho ngo duong ly thi van thanh minh
 tanaka sato suzuki takahashi watanabe ito yamamoto nakamura kobayashi kato
 budi dwi eko tri wahyu hadi setiawan santoso wijaya saputra putra putri rini ratna indah lestari sari wulandari hidayat nugroho susanto kurniawan gunawan setyawan
 suharto sukarno wibowo purnomo rahmat hendra andi rudi yanto joko slamet bambang yudi ani yuni fitri nurul aminah aisyah rizki ade dian rina
 dara sopheap sophea sreymom srey bopha chea chhay chhim heng hun keo khim kong leng ly mao meas nhem ouk pen phan pich prak ros sam sao sar seng sim sophal sovann tep thy touch
 vann vong yem rith rathanak samnang veasna vichea vuthy kosal dina chanthou sokhom phalla theary sothea`

// givenForms gives the numbers of the given names of which a spelling by ear is a
// form.
var givenForms = sync.OnceValue(func() map[string][]uint16 {
	m := map[string][]uint16{}
	for i, line := range strings.Split(strings.TrimSpace(givenNames), "\n") {
		for _, w := range strings.Fields(line) {
			if e := Ear(w); len(m[e]) == 0 || m[e][len(m[e])-1] != uint16(i) {
				m[e] = append(m[e], uint16(i))
			}
		}
	}
	return m
})

// familyForms gives the numbers of the East Asian family names of which a word is
// a romanisation. They are too short for a distance.
var familyForms = sync.OnceValue(func() map[string][]uint16 {
	m := map[string][]uint16{}
	for i, line := range strings.Split(strings.TrimSpace(familyNames), "\n") {
		for _, w := range strings.Fields(line) {
			m[w] = append(m[w], uint16(1<<12+i))
		}
	}
	for i, s := range surnames { // of Indonesia: a Chinese form and each Indonesian one
		for j, name := range s.names {
			n := uint16(1<<13 + i<<6 + j)
			m[name] = append(m[name], n)
			for _, w := range s.spellings {
				m[w] = append(m[w], n)
			}
		}
	}
	return m
})

// familyNames has a line for each Korean or Chinese family name: its romanisations
// by Pinyin, Wade–Giles, Cantonese, Hokkien and Teochew custom; for Korean by the
// Revised system, McCune–Reischauer and custom. Not reviewed by speakers.
const familyNames = `
i lee li yi rhee ri rhie
bak park pak
gim kim
choe choi
jeong jung chung jong cheong
gang kang
jo cho
yun yoon
im lim rim
jang chang
sin shin
han hahn
o oh
seo suh so
gwon kwon
hwang whang
an ahn
song soong
ryu yu yoo liu
baek paek paik
no noh roh
mun moon
gu ku koo
u woo
heo hur huh ho
nam nahm
chen chan tan chin tran
lin lim lam liem
huang wong ng oei ooi wee hwang
wang wong ong heng
zhang cheung chang teo cheong thio
li lee lei lie
liu lau low liew
yang yeung young yeo
wu ng goh woo go
zhou chow chou chew chu
zhu chu choo
zheng cheng tay the
xu hsu hui tsui koh khaw
guo kwok kuo quek kwek kwee
cai tsai choi choy chua
he ho hor
liang leung neo nio
zeng tsang tseng chan
xie hsieh tse chia cheah
deng teng tang
ye yeh yip yap
feng fung
cao tsao cho chow
cui tsui choi
qian chien chin
qiu chiu yau khoo
jiang chiang kong keung
xiao hsiao siu seow
zhao chao chiu
sun suen soon
ma mah
gao kao ko
luo lo law
song sung soong
zhong chung cheong
lu lo loh luk
su soo so
`

// givenNames has a line for each given name: its full form, then forms that the
// same person is known to use in everyday life or in another country's papers.
// Written from general knowledge of the languages; not reviewed by speakers.
const givenNames = `
alexander alex alec sasha sascha sandy xander aleksandr oleksandr alexandre alejandro alessandro iskandar eskandar aleksander
alexandra alex sasha sandra alessandra alejandra aleksandra oleksandra
alexei aleksei alyosha alexey oleksiy alexis
albert al bert bertie alberto
alfred alf fred alfredo alfie
andrew andy drew andrei andrey andre andreas andriy andrzej ondrej andres andrea andras
anthony tony anton antonio antoine antoni
anastasia nastya stasia anastasiya
abraham abe ibrahim ebrahim avraham
abigail abby gail
adolf adolfo dolf
amanda mandy
angela angie angelina
ann anna anne annie anya hanna hannah ana anita
barbara barb barbie babs varvara
bartholomew bart bartolomeo
benjamin ben benny benji benyamin binyamin
bernard bernie bernardo bernhard
boris borya
bradley brad
caroline carol carolina carrie karolina
catherine kate cathy katie kathy kathryn katherine katharina katarina caterina catalina ekaterina katya yekaterina kateryna kat kitty karen
charles charlie chuck carl karl carlos carlo karel
christopher chris kit christoph cristobal christophe
christina chris tina christine kristina cristina kirsten krystyna
constantine konstantin kostya costas konstantinos kostas
daniel dan danny danil daniil danilo
david dave davy dawid davide daud dawud dawood davit
dennis denis denys dionisio
deborah deb debbie debra
dmitri dima mitya dmytro dimitri dimitrios dimitris
dominic dom dominique domenico domingo
donald don donny
dorothy dot dotty dorothea
douglas doug
edward ed eddie ted teddy ned eduardo edouard eduard edvard edoardo
edmund ed edmond edmundo
edwin ed
eleanor ellie nell nora eleonora lenore
elena lena yelena olena helena helen ilona alyona elen
elizabeth liz lizzie beth betty betsy eliza elsie lisa libby elisabeth elisabetta isabel isabella yelizaveta liza elzbieta lilibet
emily em emilia emilie
eugene gene evgeny yevgeny evgeni eugenio zhenya yevhen evgenii
ferdinand fernando ferdi nand
francis frank francisco francesco francois franz paco pancho frantisek franciszek ferenc
frances fran fanny francesca francisca francoise
frederick fred freddy frederic frederik federico friedrich fritz fredrik fryderyk rick
gabriel gabe jibril gabriele gavriil jabrail
gennady gena genya
george georg georges jorge giorgio jerzy yuri georgy giorgi georgios yegor jiri gheorghe djordje iurii
gerald gerry jerry gerhard gerard gerardo
gertrude trudy gerty
giovanni gianni nino
giuseppe beppe peppe pino
grace gracie graciela
gregory greg gregor grigory grisha grzegorz gregorio hryhorii
harold harry hal harald
henry harry hank heinrich henri enrique enrico henrik hendrik henryk heinz
hussein hussain husayn husein hossein huseyin
hassan hasan
ibrahim ebrahim abraham brahim
ignatius ignacio nacho ignazio ignacy
igor ihor
irina ira irene iryna irena
isaac ike ishaq isak itzhak yitzhak izaak
ismail ishmael esmail
ivan vanya john johann johannes hans jan juan jean giovanni joao ioan ioannis yannis ian sean jack johnny jens janos
jacob jake jakob yaakov yaqub yakub jacobo giacomo jakub yakov
jacqueline jackie
james jim jimmy jamie jaime jacques giacomo santiago diego
jane jean joan jan janet jeanne giovanna juana johanna janet jana
jeffrey jeff geoffrey geoff
jennifer jen jenny
jessica jess jessie
joseph joe joey jose giuseppe josef yusuf yousef youssef yosef iosif jozef pepe josip osip beppe
joshua josh yehoshua
judith judy judit
julian jules juliano giuliano
julia julie juliet giulia yulia
kenneth ken kenny
lawrence larry laurent lorenzo lars laurence
leonard leo len lenny leonardo
leonid lyonya leo
leo lev leon leone
lewis louis luis luigi ludwig lew lou luiz ludovico
lucas luke luca lukas luc
ludmila lyuda mila lyudmila liudmyla
manuel manny manolo emmanuel emanuele manoel
margaret maggie meg peggy marge margie margarita rita greta margot marguerite madge
mark marc marco marcus markus marek marcos
martha marta marthe
martin marty martino marten
mary maria marie mariya maryam mariam miriam polly molly masha marya
matthew matt matteo mateo matthias mathieu matvei matias mateusz
maximilian max maxim maksim maksym
michael mike mick mickey mikhail misha michel miguel michele mykhailo mihai mikael michal mikhael mikail mihail
michelle shelly michele
mohammad muhammad moh mohd mamadou mehmet magomed mahomet mehmed maxamed mahamadou
moses musa moshe moussa moises
natalia natasha natalie nataliya natalya
nathan nat nathaniel natan
nicholas nick nicky nicolas nikolai nikolay nicola niels klaus mykola nikolaos nikos nicolae kolya mikolaj miklos nils
noah nuh
olga olya olha
osama usama
othman osman uthman usman
pamela pam
patrick pat paddy patricio padraig
patricia pat patty tricia trish patrizia
paul pablo paolo pavel pawel paulo bulus pal pavlo pauli
peter pete pedro pietro pierre piotr petr pyotr petro petros pieter boutros butros per petar
philip phil felipe filippo philippe filip filipp
raphael rafael rafa raffaele
raymond ray raimundo
rebecca becky rebeca
richard rick dick ricky rich ricardo riccardo
robert bob bobby rob robbie bert roberto robin
ronald ron ronnie ronaldo
roman roma
rosa rose rosie rosita
rudolf rudy rudolph rodolfo
samuel sam sammy samuil
samantha sam
salvador salvatore sal toto
sebastian seb bastian sebastiano
sergei serge sergio sergey serhiy serghei sergiusz siarhei sergii
simon simeon semyon shimon symon simone szymon
solomon sulaiman suleiman suleyman sol shlomo salomon
sophia sophie sofia sonya zofia sofya
stephen steve steven stefan esteban stefano stepan etienne stephan stepan szczepan istvan stephane
susan sue susie suzanne susanna suzy zuzana
svetlana sveta svitlana
tatiana tanya tatyana tetiana
theodore ted teddy theo fyodor fedor teodoro theodor fedir todor
teresa terry theresa tess therese
thomas tom tommy tomas tommaso tomasz toma foma
timothy tim timofey timur timmy
umar omar omer
valentin valya valentino
valery valera valerii
vasily basil vasyl vassily vasya vasilios
victor vic viktor vittorio viktar
victoria vicky viktoria viktoriya
vincent vince vinny vincenzo vicente
vladimir volodymyr vova volodya vlad wladimir uladzimir wlodzimierz
vladislav vlad slava vladyslav
vyacheslav slava viacheslav
walter walt wally gualtiero
william bill billy will willie wilhelm guillermo guillaume liam willem guglielmo
zachary zach zak zachariah zakaria zacharias
abdulrahman abdurrahman
agus agustinus august agustus
agung gung
bambang bam
dewi dewie
fransiskus frans francis
kristian kris christian
paulus paul
petrus piet peter
sukarno karno soekarno
suharto harto
yohanes yohan john johannes hans yan yance
yosef yoseph yosep ucup yusup yusuf
`
