"""What each paper of a registration asks for, and when a number on it can be right.

A market's rulebook names papers by these codes. A code that is not listed is a plain upload that
only a person judges, so a new market needs no new code here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from stdnum import luhn
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "PRECONDITIONS",
    "SURFACES",
    "Check",
    "Field",
    "NumberForm",
    "Paper",
    "Side",
    "is_account_of",
    "normal_number",
    "number_fits",
    "paper",
]


class Check(StrEnum):
    """Which provider is asked about a paper (A-REG-02)."""

    IDENTITY = "identity"
    REAL_NAME = "real_name"
    FACE = "face"
    LICENCE = "licence"
    CERTIFICATE = "certificate"
    BANK = "bank"
    ACCOUNT = "account"
    """Of a binding, not of a paper."""


class NumberForm(StrEnum):
    """How a number is built."""

    IDENTITY = "identity"
    CREDIT_CODE = "credit_code"
    CARD = "card"
    ACCOUNT = "account"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Field:
    """One line to fill in beside the paper."""

    name: str
    label: str
    limit: int = 80


@dataclass(frozen=True, slots=True)
class Side:
    """One picture of the paper."""

    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A kind of paper. ``title`` and labels are Chinese texts.

    ``expires`` asks for the last day; ``for_ever_allowed`` lets it be left open.
    ``pays_out`` marks an account that the shop's money may go to.
    """

    kind: str
    title: str
    hint: str = ""
    holder: Field | None = None
    number: Field | None = None
    form: NumberForm | None = None
    fields: tuple[Field, ...] = ()
    sides: tuple[Side, ...] = ()
    purpose: Literal["identity", "document"] = "document"
    expires: bool = False
    for_ever_allowed: bool = True
    check: Check | None = None
    surface: str = ""
    """The bound account that the paper is about."""
    pays_out: bool = False

    @property
    def is_consent(self) -> bool:
        """Tell whether the paper is only a consent: nothing is filled in or uploaded."""
        return not (self.holder or self.number or self.fields or self.sides)


_PERSON = Field("name", "姓名", 40)
_COMPANY = Field("name", "企业名称", 120)
_HOLDER = Field("name", "户名", 120)
_IDENTITY_NUMBER = Field("number", "身份证号码", 18)
_BANK = Field("bank", "开户银行")
_CARD_SIDES = (Side("front", "身份证人像面"), Side("back", "身份证国徽面"))


def _identity(kind: str, title: str) -> Paper:
    return Paper(
        kind=kind,
        title=title,
        hint="姓名和号码须与证件一致；照片四角完整、文字清楚",
        holder=_PERSON,
        number=_IDENTITY_NUMBER,
        form=NumberForm.IDENTITY,
        sides=_CARD_SIDES,
        purpose="identity",
        expires=True,
        check=Check.IDENTITY,
    )


def _account(kind: str, title: str, hint: str) -> Paper:
    return Paper(
        kind=kind,
        title=title,
        hint=hint,
        holder=_HOLDER,
        number=Field("number", "银行账号", 32),
        form=NumberForm.ACCOUNT,
        fields=(_BANK,),
        check=Check.BANK,
        pays_out=True,
    )


