"""What clients asked the demo company for, and how far each request has come. All names are invented."""

from __future__ import annotations

from dataclasses import dataclass

BY_PERSON = (4, 6)
"""Types of the packaged procedure without a time of their own."""
COMPLAINT = 4
"""The type that is never closed without an apology."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks. Addresses lie in reserved domains."""

    name: str
    locale: str
    mail: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `handler` is the box of who handles it, `state` how far it is to come; `promised_minutes` is for
    types without a time of their own, `reason` why it was refused or what proves that it waits."""

    reference: str
    unit: str
    handler: str
    channel: str
    topic: str
    content: str
    client: Client
    state: str = "received"
    kind: int = 3
    promised_minutes: int = 60
    method: str = ""
    result: str = ""
    rating: int = 5
    comment: str = ""
    reason: str = ""


REQUESTS = (
    Request(
        "DEMO-01",
        "hai-phong",
        "nam.le",
        "website",
        "question",
        "Xin cho biết tàu Sơn Ca 03 dự kiến cập cảng Hải Phòng lúc nào? Chúng tôi có 2 container 40'HC trên tàu.",
        Client("Bùi Thị Lan", "vi", "lan.bui@gach-bong.example.com", "+84912345601"),
    ),
    Request(
        "DEMO-02",
        "hai-phong",
        "trang.tran",
        "email",
        "price",
        "Đề nghị báo giá vận chuyển 5 container 20' gạch ốp lát từ Hải Phòng vào Sài Gòn trong tháng này.",
        Client("Công ty Gạch Bông Việt", "vi", "kinhdoanh@gach-bong.example.com"),
    ),
    Request(
        "DEMO-03",
        "hai-phong",
        "nam.le",
        "chat",
        "question",
        "Lô hàng theo vận đơn SC240611 đã thông quan chưa? Bao giờ có thể lấy hàng?",
        Client("Hoàng Minh Tuấn", "vi", "tuan.hoang@example.com", "+84912345602"),
        state="assigned",
    ),
    Request(
        "DEMO-04",
        "hai-phong",
        "trang.tran",
        "email",
        "policy",
        "Xin cho biết thời gian miễn phí lưu container tại bãi và mức phí sau thời gian đó.",
        Client("Ngô Thị Bích Thủy", "vi", "thuy.ngo@example.com"),
        state="completed",
        kind=2,
        method="Tra cứu biểu phí hiện hành và đối chiếu với hợp đồng của khách hàng.",
        result="Thời gian miễn phí là 7 ngày kể từ ngày dỡ hàng; từ ngày thứ 8 thu theo biểu phí tại mục 4.2.",
    ),
    Request(
        "DEMO-05",
        "hai-phong",
        "nam.le",
        "website",
        "question",
        "Tôi cần bản sao vận đơn SC240598 để làm thủ tục bảo hiểm.",
        Client("Đặng Quang Vinh", "vi", "vinh.dang@example.com"),
        state="handed_over",
        kind=6,
        promised_minutes=120,
        method="Trích lục hồ sơ lưu trữ.",
        result="Bản sao vận đơn SC240598 đã được gửi đến địa chỉ thư điện tử của Quý khách.",
    ),
    Request(
        "DEMO-06",
        "hai-phong",
        "trang.tran",
        "direct",
        "suggestion",
        "Đề nghị gửi thông báo lịch tàu trước ít nhất 3 ngày để chúng tôi chủ động xe kéo.",
        Client("Phan Văn Hòa", "vi", "hoa.phan@example.com", "+84912345603"),
        state="logged",
        kind=5,
        method="Ghi nhận, trao đổi với phòng Khai thác.",
        result="Từ tuần tới lịch tàu được gửi trước 4 ngày. Cảm ơn góp ý của Quý khách.",
        comment="Rất hài lòng, phản hồi nhanh.",
    ),
    Request(
        "DEMO-07",
        "hai-phong",
        "nam.le",
        "hotline",
        "complaint",
        "Container SCAU 204518-3 giao chậm hai ngày so với cam kết, xưởng của chúng tôi phải dừng chờ nguyên liệu.",
        Client("Trịnh Thị Hồng", "vi", "hong.trinh@example.com", "+84912345604"),
        state="reopened",
        kind=4,
        promised_minutes=240,
        method="Kiểm tra nhật ký điều xe và nguyên nhân chậm.",
        result="Xe kéo bị giữ lại vì đường cấm giờ. Chúng tôi xin lỗi Quý khách về sự chậm trễ này.",
        reason="Tôi cần biết phương án bồi thường chi phí dừng chờ, thư trả lời chưa nêu.",
    ),
    Request(
        "DEMO-08",
        "sai-gon",
        "anh.huynh",
        "hotline",
        "incident",
        "Khách gọi điện báo: niêm phong container SCAU 310772-0 bị đứt khi nhận tại bãi.",
        Client("Mai Xuân Bách", "vi", phone="+84912345605"),
    ),
    Request(
        "DEMO-09",
        "sai-gon",
        "phuc.nguyen",
        "social",
        "complaint",
        "Tổng đài bận liên tục từ 8 đến 10 giờ sáng, tôi không gặp được ai để hỏi lịch tàu.",
        Client("Lý Thu Hà", "vi", "ha.ly@example.com"),
        state="classified",
        kind=4,
        promised_minutes=480,
    ),
    Request(
        "DEMO-10",
        "sai-gon",
        "james.carter",
        "email",
        "question",
        "Could you confirm the cut-off time for vessel Son Ca 07 and whether reefer plugs are available at the yard?",
        Client("Emma Lindqvist", "en", "emma.lindqvist@example.com"),
        state="handed_over",
        method="Checked with operations and the terminal.",
        result="The cut-off is 17:00 on Friday. Twelve reefer plugs are reserved for your booking.",
    ),
    Request(
        "DEMO-11",
        "sai-gon",
        "anh.huynh",
        "intermediary",
        "service_quality",
        "Đại lý hỏi thay khách hàng: có thể đổi cảng dỡ từ Cát Lái sang Hiệp Phước không, chi phí thế nào?",
        Client("Đại lý Sao Mai", "vi", "dieuhanh@sao-mai.example.com"),
        state="confirmed",
        kind=2,
        method="Hỏi phòng Khai thác và cảng dỡ.",
        result="Có thể đổi cảng dỡ trước 48 giờ, phụ phí 1.200.000 đồng mỗi container.",
        rating=4,
        comment="Trả lời rõ ràng.",
    ),
    Request(
        "DEMO-12",
        "thuong-hai",
        "li.na",
        "website",
        "question",
        "请问提单 SC240702 项下的货物预计什么时候到达海防港？需要提前准备哪些清关文件？",
        Client("赵雪", "zh", "zhao.xue@example.com"),
    ),
    Request(
        "DEMO-13",
        "thuong-hai",
        "chen.zhiqiang",
        "chat",
        "price",
        "请报上海至胡志明市 40 尺高柜的海运费，每月约 20 个柜，希望签订年度协议价。",
        Client("孙丽华", "zh", "sun.lihua@example.com"),
        state="waiting",
        kind=2,
        reason="已于上午通过邮件请客户提供货物品名和预计发货日期，等待回复。",
    ),
    Request(
        "DEMO-14",
        "thuong-hai",
        "wang.xiaoming",
        "email",
        "question",
        "我司收到的到货通知上收货人名称有误，请更正为「苏州云帆进出口有限公司」。",
        Client("周文博", "zh", "zhou.wenbo@example.com"),
        state="logged",
        kind=6,
        promised_minutes=60,
        method="核对提单后更正系统中的收货人名称。",
        result="收货人名称已更正，新的到货通知已发送至您的邮箱。",
        comment="处理很及时，谢谢！",
    ),
)
