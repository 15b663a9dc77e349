"""Mails as the programs of Vietnamese, Chinese and other clients really write them, and what a reader sees of each."""

from __future__ import annotations

import base64
import quopri
import unicodedata

import pytest

from services.support.mailbox import reading

VI = "Kính gửi công ty,\nLô hàng HPH-8812 bao giờ đến cảng? Xin trả lời sớm."
ZH = "您好，\n请问提单号 HPH-8812 的货物什么时候到港？镕先生在等。谢谢。"
QUOTED = "Con tàu đến ngày 25/11."


def mail(
    body: bytes,
    kind: str | None = "text/plain",
    *,
    id: bytes = b"Message-ID: <1@example.com>\n",
    sender: bytes = b"Nam <nam@example.com>",
    subject: bytes = b"Hang",
    coding: str = "8bit",
) -> bytes:
    """A mail as bytes: no library puts it right before we see it."""
    head = b"From: " + sender + b"\nSubject: " + subject + b"\n" + id
    if kind is not None:
        head += f"MIME-Version: 1.0\nContent-Type: {kind}\nContent-Transfer-Encoding: {coding}\n".encode()
    return head + b"\n" + body


def cp1258(text: str) -> bytes:
    """As Windows in Vietnam writes it: tones as marks of their own behind the letter."""
    out = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            *base, tone = unicodedata.normalize("NFD", letter)
            marks = [mark for mark in (*base, tone)[1:] if mark in "\u0300\u0301\u0303\u0309\u0323"]
            rest = unicodedata.normalize("NFC", "".join(c for c in (*base, tone) if c not in marks))
            out += rest.encode("cp1258") + marks[0].encode("cp1258")
    return out


