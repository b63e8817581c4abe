//! Regions as they are, and company names as they sound. The companies do not exist.

/// A city with some of its districts and counties.
pub(super) struct City {
    pub name: &'static str,
    pub code: &'static str,
    pub districts: [(&'static str, &'static str); 4],
}

/// A province with some of its cities.
pub(super) struct Province {
    pub name: &'static str,
    pub code: &'static str,
    pub cities: [City; 4],
}

macro_rules! city {
    ($name:literal $code:literal : $($district:literal $dcode:literal),*) => {
        City { name: $name, code: $code, districts: [$(($district, $dcode)),*] }
    };
}

/// Six provinces, four cities each, four districts each.
pub(super) const PROVINCES: [Province; 6] = [
    Province {
        name: "广东",
        code: "GD",
        cities: [
            city!("广州" "Guangzhou": "天河" "Tianhe", "番禺" "Panyu", "白云" "Baiyun", "增城" "Zengcheng"),
            city!("深圳" "Shenzhen": "南山" "Nanshan", "福田" "Futian", "龙岗" "Longgang", "宝安" "Baoan"),
            city!("佛山" "Foshan": "禅城" "Chancheng", "顺德" "Shunde", "南海" "Nanhai", "三水" "Sanshui"),
            city!("惠州" "Huizhou": "惠城" "Huicheng", "惠阳" "Huiyang", "博罗" "Boluo", "惠东" "Huidong"),
        ],
    },
    Province {
        name: "浙江",
        code: "ZJ",
        cities: [
            city!("杭州" "Hangzhou": "西湖" "Xihu", "余杭" "Yuhang", "萧山" "Xiaoshan", "桐庐" "Tonglu"),
            city!("宁波" "Ningbo": "海曙" "Haishu", "鄞州" "Yinzhou", "慈溪" "Cixi", "余姚" "Yuyao"),
            city!("温州" "Wenzhou": "鹿城" "Lucheng", "瓯海" "Ouhai", "乐清" "Yueqing", "瑞安" "Ruian"),
            city!("金华" "Jinhua": "婺城" "Wucheng", "金东" "Jindong", "义乌" "Yiwu", "东阳" "Dongyang"),
        ],
    },
    Province {
        name: "江苏",
        code: "JS",
        cities: [
            city!("南京" "Nanjing": "玄武" "Xuanwu", "鼓楼" "Gulou", "江宁" "Jiangning", "浦口" "Pukou"),
            city!("苏州" "Suzhou": "姑苏" "Gusu", "吴中" "Wuzhong", "昆山" "Kunshan", "常熟" "Changshu"),
            city!("无锡" "Wuxi": "梁溪" "Liangxi", "滨湖" "Binhu", "江阴" "Jiangyin", "宜兴" "Yixing"),
            city!("南通" "Nantong": "崇川" "Chongchuan", "通州" "Tongzhou", "如皋" "Rugao", "启东" "Qidong"),
        ],
    },
    Province {
        name: "四川",
        code: "SC",
        cities: [
            city!("成都" "Chengdu": "锦江" "Jinjiang", "武侯" "Wuhou", "双流" "Shuangliu", "郫都" "Pidu"),
            city!("绵阳" "Mianyang": "涪城" "Fucheng", "游仙" "Youxian", "江油" "Jiangyou", "三台" "Santai"),
            city!("德阳" "Deyang": "旌阳" "Jingyang", "广汉" "Guanghan", "什邡" "Shifang", "绵竹" "Mianzhu"),
            city!("宜宾" "Yibin": "翠屏" "Cuiping", "叙州" "Xuzhou", "长宁" "Changning", "高县" "Gaoxian"),
        ],
    },
    Province {
        name: "山东",
        code: "SD",
        cities: [
            city!("济南" "Jinan": "历下" "Lixia", "槐荫" "Huaiyin", "章丘" "Zhangqiu", "平阴" "Pingyin"),
            city!("青岛" "Qingdao": "市南" "Shinan", "崂山" "Laoshan", "胶州" "Jiaozhou", "即墨" "Jimo"),
            city!("烟台" "Yantai": "芝罘" "Zhifu", "福山" "Fushan", "龙口" "Longkou", "莱州" "Laizhou"),
            city!("潍坊" "Weifang": "奎文" "Kuiwen", "寒亭" "Hanting", "寿光" "Shouguang", "诸城" "Zhucheng"),
        ],
    },
    Province {
        name: "湖北",
        code: "HB",
        cities: [
            city!("武汉" "Wuhan": "江岸" "Jiangan", "洪山" "Hongshan", "江夏" "Jiangxia", "黄陂" "Huangpi"),
            city!("宜昌" "Yichang": "西陵" "Xiling", "夷陵" "Yiling", "枝江" "Zhijiang", "当阳" "Dangyang"),
            city!("襄阳" "Xiangyang": "襄城" "Xiangcheng", "樊城" "Fancheng", "枣阳" "Zaoyang", "宜城" "Yicheng"),
            city!("荆州" "Jingzhou": "沙市" "Shashi", "荆州区" "Jingzhouqu", "松滋" "Songzi", "公安" "Gongan"),
        ],
    },
];

/// First part of a company's own name.
pub(super) const FIRST: [&str; 16] =
    ["晨", "恒", "鼎", "瑞", "嘉", "泰", "宏", "盛", "隆", "祥", "源", "锦", "骏", "浩", "润", "博"];

/// Second part of it.
pub(super) const SECOND: [&str; 16] =
    ["光", "达", "丰", "和", "兴", "诚", "通", "景", "远", "川", "逸", "昌", "禾", "岳", "安", "悦"];

/// What the company does, by the level of its partner.
pub(super) const TRADES: [&str; 3] = ["商贸发展", "供应链", "运动户外用品"];

/// Form of the company.
pub(super) const FORM: &str = "有限公司";

/// What is sold: product line, number of SKUs, list price of the first one in fen, step to the next one in fen.
pub(super) const PRODUCTS: [(&str, &str, u32, i64, i64); 5] = [
    ("mountain-bikes", "MB", 12, 289_900, 41_300),
    ("road-bikes", "RB", 10, 349_900, 58_700),
    ("e-bikes", "EB", 8, 459_900, 76_100),
    ("helmets", "HM", 15, 12_900, 3_700),
    ("accessories", "AC", 30, 2_900, 1_190),
];
