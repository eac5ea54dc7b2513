"""What the accounts room refuses."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = [
    "AccountInUse",
    "AccountNotFound",
    "AccountSuspended",
    "AlreadyRegistered",
    "CodeExpired",
    "CodeWrong",
    "ConsentRequired",
    "CredentialsWrong",
    "DeletionNotConfirmed",
    "DemoAccountNotFound",
    "EmailInvalid",
    "EmailTaken",
    "FactorCodeWrong",
    "FactorExists",
    "FactorMissing",
    "LastAdministrator",
    "LinkExpired",
    "NameInvalid",
    "PasswordCommon",
    "PasswordTooLong",
    "PasswordTooShort",
    "PhoneInvalid",
    "RoleRequired",
    "RoleUnknown",
    "SessionNotFound",
    "StepExpired",
]


class PhoneInvalid(Refusal):
    """Not a mobile phone of mainland China."""

    code: ClassVar[str] = "PHONE_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请输入正确的手机号"


class EmailInvalid(Refusal):
    """Not an e-mail address."""

    code: ClassVar[str] = "EMAIL_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请输入正确的邮箱地址"


class EmailTaken(Refusal):
    """Another account of the same kind has this address."""

    code: ClassVar[str] = "EMAIL_TAKEN"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这个邮箱已被使用，请换一个"


class NameInvalid(Refusal):
    """A name has 1 to ``limit`` visible characters on one line."""

    code: ClassVar[str] = "NAME_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "名称应为 1 到 {limit} 个字符"


class PasswordTooShort(Refusal):
    """A password has at least ``least`` characters."""

    code: ClassVar[str] = "PASSWORD_TOO_SHORT"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "密码至少 {least} 位"


class PasswordTooLong(Refusal):
    """A password has at most ``limit`` characters."""

    code: ClassVar[str] = "PASSWORD_TOO_LONG"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "密码最多 {limit} 位"


class PasswordCommon(Refusal):
    """The password is among those that are tried first, or follows from the account's own facts."""

    code: ClassVar[str] = "PASSWORD_COMMON"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "这个密码太常见，请换一个不容易猜到的"


class CodeWrong(Refusal):
    """Not the code that was sent; ``left`` tries remain."""

    code: ClassVar[str] = "CODE_WRONG"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "验证码不正确，还可以再试 {left} 次"


class CodeExpired(Refusal):
    """There is no code that may still be used: none sent, too old, used, or tried too often."""

    code: ClassVar[str] = "CODE_EXPIRED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "验证码已失效，请重新获取"


class ConsentRequired(Refusal):
    """Nobody becomes a user without having agreed to the terms and the privacy notice in force."""

    code: ClassVar[str] = "CONSENT_REQUIRED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请先阅读并同意用户协议与隐私政策"


class CredentialsWrong(Refusal):
    """The sign-in name or the password is wrong; which of them is not told."""

    code: ClassVar[str] = "CREDENTIALS_WRONG"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED
    sentence: ClassVar[str] = "账号或密码不正确"


class AccountSuspended(Refusal):
    """The account was suspended by the operator; told only to whoever proved to own it."""

    code: ClassVar[str] = "ACCOUNT_SUSPENDED"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    sentence: ClassVar[str] = "账号已停用，请联系平台"


class AlreadyRegistered(Refusal):
    """The phone already has a merchant account; told only to whoever proved to hold the phone."""

    code: ClassVar[str] = "ALREADY_REGISTERED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这个手机号已注册，请直接登录"


class AccountNotFound(Refusal):
    """No such account."""

    code: ClassVar[str] = "ACCOUNT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "账号不存在"


class DemoAccountNotFound(Refusal):
    """There is no demo account of that name here, or no demo at all."""

    code: ClassVar[str] = "DEMO_ACCOUNT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这个演示账号"


class SessionNotFound(Refusal):
    """No such session, or not one of this account."""

    code: ClassVar[str] = "SESSION_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这个登录记录"


class StepExpired(Refusal):
    """The second step of a sign-in came too late or was tried too often."""

    code: ClassVar[str] = "STEP_EXPIRED"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED
    sentence: ClassVar[str] = "登录已超时，请重新输入账号和密码"


class FactorCodeWrong(Refusal):
    """Not the authenticator's present code, or one that was used before."""

    code: ClassVar[str] = "FACTOR_CODE_WRONG"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "动态码不正确或已使用过，请等下一个动态码"


class FactorExists(Refusal):
    """The account has an authenticator already; it is removed before another is enrolled."""

    code: ClassVar[str] = "FACTOR_EXISTS"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "已绑定身份验证器，请先解绑"


class FactorMissing(Refusal):
    """No authenticator is bound or being bound."""

    code: ClassVar[str] = "FACTOR_MISSING"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "还没有绑定身份验证器"


class LinkExpired(Refusal):
    """A link to set a password works once and for a limited time."""

    code: ClassVar[str] = "LINK_EXPIRED"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "链接已失效，请向管理员重新索取"


class RoleRequired(Refusal):
    """This needs the operator role ``role``."""

    code: ClassVar[str] = "ROLE_REQUIRED"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    sentence: ClassVar[str] = "需要“{role}”权限"


class RoleUnknown(Refusal):
    """An operator has at least one role, and only roles that exist."""

    code: ClassVar[str] = "ROLE_UNKNOWN"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请至少选择一个有效的角色"


class LastAdministrator(Refusal):
    """The house keeps at least one active administrator."""

    code: ClassVar[str] = "LAST_ADMINISTRATOR"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "至少保留一名管理员"


class AccountInUse(Refusal):
    """Something still runs that needs the account; ``obstacles`` name it."""

    code: ClassVar[str] = "ACCOUNT_IN_USE"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "账号暂时不能注销：{obstacles}"


class DeletionNotConfirmed(Refusal):
    """Deleting cannot be undone, so it is confirmed in so many words."""

    code: ClassVar[str] = "DELETION_NOT_CONFIRMED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请勾选确认后再注销"
