"""The invented persons of the demo and the accounts that are listed to sign in with."""

from collections.abc import Iterator

SURNAMES = "丁王毛方叶卢朱刘汤麻李吴邵陈邹林金周郑胡徐谢戴潘"
GIVEN = """
安澜 柏舟 长青 春晓 大川 德明 风和 光远 海宁 禾苗 鸿飞 嘉禾 建平 江月
锦程 景行 静水 开颜 乐山 立夏 林泉 明礼 南溪 宁静 平川 清泉 秋实 若谷
山青 诗雨 书田 水清 松涛 田心 庭芳 望山 文溪 西畴 夏至 晓峰 心远 星河
雪松 雅言 一鸣 宜民 映雪 雨声 远帆 云起 泽民 知行 致远 竹青
""".split()  # noqa: SIM905  (sixty short words read better so)

# (username, what it is for), as printed at the start and in the README.
LISTED = [
    ("qiaotou", "桥头镇经办人员：筹备会议、表决事项，登记票数"),
    ("qiaotou-zhuxi", "桥头镇人大主席：主持，宣布结果"),
    ("qiaotou-zongjian", "桥头镇总监票人：封箱，认定存疑票，确认计票结果"),
    ("qiaotou-jian", "桥头镇监票人：封箱"),
    ("qiaotou-ji1", "桥头镇计票人甲：录入"),
    ("qiaotou-ji2", "桥头镇计票人乙：录入"),
    ("qiaotou-daibiao", "桥头镇一位代表：看材料，签到"),
    ("yantou", "岩头镇经办人员：已宣布的票决，上一年项目的测评"),
    ("yantou-zhengfu", "岩头镇政府经办人员：报送项目进展"),
    ("oubei", "瓯北街道人大工委经办人员：票选推荐，项目督办"),
    ("oubei-jiedao", "瓯北街道办事处经办人员：月报，答复督办单"),
    ("xian", "县人大常委会经办人员"),
    ("xitong", "系统管理员：建机关、账号"),
    ("anquan", "安全管理员：授予角色"),
    ("shenji", "审计员：看日志"),
]


def names() -> Iterator[str]:
    """1,296 different invented names, always in the same order."""
    for shift in range(len(GIVEN)):
        for i, surname in enumerate(SURNAMES):
            yield surname + GIVEN[(i * 7 + shift) % len(GIVEN)]