_PAPERS: dict[str, Paper] = {
    each.kind: each
    for each in (
        _identity("id_card", "身份证"),
        _identity("legal_person_id", "法定代表人身份证"),
        _identity("operator_id", "经营者身份证"),
        Paper(
            kind="channels_realname",
            title="视频号实名认证",
            hint="同意核对所绑定视频号的实名信息，须与身份证为同一人",
            check=Check.REAL_NAME,
            surface="channels",
        ),
        Paper(
            kind="face_recognition",
            title="人脸识别",
            hint="本人正面免冠照，与身份证照片比对",
            sides=(Side("face", "本人正面照"),),
            purpose="identity",
            check=Check.FACE,
        ),
        Paper(
            kind="business_licence",
            title="营业执照",
            hint="执照信息会依法在店铺页面公示",
            holder=_COMPANY,
            number=Field("number", "统一社会信用代码", 18),
            form=NumberForm.CREDIT_CODE,
            fields=(Field("address", "住所", 120),),
            sides=(Side("copy", "营业执照照片"),),
            expires=True,
            check=Check.LICENCE,
        ),
        _account("corporate_account", "对公账户", "户名须与营业执照一致，货款结算到这个账户"),
        _account("settlement_account", "结算账户", "个体工商户可用对公账户或经营者本人账户"),
        Paper(
            kind="bank_card",
            title="银行卡",
            hint="须为本人储蓄卡，货款结算到这张卡",
            holder=Field("name", "持卡人", 40),
            number=Field("number", "银行卡号", 32),
            form=NumberForm.CARD,
            fields=(_BANK,),
            check=Check.BANK,
            pays_out=True,
        ),
        Paper(
            kind="account_permit",
            title="开户许可证",
            hint="或基本存款账户信息表",
            holder=Field("name", "存款人名称", 120),
            number=Field("number", "银行账号", 32),
            form=NumberForm.ACCOUNT,
            fields=(_BANK,),
            sides=(Side("copy", "开户许可证照片"),),
            check=Check.BANK,
            pays_out=True,
        ),
        Paper(
            kind="ca_certificate",
            title="CA 数字证书",
            hint="证书过期视为未提供",
            holder=Field("name", "证书持有人", 120),
            number=Field("number", "证书序列号", 64),
            form=NumberForm.SERIAL,
            fields=(Field("issuer", "颁发机构"),),
            expires=True,
            for_ever_allowed=False,
            check=Check.CERTIFICATE,
        ),
        Paper(
            kind="brand_auth",
            title="品牌授权书",
            hint="经营他人品牌时提供，授权链须完整",
            holder=Field("name", "授权方", 120),
            fields=(Field("brand", "品牌名称"),),
            sides=(Side("copy", "授权书照片"),),
            expires=True,
        ),
    )
}


def paper(kind: str) -> Paper:
    """Answer what a kind of paper asks for; an unlisted kind is one upload with its expiry."""
    found = _PAPERS.get(kind)
    if found is not None:
        return found
    return Paper(kind=kind, title=kind, sides=(Side("copy", "材料照片"),), expires=True)


_ACCOUNT_DIGITS = (9, 30)
_CARD_DIGITS = (15, 19)
_SERIAL = re.compile(r"[0-9A-Z]{6,64}")


def normal_number(text: str) -> str:
    """Take out the spaces and dashes that people write between groups of digits."""
    return re.sub(r"[\s-]", "", text).upper()


def number_fits(form: NumberForm, number: str) -> bool:
    """Tell whether a normal number can be right: its length, form and check digit."""
    digits = number.isascii() and number.isdecimal()
    match form:
        case NumberForm.IDENTITY:
            return _valid(ric.validate, number)
        case NumberForm.CREDIT_CODE:
            return _valid(uscc.validate, number)
        case NumberForm.CARD:
            least, most = _CARD_DIGITS
            return digits and least <= len(number) <= most and luhn.is_valid(number)
        case NumberForm.ACCOUNT:
            least, most = _ACCOUNT_DIGITS
            return digits and least <= len(number) <= most
        case NumberForm.SERIAL:
            return _SERIAL.fullmatch(number) is not None


def _valid(validate: Callable[[str], str], number: str) -> bool:
    if not number.isascii():
        return False
    try:
        return validate(number) == number
    except ValidationError:
        return False


@dataclass(frozen=True, slots=True)
class Surface:
    """An account of a market's own system that can be bound."""

    code: str
    label: str
    pattern: re.Pattern[str]


SURFACES: dict[str, Surface] = {
    each.code: each
    for each in (
        Surface("wechat", "微信号", re.compile(r"[A-Za-z][A-Za-z0-9_-]{5,19}")),
        Surface("channels", "视频号", re.compile(r"[\w\-·]{2,32}")),
    )
}

PRECONDITIONS: dict[str, tuple[str, ...]] = {"wechat_account_bound": ("wechat", "channels")}
"""A precondition of a rulebook → the accounts that must be bound for it (W-REG-01)."""


def is_account_of(surface: str, identifier: str) -> bool:
    """Tell whether a text can be an account of this surface; the surface is a known one."""
    return SURFACES[surface].pattern.fullmatch(identifier) is not None
