package script

import (
	"strings"
	"sync"
)

// pinyin reads the Chinese characters that are most used in names, in short and
// long form, without tones. A character with several readings has that of names.
// Not reviewed by a speaker.
var pinyin = sync.OnceValue(func() map[rune]string { return readings(pinyinTable) })

const pinyinTable = `
a 阿 | ai 艾爱愛 | an 安 | ang 昂 | ao 敖奥傲 | ba 巴 | bai 白柏百 | ban 班 | bang 邦 | bao 包宝寶保鲍鮑葆 | bei 贝貝蓓北 | ben 本 | bi 毕畢碧必璧
bian 卞边邊 | biao 彪 | bin 宾賓斌彬滨濱 | bing 兵冰炳丙 | bo 博波伯薄勃 | bu 步卜 | cai 蔡才财財彩采 | can 灿燦 | cang 仓倉苍 | cao 曹操 | cen 岑
chai 柴 | chan 婵禅 | chang 常昌长長畅暢 | chao 超朝晁潮 | che 车車 | chen 陈陳晨辰琛忱尘 | cheng 成程诚誠城承澄丞 | chi 池迟 | chong 崇冲充
chu 楚褚初储 | chuan 川传傳 | chun 春纯純淳 | ci 慈 | cong 聪聰从丛 | cui 崔翠 | da 达達大 | dai 戴代 | dan 丹旦 | dao 道 | de 德 | deng 邓鄧登灯
di 狄迪帝 | dian 典 | ding 丁定鼎 | dong 董东東冬栋棟洞 | dou 窦竇 | du 杜都 | duan 段端 | duo 多朵 | e 娥鄂 | en 恩 | er 尔爾二 | fa 发發法
fan 范樊凡帆繁 | fang 方芳房放 | fei 费費飞飛菲非斐 | fen 芬 | feng 冯馮风風峰锋鋒凤鳳丰豐枫封奉 | fu 傅付符福富芙夫甫扶伏馥 | gai 盖
gan 甘 | gang 刚剛钢鋼岗 | gao 高皋 | ge 葛戈格歌 | gen 根 | geng 耿庚 | gong 龚龔宫宮公巩贡功工 | gou 苟 | gu 顾顧古谷 | guan 关關管冠官
guang 光广廣 | gui 桂贵貴归 | guo 郭国國果 | ha 哈 | hai 海 | han 韩韓汉漢涵寒翰含晗 | hang 航杭 | hao 郝浩豪昊皓好 | he 何贺賀和鹤鶴荷河禾赫
hei 黑 | heng 恒恆衡亨 | hong 洪红紅宏鸿鴻虹弘泓 | hou 侯厚后 | hu 胡湖虎扈护 | hua 华華花化桦 | huai 怀懷 | huan 欢歡环環焕煥 | huang 黄黃煌皇
hui 惠慧辉輝晖会會卉蕙徽 | huo 霍 | ji 季吉纪紀姬冀继繼济濟基骥机极 | jia 贾賈佳家嘉甲加 | jian 建健剑劍简簡坚堅俭鉴舰 | jiang 江姜蒋蔣疆将
jiao 焦娇嬌皎教 | jie 杰傑洁潔捷婕介解 | jin 金锦錦进進近晋瑾今靳津 | jing 静靜晶京敬景靖婧菁荆经竞精 | jiu 九久 | ju 居菊巨鞠 | juan 娟隽
jue 觉 | jun 军軍俊君钧鈞均峻骏 | kai 凯凱开開楷恺 | kang 康 | ke 柯克可科珂 | kong 孔空 | kou 寇 | kuan 宽 | kuang 邝 | kui 奎魁 | kun 坤昆琨
la 拉 | lai 赖賴来 | lan 兰蘭岚嵐蓝澜 | lang 郎朗 | lao 劳老 | le 乐樂 | lei 雷蕾磊 | leng 冷 | li 李黎丽麗力立利莉理礼禮厉励历梨里荔离
lian 连連廉莲蓮练恋 | liang 梁亮良樑靓 | liao 廖辽 | lie 烈列 | lin 林琳霖临臨麟蔺 | ling 凌玲灵靈令岭陵铃羚 | liu 刘劉柳六流留 | long 龙龍隆
lou 楼婁娄 | lu 卢盧陆陸鲁魯路露吕呂律禄璐芦鹿 | luan 栾鸾 | lun 伦倫 | luo 罗羅洛骆络 | ma 马馬麻 | mai 麦麥迈 | man 曼满滿 | mao 毛茂茅
mei 梅美媚眉玫 | men 门 | meng 孟蒙梦夢萌猛 | mi 米蜜 | mian 绵勉 | miao 苗妙淼缪 | min 敏民闵旻岷 | ming 明鸣鳴铭名茗 | mo 莫墨默 | mu 穆牧木慕沐
na 娜那纳納 | nan 南楠男 | ni 倪妮尼 | nian 年念 | nie 聂聶 | ning 宁寧甯 | niu 牛 | nong 农 | nuo 诺 | ou 欧歐区 | pan 潘盘攀 | pang 庞龐 | pei 裴培佩沛 | peng 彭鹏鵬朋
pi 皮 | ping 平萍屏 | pu 蒲浦普朴濮璞 | qi 齐齊祁戚琪奇琦启啟其旗绮起七岂棋 | qian 钱錢千倩谦謙乾前 | qiang 强強蔷 | qiao 乔喬巧俏 | qin 秦琴勤钦
qing 庆慶清青卿晴情 | qiong 琼瓊 | qiu 邱秋丘裘仇求 | qu 曲屈瞿渠 | quan 全权權泉 | que 阙 | qun 群 | ran 冉然 | rang 让 | rao 饶 | ren 任仁人忍
rong 荣榮容蓉戎融 | rou 柔 | ru 茹如汝儒 | ruan 阮 | rui 瑞蕊锐睿芮 | run 润潤 | ruo 若 | sai 赛 | san 三 | sha 沙莎 | shan 单山珊善姗杉 | shang 尚商上
shao 邵少韶绍 | she 佘舍 | shen 沈申深慎神 | sheng 盛胜勝生升圣聖声 | shi 史施石世士诗时時师師实實仕始 | shou 寿壽守 | shu 舒淑书書树樹叔
shuai 帅 | shuang 双雙爽霜 | shui 水 | shun 顺順舜 | si 司思四斯 | song 宋松颂 | su 苏蘇素肃 | sui 隋岁 | sun 孙孫 | suo 索 | tai 太泰台
tan 谭譚谈坛 | tang 唐汤湯堂棠 | tao 陶涛濤桃韬 | teng 滕腾 | ti 提 | tian 田天甜 | tie 铁鐵 | ting 婷庭廷亭霆 | tong 童佟彤通同 | tu 涂屠图
wan 万萬婉宛完晚 | wang 王汪旺望 | wei 魏韦韋卫衛伟偉威维維薇巍为微炜惟玮 | wen 温溫文闻雯 | weng 翁 | wo 沃 | wu 吴吳武伍邬巫午五吾
xi 席习習奚喜西希熙玺曦锡溪晰 | xia 夏霞侠 | xian 先贤賢鲜仙宪献显 | xiang 向项項祥翔香湘想享襄 | xiao 肖萧蕭小晓曉笑孝霄潇 | xie 谢謝解协
xin 辛新欣心鑫馨昕信薪 | xing 邢星兴興行幸杏 | xiong 熊雄 | xiu 秀修 | xu 徐许許胥旭绪续栩 | xuan 宣轩軒萱璇玄暄 | xue 薛雪学學 | xun 荀勋勛迅逊寻
ya 雅亚亞娅 | yan 严嚴颜顏燕阎閻艳豔岩彦延妍炎言晏焱 | yang 杨楊阳陽洋扬羊仰 | yao 姚瑶瑤耀尧 | ye 叶葉业業烨 | yi 易伊一义義艺藝益毅怡依宜逸仪奕翼忆亿懿
yin 尹殷银銀印音寅 | ying 应應英颖穎莹瑩迎影盈瑛 | yong 雍永勇咏泳庸 | you 尤游友有佑幽 | yu 于余俞喻虞玉宇雨语語瑜裕育郁渝予毓鱼煜愉
yuan 袁元苑原远遠媛圆源缘 | yue 岳月越悦跃 | yun 云雲韵芸运允 | zai 再在 | zang 臧 | zao 早 | ze 泽澤则 | zeng 曾增 | zha 查 | zhai 翟
zhan 詹战湛 | zhang 张張章彰璋长 | zhao 赵趙昭照兆钊 | zhe 哲喆浙 | zhen 甄真珍振镇震贞祯臻 | zheng 郑鄭正政征峥 | zhi 支志智芝之治直植知致
zhong 钟鍾鐘仲忠中众 | zhou 周舟洲 | zhu 朱祝竹诸柱珠主竺 | zhuang 庄莊壮 | zhuo 卓 | zi 子紫资梓自姿 | zong 宗 | zou 邹鄒 | zu 祖 | zuo 左佐
`

// readings reads a table of "sound characters" parted by bars and line ends. The
// first reading of a character is its own.
func readings(table string) map[rune]string {
	m := map[rune]string{}
	for _, line := range strings.FieldsFunc(table, func(r rune) bool { return r == '|' || r == '\n' }) {
		sound, signs, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, r := range signs {
			if m[r] == "" {
				m[r] = sound
			}
		}
	}
	delete(m, ' ')
	return m
}