OUTLOOK = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta http-equiv="Content-Type"
content="text/html; charset=utf-8"><style><!-- p.MsoNormal {margin:0cm;} --></style>
<!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit"/></xml><![endif]--></head><body lang="VI">
<div class="WordSection1"><p class="MsoNormal">Kính gửi công ty,<o:p></o:p></p>
<p class="MsoNormal">Lô hàng <b>HPH-8812</b>&nbsp;bao giờ đến cảng?<o:p></o:p></p>
<table><tr><td>Vận đơn</td><td>HPH-8812</td></tr></table><script>alert(1)</script>
<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>Từ:</b> Biển Xanh &lt;a@b.vn&gt; <br>
<b>Đã gửi:</b> Thứ Hai, 23 Tháng Mười Một 2026<br><b>Tới:</b> Nam<br><b>Chủ đề:</b> Re: Hàng</p></div>
<p class="MsoNormal">Con tàu đến ngày 25/11.</p></div></body></html>"""
WAYBILL = "Xin báo giá:\nTừ: Hải Phòng\nĐến: Thượng Hải\nNgày: 30/11/2026\nHàng: 2 x 40HC"

BODIES = [
    ("gb18030 as gb2312", mail(ZH.encode("gb18030"), "text/plain; charset=gb2312"), ZH),
    ("gb18030 as it is", mail(ZH.encode("gb18030"), "text/plain; charset=GB18030"), ZH),
    ("gb2312 as latin-1", mail("请问货到了吗？".encode("gb2312"), "text/plain; charset=iso-8859-1"), "请问货到了吗？"),
    ("gb18030 as utf-8", mail(ZH.encode("gb18030"), "text/plain; charset=utf-8"), ZH),
    ("utf-8 as latin-1", mail(VI.encode(), "text/plain; charset=iso-8859-1"), VI),
    ("utf-8 as ascii", mail(VI.encode(), "text/plain; charset=us-ascii"), VI),
    ("latin-1 as it is", mail("Voilà, café.".encode("latin-1"), "text/plain; charset=iso-8859-1"), "Voilà, café."),
    ("windows-1258", mail(cp1258(VI), "text/plain; charset=windows-1258"), VI),
    ("windows-1258 without a word", mail(cp1258(VI), None), VI),
    ("gb18030 without a word", mail(ZH.encode("gb18030"), None), ZH),
    ("utf-8 without a word", mail(ZH.encode(), None), ZH),
    ("utf-8 decomposed", mail(unicodedata.normalize("NFD", VI).encode(), "text/plain; charset=utf-8"), VI),
    (
        "one broken byte",
        mail(VI.encode().replace(b"HPH", b"\xff"), "text/plain; charset=utf-8"),
        VI.replace("HPH", "\ufffd"),
    ),
    ("a charset that is none", mail(VI.encode(), "text/plain; charset=x-unknown"), VI),
    ("a codec that is no charset", mail(b"Xin chao-abc", "text/plain; charset=punycode"), "Xin chao-abc"),
    (
        "quoted-printable",
        mail(quopri.encodestring(VI.encode()), "text/plain; charset=utf-8", coding="quoted-printable"),
        VI,
    ),
    ("base64", mail(base64.encodebytes(ZH.encode()), "text/plain; charset=utf-8", coding="base64"), ZH),
    (
        "HTML only, of Outlook",
        mail(OUTLOOK.encode(), "text/html; charset=utf-8"),
        "Kính gửi công ty,\n\nLô hàng HPH-8812 bao giờ đến cảng?\n\nVận đơn HPH-8812",
    ),
    ("HTML with an open head", mail(b"<html><head><meta name=x><body>Xin chao", "text/html"), "Xin chao"),
    ("no body", mail(b""), ""),
    ("NUL and turned writing", mail("Giá\0 \u202e001\u202c USD\u2066\a".encode()), "Giá 001 USD"),
    ("a way-bill is no quotation", mail(WAYBILL.encode()), WAYBILL),
    *(
        (f"quoted: {head.splitlines()[0]}", mail(f"{VI}\n\n{head}\n\n{QUOTED}".encode()), VI)
        for head in (
            '------------------ 原始邮件 ------------------\n发件人: "Biển Xanh" <a@b.vn>;\n发送时间: 2026年11月23日',
            "------------------&nbsp;Original&nbsp;------------------".replace("&nbsp;", "\xa0"),
            "---- 回复的原邮件 ----\n| 发件人 | Biển Xanh<a@b.vn> |",
            "发件人: Biển Xanh <a@b.vn>\n发送时间: 2026年11月23日 9:00\n收件人: Nam\n抄送: B\n主题: 回复: 货",
            "Từ: Biển Xanh <a@b.vn>\nĐã gửi: Thứ Hai, 23 Tháng Mười Một 2026\nTới: Nam\nChủ đề: Re: Hàng",
            "*From:* Bien Xanh <a@b.vn>\n*Sent:* Monday, 23 November 2026\n*To:* Nam\n*Cc:* B\n*Subject:* Re: Hang",
            "在 2026-11-23 09:00:00，Biển Xanh <a@b.vn> 写道：",
            "Vào Th 2, 23 thg 11, 2026 vào lúc 09:00 Biển Xanh <a@b.vn>\nđã viết:",
        )
    ),
]


@pytest.mark.parametrize(("raw", "text"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
def test_a_reader_sees_what_the_writer_wrote(raw: bytes, text: str) -> None:
    assert reading.read(raw).text == text
    assert reading.read(raw.replace(b"\n", b"\r\n")).text == text


HEADERS = [
    (b"=?gb2312?B?" + base64.b64encode("镕先生".encode("gb18030")) + b"?=", "镕先生"),
    ("镕先生".encode("gb18030"), "镕先生"),  # bytes that no header may hold
    ("Hỏi lịch tàu".encode(), "Hỏi lịch tàu"),
    (b"=?utf-8?Q?H=E1=BB?= =?utf-8?Q?=8Fi?= gia", "Hỏi gia"),  # cut within a letter
    (b"=?utf-8?B?x?= a", "=?utf-8?B?x?= a"),
    (b"=?x-none?Q?a=C3=A0?=", "aà"),
    ("Giá\u202e".encode(), "Giá"),
]


@pytest.mark.parametrize(("raw", "text"), HEADERS)
def test_headers_are_read_in_whatever_way_they_are_written(raw: bytes, text: str) -> None:
    read = reading.read(mail(b"x", subject=raw, sender=raw + b" <nam@example.com>"))
    assert (read.subject, read.sender_name, read.sender) == (text, text, "nam@example.com")


def test_a_comma_or_an_address_within_a_name_makes_nobody_else_the_sender() -> None:
    for name in ("Nguyễn, Nam", "giam-doc@bienxanh.vn <x@y.vn>,"):
        sender = b"=?utf-8?B?" + base64.b64encode(name.encode()) + b"?= <nam@example.com>"
        read = reading.read(mail(b"x", sender=sender))
        assert (read.sender, read.sender_name) == ("nam@example.com", name)


def test_without_a_message_id_a_mail_is_known_by_who_wrote_it_when_and_about_what() -> None:
    one, other = mail(b"Ok", id=b""), mail(b"Ok", id=b"", sender=b"la@example.com")
    assert reading.read(one).message_id is None
    assert reading.key(one, None) != reading.key(other, None)
    assert reading.key(one, None) == reading.key(b"Received: by a relay\n" + one.replace(b"\n", b"\r\n"), None)


@pytest.mark.parametrize(
    "named",
    [
        "filename*=UTF-8''B%C3%A1o%20gi%C3%A1.pdf",
        f'filename="=?utf-8?B?{base64.b64encode("Báo giá.pdf".encode()).decode()}?="',
        'filename="Báo giá.pdf"',
    ],
)
def test_a_file_is_called_what_its_sender_calls_it(named: str) -> None:
    part = f"--b\nContent-Type: application/pdf\nContent-Disposition: attachment; {named}\n\nx\n--b--\n"
    read = reading.read(mail(f"--b\n\n{VI}\n{part}".encode(), 'multipart/mixed; boundary="b"'))
    assert read.attachments == ("Báo giá.pdf",)
    assert read.text == VI
