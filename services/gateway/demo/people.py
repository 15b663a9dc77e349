"""Who is there in the demo: a shipping company in Hải Phòng, Sài Gòn and Shanghai. All names are invented."""

from __future__ import annotations

from dataclasses import dataclass

COMPANY = "son-ca"
DOMAIN = "son-ca.example"  # reserved: no mail ever reaches anybody


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of the demo."""

    code: str
    kind: str
    title: str
    country: str
    parent: str | None = COMPANY
    phone: str | None = None
    mail: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the demo; `box` is the mail address before the @."""

    box: str
    name: str
    locale: str
    unit: str
    roles: tuple[str, ...]

    @property
    def mail(self) -> str:
        """The mail address, which signs in."""
        return f"{self.box}@{DOMAIN}"


PLACES = (
    Place(COMPANY, "company", "Hàng hải Sơn Ca", "VN", parent=None, mail=f"lien-he@{DOMAIN}"),
    Place("hai-phong", "branch", "Hàng hải Sơn Ca – Chi nhánh Hải Phòng", "VN"),
    Place("sai-gon", "branch", "Hàng hải Sơn Ca – Chi nhánh Sài Gòn", "VN"),
    Place("thuong-hai", "branch", "云雀航运（上海）有限公司", "CN"),
    Place("phap-che", "department", "Hàng hải Sơn Ca – Phòng Pháp chế", "VN"),
)

PEOPLE = (
    Person("mai.do", "Đỗ Thanh Mai", "vi", COMPANY, ("staff", "admin")),
    Person("hung.pham", "Phạm Quốc Hưng", "vi", COMPANY, ("executive",)),
    Person("huong.nguyen", "Nguyễn Thị Hường", "vi", "hai-phong", ("staff", "lead")),
    Person("nam.le", "Lê Văn Nam", "vi", "hai-phong", ("staff",)),
    Person("trang.tran", "Trần Thu Trang", "vi", "hai-phong", ("staff",)),
    Person("long.vu", "Vũ Đức Long", "vi", "hai-phong", ("staff", "on-call")),
    Person("phuc.nguyen", "Nguyễn Hoàng Phúc", "vi", "sai-gon", ("staff", "lead")),
    Person("anh.huynh", "Huỳnh Ngọc Ánh", "vi", "sai-gon", ("staff",)),
    Person("james.carter", "James Carter", "en", "sai-gon", ("staff",)),
    Person("wang.xiaoming", "王小明", "zh", "thuong-hai", ("staff", "lead")),
    Person("li.na", "李娜", "zh", "thuong-hai", ("staff",)),
    Person("chen.zhiqiang", "陈志强", "zh", "thuong-hai", ("staff",)),
)
