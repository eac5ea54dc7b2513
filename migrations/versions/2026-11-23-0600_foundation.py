"""Lay the foundation.

Revision: 0001, after nothing

This runs while the code before it is still serving. Take no lock for long: a statement that waits
more than four seconds for a lock, or runs for more than thirty, is ended. Raise the limits below
only with a sentence that says why it is safe.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from procrastinate import App, PsycopgConnector
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_TRIGGERS = (
    """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END
    $$
    """,
    """CREATE OR REPLACE TRIGGER transfers_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_blind", sa.LargeBinary(), nullable=True),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_blind", sa.LargeBinary(), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("demo", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'deleted') = (deleted_at IS NOT NULL)", name=op.f("ck_accounts_deleted_at")
        ),
        sa.CheckConstraint(
            "audience <> 'buyer' OR password_hash IS NULL", name=op.f("ck_accounts_buyer_by_code")
        ),
        sa.CheckConstraint(
            "audience IN ('buyer', 'merchant', 'operator')", name=op.f("ck_accounts_audience")
        ),
        sa.CheckConstraint(
            "state <> 'deleted' OR (phone_sealed IS NULL AND email_sealed IS NULL AND password_hash IS NULL)",
            name=op.f("ck_accounts_deleted_is_anonymous"),
        ),
        sa.CheckConstraint(
            "state IN ('active', 'suspended', 'deleted')", name=op.f("ck_accounts_state")
        ),
        sa.CheckConstraint(
            "(email_sealed IS NULL) = (email_blind IS NULL)", name=op.f("ck_accounts_email_whole")
        ),
        sa.CheckConstraint(
            "(phone_sealed IS NULL) = (phone_blind IS NULL)", name=op.f("ck_accounts_phone_whole")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "audience", "email_blind", name=op.f("uq_accounts_audience_email_blind")
        ),
        sa.UniqueConstraint(
            "audience", "phone_blind", name=op.f("uq_accounts_audience_phone_blind")
        ),
        sa.UniqueConstraint("demo", name=op.f("uq_accounts_demo")),
    )
    op.create_index(op.f("ix_accounts_email_blind"), "accounts", ["email_blind"], unique=False)
    op.create_index(op.f("ix_accounts_phone_blind"), "accounts", ["phone_blind"], unique=False)
    op.create_table(
        "addresses",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("receiver_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
    )
    op.create_index(op.f("ix_addresses_buyer_id"), "addresses", ["buyer_id"], unique=False)
    op.create_table(
        "adjustments",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=True),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=80), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_adjustments_reason")),
        sa.CheckConstraint(
            "state IN ('PROPOSED', 'BOOKED', 'REJECTED')", name=op.f("ck_adjustments_state")
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_adjustments_amount")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_adjustments_four_eyes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
    )
    op.create_index("ix_adjustments_list", "adjustments", ["id"], unique=False)
    op.create_index("ix_adjustments_shop", "adjustments", ["shop_id", "id"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'pending') = (decided_at IS NULL)", name=op.f("ck_approvals_decided_at")
        ),
        sa.CheckConstraint(
            "role IN ('reviewer', 'finance', 'administrator')", name=op.f("ck_approvals_role")
        ),
        sa.CheckConstraint(
            "state <> 'rejected' OR reason <> ''", name=op.f("ck_approvals_rejected_with_reason")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected', 'withdrawn')",
            name=op.f("ck_approvals_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_by <> asked_by",
            name=op.f("ck_approvals_four_eyes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_list", "approvals", ["state", "id"], unique=False)
    op.create_index(op.f("ix_approvals_shop_id"), "approvals", ["shop_id"], unique=False)
    op.create_index(
        "uq_approvals_pending",
        "approvals",
        ["kind", "subject", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(
        "ix_audit_entries_subject", "audit_entries", ["subject", "subject_id", "id"], unique=False
    )
    op.create_table(
        "balances",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ref", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance_fen >= 0", name=op.f("ck_balances_not_overdrawn")),
        sa.PrimaryKeyConstraint("code", "shop_id", "ref", "currency", name=op.f("pk_balances")),
    )
    op.create_table(
        "business_clock",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("offset_us", sa.BigInteger(), nullable=False),
        sa.Column("stands_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_business_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_clock")),
    )
    op.create_table(
        "buyer_payouts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("number_masked", sa.String(length=40), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('PROCESSING', 'PAID', 'FAILED')", name=op.f("ck_buyer_payouts_state")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_buyer_payouts_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_payouts")),
    )
    op.create_index("ix_buyer_payouts_buyer", "buyer_payouts", ["buyer_id", "id"], unique=False)
    op.create_table(
        "carrier_accounts",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("carrier", sa.String(length=16), nullable=False),
        sa.Column("account_no", sa.String(length=32), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "carrier", name=op.f("pk_carrier_accounts")),
    )
    op.create_table(
        "carrier_pushes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("carrier", sa.String(length=24), nullable=False),
        sa.Column("waybill", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_pushes")),
    )
    op.create_index(
        "ix_carrier_pushes_waybill", "carrier_pushes", ["carrier", "waybill"], unique=False
    )
    op.create_table(
        "cart_lines",
        sa.Column("buyer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sku_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 999", name=op.f("ck_cart_lines_quantity")),
        sa.PrimaryKeyConstraint("buyer_id", "sku_id", name=op.f("pk_cart_lines")),
    )
    op.create_table(
        "d0_grants",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('REQUESTED', 'GRANTED', 'REJECTED', 'REVOKED')",
            name=op.f("ck_d0_grants_state"),
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_d0_grants")),
    )
    op.create_table(
        "deposit_months",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("gmv_fen", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.CheckConstraint("gmv_fen >= 0 AND orders > 0", name=op.f("ck_deposit_months_sums")),
        sa.PrimaryKeyConstraint("shop_id", "month", "category", name=op.f("pk_deposit_months")),
    )
    op.create_table(
        "deposit_requirements",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before_fen", sa.BigInteger(), nullable=True),
        sa.Column("required_fen", sa.BigInteger(), nullable=False),
        sa.Column("verdict", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_requirements")),
    )
    op.create_index(
        "ix_deposit_requirements_shop", "deposit_requirements", ["shop_id", "id"], unique=False
    )
    op.create_table(
        "deposit_sales",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("rolled", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_deposit_sales_amount")),
        sa.PrimaryKeyConstraint("shop_id", "order_id", name=op.f("pk_deposit_sales")),
    )
    op.create_index(
        "ix_deposit_sales_month",
        "deposit_sales",
        ["shop_id", "month", "paid_at", "order_id"],
        unique=False,
    )
    op.create_index(
        "ix_deposit_sales_tail",
        "deposit_sales",
        ["shop_id", "month", "category"],
        unique=False,
        postgresql_where=sa.text("NOT rolled"),
    )
    op.create_table(
        "deposit_surcharges",
        sa.Column("violation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("violation_id", name=op.f("pk_deposit_surcharges")),
    )
    op.create_index(
        "ix_deposit_surcharges_shop", "deposit_surcharges", ["shop_id", "happened_at"], unique=False
    )
    op.create_table(
        "deposit_top_ups",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_deposit_top_ups_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_top_ups")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_deposit_top_ups_payment_id")),
    )
    op.create_index("ix_deposit_top_ups_shop", "deposit_top_ups", ["shop_id", "id"], unique=False)
    op.create_table(
        "deposits",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rulebook", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("required_fen", sa.BigInteger(), nullable=False),
        sa.Column("verdict", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("short_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grace_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state IN ('SHORT', 'OVERDUE')) = (short_since IS NOT NULL)",
            name=op.f("ck_deposits_short_since"),
        ),
        sa.CheckConstraint(
            "state IN ('UNPAID', 'SUFFICIENT', 'SHORT', 'OVERDUE', 'REFUNDING', 'CLOSED')",
            name=op.f("ck_deposits_state"),
        ),
        sa.CheckConstraint(
            "(short_since IS NULL) = (grace_ends_at IS NULL)",
            name=op.f("ck_deposits_grace_while_short"),
        ),
        sa.CheckConstraint("required_fen > 0", name=op.f("ck_deposits_required")),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_deposits")),
    )
    op.create_table(
        "files",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_owner"), "files", ["owner"], unique=False)
    op.create_table(
        "id_slots",
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_id_slots")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("content_type", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=2048), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_made_at"), "idempotency_keys", ["made_at"], unique=False
    )
    op.create_table(
        "ledger_days",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("debit_fen", sa.BigInteger(), nullable=False),
        sa.Column("credit_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "currency", "day", name=op.f("pk_ledger_days")),
    )
    op.create_table(
        "ledger_horizon",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("candidate", sa.BigInteger(), nullable=False),
        sa.Column("ends_before", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_horizon_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_horizon")),
    )
    op.create_table(
        "limits",
        sa.Column("bucket", sa.String(length=128), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("resets_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_limits")),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("ix_limits_resets_at"), "limits", ["resets_at"], unique=False)
    op.create_table(
        "merchants",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
        sa.UniqueConstraint("owner_id", name=op.f("uq_merchants_owner_id")),
    )
    op.create_table(
        "notice_deadlines",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.String(length=500), nullable=False),
        sa.Column("after", sa.String(length=500), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("by", postgresql.ARRAY(sa.String(length=8)), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_deadlines")),
        sa.UniqueConstraint(
            "account_id",
            "kind",
            "subject",
            "subject_id",
            name=op.f("uq_notice_deadlines_account_id_kind_subject_subject_id"),
        ),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "account_id",
            "kind",
            "subject",
            "subject_id",
            "once",
            name=op.f("uq_notices_account_id_kind_subject_subject_id_once"),
        ),
    )
    op.create_index("ix_notices_inbox", "notices", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("phone_blind", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("code_blind", sa.LargeBinary(), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_one_time_codes_tries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
        sa.UniqueConstraint(
            "audience", "phone_blind", name=op.f("uq_one_time_codes_audience_phone_blind")
        ),
    )
    op.create_index(
        op.f("ix_one_time_codes_expires_at"), "one_time_codes", ["expires_at"], unique=False
    )
    op.create_table(
        "order_events",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
    )
    op.create_index("ix_order_events_order", "order_events", ["order_id", "id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("checkout_id", sa.BigInteger(), nullable=False),
        sa.Column("placement_key", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("market", sa.String(length=24), nullable=False),
        sa.Column("rulebook", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("freight_fen", sa.BigInteger(), nullable=False),
        sa.Column("discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=False),
        sa.Column("payable_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("receiver_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("receiver_label", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pay_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("ship_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_ship_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirm_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "goods_fen > 0 AND freight_fen >= 0 AND discount_fen >= 0 AND payable_fen >= 0 AND subsidy_fen >= 0 AND refunded_fen >= 0 AND refunded_fen <= payable_fen",
            name=op.f("ck_orders_amounts"),
        ),
        sa.CheckConstraint(
            "payable_fen = goods_fen + freight_fen - discount_fen",
            name=op.f("ck_orders_payable_adds"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index("ix_orders_checkout", "orders", ["checkout_id"], unique=False)
    op.create_index("ix_orders_shop", "orders", ["shop_id", "id"], unique=False)
    op.create_index(
        "uq_orders_placement", "orders", ["buyer_id", "placement_key", "shop_id"], unique=True
    )
    op.create_table(
        "parcels",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("rulebook", sa.String(length=48), nullable=False),
        sa.Column("carrier", sa.String(length=16), nullable=False),
        sa.Column("waybill", sa.String(length=32), nullable=True),
        sa.Column("issued_here", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("declined", sa.String(length=120), server_default="", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("receiver_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("picked_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrections", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(declared_at IS NULL) = (state = 'CREATED')", name=op.f("ck_parcels_declared")
        ),
        sa.CheckConstraint(
            "state IN ('CREATED', 'DECLARED', 'DELIVERING', 'FAKE_CONFIRMED', 'FAKE_SUSPECTED', 'IN_TRANSIT', 'LOST', 'PICKED_UP', 'PICKUP_OVERDUE', 'REFUSED', 'SIGNED')",
            name=op.f("ck_parcels_state"),
        ),
        sa.CheckConstraint(
            "waybill IS NOT NULL OR state = 'CREATED'", name=op.f("ck_parcels_waybill")
        ),
        sa.CheckConstraint(
            "signed_at IS NULL OR picked_up_at IS NOT NULL", name=op.f("ck_parcels_picked_up_first")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcels")),
    )
    op.create_index("ix_parcels_order", "parcels", ["order_id", "id"], unique=False)
    op.create_index("ix_parcels_shop", "parcels", ["shop_id", "id"], unique=False)
    op.create_index(
        "ix_parcels_silent",
        "parcels",
        ["heard_at"],
        unique=False,
        postgresql_where=sa.text(
            "state IN ('DECLARED', 'DELIVERING', 'IN_TRANSIT', 'LOST', 'PICKED_UP', 'PICKUP_OVERDUE')"
        ),
    )
    op.create_index("uq_parcels_waybill", "parcels", ["carrier", "waybill"], unique=True)
    op.create_table(
        "pay_notifications",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("subject_no", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_notifications")),
    )
    op.create_index(
        "ix_pay_notifications_subject", "pay_notifications", ["subject_no"], unique=False
    )
    op.create_table(
        "pay_outs",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payee_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("payee_name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("out_bill_no", sa.String(length=32), nullable=False),
        sa.Column("remark", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fail_reason", sa.String(length=120), server_default="", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_wall_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_pay_outs_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_outs")),
        sa.UniqueConstraint("out_bill_no", name=op.f("uq_pay_outs_out_bill_no")),
    )
    op.create_index(
        "ix_pay_outs_waiting",
        "pay_outs",
        ["requested_wall_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('REQUESTED', 'PROCESSING')"),
    )
    op.create_index("uq_pay_outs_reference", "pay_outs", ["purpose", "reference"], unique=True)
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=True),
        sa.Column("market", sa.String(length=24), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("description", sa.String(length=120), nullable=False),
        sa.Column("out_trade_no", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("link_native", sa.String(length=512), server_default="", nullable=False),
        sa.Column("link_h5", sa.String(length=512), server_default="", nullable=False),
        sa.Column("transaction_id", sa.String(length=64), server_default="", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refunded_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refund_count", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payments_positive")),
        sa.CheckConstraint(
            "refunded_fen BETWEEN 0 AND amount_fen", name=op.f("ck_payments_refunded")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("out_trade_no", name=op.f("uq_payments_out_trade_no")),
    )
    op.create_index(op.f("ix_payments_payer_id"), "payments", ["payer_id"], unique=False)
    op.create_index("ix_payments_reference", "payments", ["purpose", "reference"], unique=False)
    op.create_index(
        "ix_payments_waiting",
        "payments",
        ["prepared_at"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_index(
        "uq_payments_open",
        "payments",
        ["purpose", "reference"],
        unique=True,
        postgresql_where=sa.text("state IN ('INIT', 'PENDING')"),
    )
    op.create_table(
        "product_answers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_answers")),
    )
    op.create_index(
        "ix_product_answers_product", "product_answers", ["product_id", "id"], unique=False
    )
    op.create_table(
        "product_imports",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("failure", sa.String(length=64), server_default="", nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('WAITING', 'RUNNING', 'DONE', 'FAILED')",
            name=op.f("ck_product_imports_state"),
        ),
        sa.CheckConstraint(
            "done_count >= 0 AND done_count <= total_count",
            name=op.f("ck_product_imports_progress"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_imports")),
    )
    op.create_index("ix_product_imports_shop", "product_imports", ["shop_id", "id"], unique=False)
    op.create_table(
        "product_papers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=500), server_default="", nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'UNCHECKED') = (checked_at IS NULL)", name=op.f("ck_product_papers_checked")
        ),
        sa.CheckConstraint(
            "state IN ('UNCHECKED', 'GENUINE', 'FORGED')", name=op.f("ck_product_papers_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_papers")),
    )
    op.create_index("ix_product_papers_shop", "product_papers", ["shop_id", "id"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.String(length=24), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("edit_status", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), server_default="", nullable=False),
        sa.Column("category", sa.String(length=48), server_default="", nullable=False),
        sa.Column("brand", sa.String(length=200), server_default="", nullable=False),
        sa.Column("selling_point", sa.Text(), server_default="", nullable=False),
        sa.Column("unit", sa.String(length=64), server_default="", nullable=False),
        sa.Column("market_price_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.Column(
            "extra", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column(
            "pictures", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("tokens", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_rulebook", sa.String(length=48), server_default="", nullable=False),
        sa.CheckConstraint(
            "edit_status IN ('NEW', 'EDITING', 'AUDITING', 'AUDIT_FAILED', 'AUDIT_PASSED', 'UPLOADING', 'UPLOAD_FAILED')",
            name=op.f("ck_products_edit_status"),
        ),
        sa.CheckConstraint(
            "status IN ('NONE', 'DELETED') OR (title <> '' AND category <> '' AND market_price_fen > 0 AND published_at IS NOT NULL)",
            name=op.f("ck_products_published_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('NONE', 'ONLINE', 'SELF_DOWN', 'VIOLATION_DOWN', 'DEPOSIT_DOWN', 'BRAND_EXPIRED', 'BANNED', 'DELETED')",
            name=op.f("ck_products_status"),
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_products_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index("ix_products_shop", "products", ["shop_id", "id"], unique=False)
    op.create_index(
        "ix_products_storefront",
        "products",
        ["market", "category", "id"],
        unique=False,
        postgresql_where="status = 'ONLINE'",
    )
    op.create_index(
        "ix_products_tokens", "products", ["tokens"], unique=False, postgresql_using="gin"
    )
    op.create_index("uq_products_number", "products", ["shop_id", "number"], unique=True)
    op.create_table(
        "return_addresses",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_return_addresses")),
    )
    op.create_table(
        "sale_fees",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.String(length=16), nullable=False),
        sa.Column("bps", sa.Integer(), nullable=False),
        sa.Column("base_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("charged_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "fee_fen >= 0 AND charged_fen >= fee_fen", name=op.f("ck_sale_fees_fee")
        ),
        sa.PrimaryKeyConstraint("order_id", "line", name=op.f("pk_sale_fees")),
    )
    op.create_table(
        "sale_holds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.BigInteger(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale_holds")),
    )
    op.create_index(op.f("ix_sale_holds_order_id"), "sale_holds", ["order_id"], unique=False)
    op.create_index(
        "uq_sale_holds_standing",
        "sale_holds",
        ["order_id", "reason", "reference"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "sale_refunds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=False),
        sa.Column("after_settlement", sa.Boolean(), nullable=False),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "amount_fen > 0 AND subsidy_fen >= 0", name=op.f("ck_sale_refunds_amount")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sale_refunds")),
    )
    op.create_index(
        "uq_sale_refunds_reference", "sale_refunds", ["order_id", "reference"], unique=True
    )
    op.create_table(
        "sales",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.String(length=32), nullable=False),
        sa.Column("rulebook", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("pending_fen", sa.BigInteger(), nullable=False),
        sa.Column("reserve_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("taken_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("covered_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_subsidy_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refund_count", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("channel_settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel_fee_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cases_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shop_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("d0", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("settle_on", sa.Date(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fee_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("net_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserved_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("release_on", sa.Date(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('SETTLED', 'ADJUSTED')) = (settled_at IS NOT NULL)",
            name=op.f("ck_sales_settled_at"),
        ),
        sa.CheckConstraint(
            "state <> 'SCHEDULED' OR settle_on IS NOT NULL", name=op.f("ck_sales_scheduled_on")
        ),
        sa.CheckConstraint(
            "state IN ('NONE', 'SCHEDULED', 'HELD', 'SETTLED', 'ADJUSTED', 'CLOSED')",
            name=op.f("ck_sales_state"),
        ),
        sa.CheckConstraint("paid_fen >= 0 AND subsidy_fen >= 0", name=op.f("ck_sales_amounts")),
        sa.CheckConstraint(
            "pending_fen = CASE WHEN settled_at IS NULL THEN paid_fen + subsidy_fen - refunded_fen - refunded_subsidy_fen - taken_fen + covered_fen ELSE 0 END",
            name=op.f("ck_sales_pending_adds_up"),
        ),
        sa.CheckConstraint("pending_fen >= 0", name=op.f("ck_sales_pending_not_overdrawn")),
        sa.CheckConstraint("refunded_fen BETWEEN 0 AND paid_fen", name=op.f("ck_sales_refunded")),
        sa.CheckConstraint(
            "refunded_subsidy_fen BETWEEN 0 AND subsidy_fen", name=op.f("ck_sales_refunded_subsidy")
        ),
        sa.CheckConstraint("reserve_fen <= reserved_fen", name=op.f("ck_sales_reserve_within")),
        sa.CheckConstraint("reserve_fen >= 0", name=op.f("ck_sales_reserve_not_overdrawn")),
        sa.CheckConstraint(
            "settled_at IS NULL OR paid_fen + subsidy_fen = refunded_fen + refunded_subsidy_fen + fee_fen + net_fen + reserved_fen + taken_fen",
            name=op.f("ck_sales_split_adds_up"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_sales")),
    )
    op.create_index(
        "ix_sales_channel",
        "sales",
        ["paid_at", "order_id"],
        unique=False,
        postgresql_where=sa.text("channel_settled_at IS NULL"),
    )
    op.create_index(
        "ix_sales_release",
        "sales",
        ["release_on"],
        unique=False,
        postgresql_where=sa.text("reserve_fen > 0"),
    )
    op.create_index(
        "ix_sales_run",
        "sales",
        ["settle_on", "order_id"],
        unique=False,
        postgresql_where=sa.text("state = 'SCHEDULED'"),
    )
    op.create_index("ix_sales_shop", "sales", ["shop_id", "order_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_sessions_token_digest")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"], unique=False)
    op.create_table(
        "sheet_cells",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("cells", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "kind IN ('product', 'sku', 'pictures')", name=op.f("ck_sheet_cells_kind")
        ),
        sa.PrimaryKeyConstraint("shop_id", "kind", "number", name=op.f("pk_sheet_cells")),
    )
    op.create_table(
        "shop_words",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('category', 'attribute')", name=op.f("ck_shop_words_kind")),
        sa.PrimaryKeyConstraint("shop_id", "kind", "name", name=op.f("pk_shop_words")),
    )
    op.create_table(
        "timers",
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_timers")),
    )
    op.create_index("ix_timers_due", "timers", ["due_at", "id"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("leg", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("debit_code", sa.String(length=40), nullable=False),
        sa.Column("debit_shop_id", sa.BigInteger(), nullable=False),
        sa.Column("debit_ref", sa.BigInteger(), nullable=False),
        sa.Column("credit_code", sa.String(length=40), nullable=False),
        sa.Column("credit_shop_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_ref", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("rulebook", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(debit_code, debit_shop_id, debit_ref) <> (credit_code, credit_shop_id, credit_ref)",
            name=op.f("ck_transfers_two_accounts"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_transfers_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_index(
        "ix_transfers_credit",
        "transfers",
        ["credit_code", "credit_shop_id", "credit_ref", "id"],
        unique=False,
    )
    op.create_index(
        "ix_transfers_debit",
        "transfers",
        ["debit_code", "debit_shop_id", "debit_ref", "id"],
        unique=False,
    )
    op.create_index(
        "ix_transfers_order",
        "transfers",
        ["order_id", "id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index("uq_transfers_event_leg", "transfers", ["event", "leg"], unique=True)
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rulebook", sa.String(length=64), nullable=False),
        sa.Column("payout_account_id", sa.BigInteger(), nullable=False),
        sa.Column("bank", sa.String(length=80), nullable=False),
        sa.Column("number_masked", sa.String(length=40), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("holder_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_by", sa.BigInteger(), nullable=True),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrives_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('REQUESTED', 'REVIEW', 'CONFIRM', 'PROCESSING', 'PAID', 'FAILED', 'REJECTED')",
            name=op.f("ck_withdrawals_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('FAILED', 'REJECTED') OR reason <> ''",
            name=op.f("ck_withdrawals_ended_with_reason"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0 AND fee_fen >= 0 AND fee_fen < amount_fen",
            name=op.f("ck_withdrawals_amount"),
        ),
        sa.CheckConstraint(
            "passed_by IS NULL OR approved_by IS NULL OR passed_by <> approved_by",
            name=op.f("ck_withdrawals_four_eyes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
    )
    op.create_index(
        "ix_withdrawals_open",
        "withdrawals",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('REQUESTED', 'REVIEW', 'CONFIRM', 'PROCESSING')"),
    )
    op.create_index("ix_withdrawals_shop", "withdrawals", ["shop_id", "id"], unique=False)
    op.create_table(
        "work_items",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_work_items_closed_at")
        ),
        sa.CheckConstraint(
            "role IN ('reviewer', 'finance', 'administrator')", name=op.f("ck_work_items_role")
        ),
        sa.CheckConstraint(
            "state <> 'taken' OR assignee_id IS NOT NULL", name=op.f("ck_work_items_taken_by")
        ),
        sa.CheckConstraint(
            "state <> 'waiting' OR assignee_id IS NULL",
            name=op.f("ck_work_items_waiting_for_anybody"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'closed')", name=op.f("ck_work_items_state")
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 9", name=op.f("ck_work_items_priority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_items")),
    )
    op.create_index(op.f("ix_work_items_assignee_id"), "work_items", ["assignee_id"], unique=False)
    op.create_index(
        "ix_work_items_list", "work_items", ["state", "priority", "due_at"], unique=False
    )
    op.create_index(op.f("ix_work_items_shop_id"), "work_items", ["shop_id"], unique=False)
    op.create_index(
        "ix_work_items_subject", "work_items", ["kind", "subject_id", "id"], unique=False
    )
    op.create_index(
        "uq_work_items_open",
        "work_items",
        ["kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "applications",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.String(length=32), nullable=False),
        sa.Column("rulebook", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("categories", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("self_operated", sa.Boolean(), nullable=False),
        sa.Column("shop_name", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("supplement_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
        sa.Column("reopened_from", sa.BigInteger(), nullable=True),
        sa.Column("shop_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'APPROVED') = (shop_id IS NOT NULL)",
            name=op.f("ck_applications_approved_has_shop"),
        ),
        sa.CheckConstraint(
            "state <> 'NEED_SUPPLEMENT' OR supplement_due_at IS NOT NULL",
            name=op.f("ck_applications_supplement_has_deadline"),
        ),
        sa.CheckConstraint(
            "state <> 'REJECTED' OR jsonb_array_length(reasons) > 0",
            name=op.f("ck_applications_rejected_has_reasons"),
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'SUBMITTED', 'CHECKING', 'REVIEWING', 'NEED_SUPPLEMENT', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED')",
            name=op.f("ck_applications_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('SUBMITTED', 'CHECKING', 'REVIEWING') OR due_at IS NOT NULL",
            name=op.f("ck_applications_audit_has_deadline"),
        ),
        sa.CheckConstraint(
            "cardinality(categories) BETWEEN 1 AND 20", name=op.f("ck_applications_categories")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_applications_merchant_id")
        ),
        sa.ForeignKeyConstraint(
            ["reopened_from"], ["applications.id"], name=op.f("fk_applications_reopened_from")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("shop_id", name=op.f("uq_applications_shop_id")),
    )
    op.create_index("ix_applications_merchant", "applications", ["merchant_id", "id"], unique=False)
    op.create_index(
        "ix_applications_queue", "applications", ["state", "due_at", "id"], unique=False
    )
    op.create_table(
        "consents",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("document IN ('terms', 'privacy')", name=op.f("ck_consents_document")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_consents_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "document", "version", name=op.f("pk_consents")),
    )
    op.create_table(
        "merchant_bindings",
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("surface", sa.String(length=32), nullable=False),
        sa.Column("identifier_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("identifier_blind", sa.LargeBinary(), nullable=False),
        sa.Column("identifier_masked", sa.String(length=80), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_by", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_bindings_merchant_id")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "surface", name=op.f("pk_merchant_bindings")),
    )
    op.create_index(
        "uq_merchant_bindings_confirmed",
        "merchant_bindings",
        ["surface", "identifier_blind"],
        unique=True,
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )
    op.create_table(
        "merchant_documents",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("number_blind", sa.LargeBinary(), nullable=True),
        sa.Column("number_masked", sa.String(length=64), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(number_sealed IS NULL) = (number_blind IS NULL)",
            name=op.f("ck_merchant_documents_number_found_again"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_documents_merchant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_documents")),
    )
    op.create_index(
        "ix_merchant_documents_merchant",
        "merchant_documents",
        ["merchant_id", "kind", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_merchant_documents_number_blind"),
        "merchant_documents",
        ["number_blind"],
        unique=False,
    )
    op.create_table(
        "notice_deliveries",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=200), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'declined', 'unreachable')",
            name=op.f("ck_notice_deliveries_state"),
        ),
        sa.CheckConstraint("way IN ('sms', 'mail')", name=op.f("ck_notice_deliveries_way")),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notices.id"],
            name=op.f("fk_notice_deliveries_notice_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_deliveries")),
        sa.UniqueConstraint("notice_id", "way", name=op.f("uq_notice_deliveries_notice_id_way")),
    )
    op.create_table(
        "operator_roles",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "role IN ('reviewer', 'finance', 'administrator')", name=op.f("ck_operator_roles_role")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_operator_roles_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_operator_roles")),
    )
    op.create_index(op.f("ix_operator_roles_role"), "operator_roles", ["role"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("sku_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("spec", sa.String(length=400), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("shipped_quantity", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("quantity > 0 AND price_fen > 0", name=op.f("ck_order_lines_positive")),
        sa.CheckConstraint(
            "shipped_quantity BETWEEN 0 AND quantity", name=op.f("ck_order_lines_shipped")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.PrimaryKeyConstraint("order_id", "line_no", name=op.f("pk_order_lines")),
    )
    op.create_table(
        "parcel_lines",
        sa.Column("parcel_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_parcel_lines_positive")),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_parcel_lines_parcel_id")
        ),
        sa.PrimaryKeyConstraint("parcel_id", "line_no", name=op.f("pk_parcel_lines")),
    )
    op.create_table(
        "parcel_scans",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parcel_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.String(length=16), nullable=False),
        sa.Column("scan_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('DELIVERING', 'IN_TRANSIT', 'LOST', 'PICKED_UP', 'REFUSED', 'SIGNED')",
            name=op.f("ck_parcel_scans_state"),
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_parcel_scans_parcel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel_scans")),
    )
    op.create_index("ix_parcel_scans_parcel", "parcel_scans", ["parcel_id", "at"], unique=False)
    op.create_index("uq_parcel_scans_carrier", "parcel_scans", ["carrier", "scan_id"], unique=True)
    op.create_table(
        "password_links",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_password_links_account_id")
        ),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_password_links")),
        sa.UniqueConstraint("account_id", name=op.f("uq_password_links_account_id")),
    )
    op.create_table(
        "product_drafts",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("category", sa.String(length=48), nullable=True),
        sa.Column("brand", sa.Text(), server_default="", nullable=False),
        sa.Column("selling_point", sa.Text(), server_default="", nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("market_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("sale_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ambiguous", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unread", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pictures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_product_drafts_title")),
        sa.CheckConstraint(
            "market_price_fen > 0 AND sale_price_fen > 0", name=op.f("ck_product_drafts_prices")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_drafts_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_drafts")),
    )
    op.create_index(
        "ix_product_drafts_category", "product_drafts", ["shop_id", "category"], unique=False
    )
    op.create_table(
        "product_paper_links",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("paper_id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["product_papers.id"], name=op.f("fk_product_paper_links_paper_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_paper_links_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", "paper_id", name=op.f("pk_product_paper_links")),
    )
    op.create_table(
        "product_questions",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asks", sa.String(length=16), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("not_applicable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_questions_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", "key", name=op.f("pk_product_questions")),
    )
    op.create_index(
        "ix_product_questions_shop", "product_questions", ["shop_id", "key"], unique=False
    )
    op.create_table(
        "product_reviews",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.String(length=24), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rulebook", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("overruled", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "(state = 'OPEN') = (decided_at IS NULL)", name=op.f("ck_product_reviews_decided")
        ),
        sa.CheckConstraint(
            "state <> 'REJECTED' OR jsonb_array_length(reasons) > 0",
            name=op.f("ck_product_reviews_rejected_for_reasons"),
        ),
        sa.CheckConstraint(
            "state IN ('OPEN', 'APPROVED', 'REJECTED', 'WITHDRAWN')",
            name=op.f("ck_product_reviews_state"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_reviews_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_reviews")),
    )
    op.create_index(
        "ix_product_reviews_product", "product_reviews", ["product_id", "id"], unique=False
    )
    op.create_index("ix_product_reviews_queue", "product_reviews", ["state", "id"], unique=False)
    op.create_index(
        "uq_product_reviews_open",
        "product_reviews",
        ["product_id"],
        unique=True,
        postgresql_where="state = 'OPEN'",
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("code_blind", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "code_blind", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("out_refund_no", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("reference", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_wall_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_refunds_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("out_refund_no", name=op.f("uq_refunds_out_refund_no")),
    )
    op.create_index(op.f("ix_refunds_payment_id"), "refunds", ["payment_id"], unique=False)
    op.create_index(
        "ix_refunds_waiting",
        "refunds",
        ["requested_wall_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('REQUESTED', 'PROCESSING')"),
    )
    op.create_table(
        "second_factors",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_second_factors_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "sign_in_steps",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('totp', 'enrol')", name=op.f("ck_sign_in_steps_step")),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_sign_in_steps_tries")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sign_in_steps_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_steps")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_sign_in_steps_token_digest")),
    )
    op.create_index(
        op.f("ix_sign_in_steps_account_id"), "sign_in_steps", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_sign_in_steps_expires_at"), "sign_in_steps", ["expires_at"], unique=False
    )
    op.create_table(
        "skus",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("in_draft", sa.Boolean(), nullable=False),
        sa.Column("draft_spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("draft_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("online", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("spec", sa.Text(), server_default="", nullable=False),
        sa.Column("price_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("NOT in_draft OR draft_price_fen > 0", name=op.f("ck_skus_draft_price")),
        sa.CheckConstraint("NOT online OR price_fen > 0", name=op.f("ck_skus_price")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_skus_stock")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_skus_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skus")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index("ix_skus_product", "skus", ["product_id"], unique=False)
    op.create_index("uq_skus_number", "skus", ["shop_id", "number"], unique=True)
    op.create_table(
        "application_checks",
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("sentence", sa.String(length=200), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('PENDING', 'APPROVED', 'REJECTED', 'UNCLEAR', 'DOWN')",
            name=op.f("ck_application_checks_outcome"),
        ),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_application_checks_tries")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_checks_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["merchant_documents.id"],
            name=op.f("fk_application_checks_document_id"),
        ),
        sa.PrimaryKeyConstraint(
            "application_id", "round", "item", name=op.f("pk_application_checks")
        ),
    )
    op.create_table(
        "application_documents",
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_documents_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["merchant_documents.id"],
            name=op.f("fk_application_documents_document_id"),
        ),
        sa.PrimaryKeyConstraint("application_id", "kind", name=op.f("pk_application_documents")),
    )
    op.create_index(
        op.f("ix_application_documents_document_id"),
        "application_documents",
        ["document_id"],
        unique=False,
    )
    op.create_table(
        "application_supplements",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.String(length=64), server_default="", nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(length=500), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_supplements_application_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_supplements")),
    )
    op.create_index(
        "ix_application_supplements_application",
        "application_supplements",
        ["application_id", "id"],
        unique=False,
    )
    op.create_table(
        "merchant_document_files",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["merchant_documents.id"],
            name=op.f("fk_merchant_document_files_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["files.id"], name=op.f("fk_merchant_document_files_file_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "side", name=op.f("pk_merchant_document_files")),
    )
    op.create_table(
        "shops",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.String(length=32), nullable=False),
        sa.Column("rulebook", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("categories", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("self_operated", sa.Boolean(), nullable=False),
        sa.Column("licence_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("licence_number", sa.String(length=18), server_default="", nullable=False),
        sa.Column("licence_address", sa.String(length=200), server_default="", nullable=False),
        sa.Column("licence_valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'PENDING_DEPOSIT') = (opened_at IS NULL)",
            name=op.f("ck_shops_opened_once_covered"),
        ),
        sa.CheckConstraint(
            "state IN ('PENDING_DEPOSIT', 'OPEN', 'SUSPENDED', 'BANNED', 'CLOSING', 'CLOSED')",
            name=op.f("ck_shops_state"),
        ),
        sa.CheckConstraint(
            "cardinality(categories) BETWEEN 1 AND 20", name=op.f("ck_shops_categories")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_shops_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_shops_merchant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shops")),
        sa.UniqueConstraint("application_id", name=op.f("uq_shops_application_id")),
    )
    op.create_index("ix_shops_market", "shops", ["market", "state", "id"], unique=False)
    op.create_index("ix_shops_merchant", "shops", ["merchant_id", "id"], unique=False)
    op.create_index(op.f("ix_shops_owner_id"), "shops", ["owner_id"], unique=False)
    op.create_table(
        "payout_accounts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("holder_name", sa.String(length=120), nullable=False),
        sa.Column("bank", sa.String(length=80), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_blind", sa.LargeBinary(), nullable=False),
        sa.Column("number_masked", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("sentence", sa.String(length=200), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'APPROVED') = (verified_at IS NOT NULL)",
            name=op.f("ck_payout_accounts_verified"),
        ),
        sa.CheckConstraint(
            "outcome IN ('PENDING', 'APPROVED', 'REJECTED', 'UNCLEAR', 'DOWN')",
            name=op.f("ck_payout_accounts_outcome"),
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_payout_accounts_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_accounts")),
    )
    op.create_index(
        "uq_payout_accounts_current",
        "payout_accounts",
        ["shop_id"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "shop_flags",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("flag", sa.String(length=24), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by", sa.BigInteger(), nullable=True),
        sa.Column("cleared_why", sa.String(length=500), server_default="", nullable=False),
        sa.CheckConstraint(
            "flag IN ('DEPOSIT_SHORT', 'TRAFFIC_LIMITED', 'LISTING_LIMITED', 'PUBLISH_FROZEN', 'DOC_EXPIRED', 'WITHDRAW_BLOCKED')",
            name=op.f("ck_shop_flags_flag"),
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_shop_flags_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_flags")),
    )
    op.create_index(
        "uq_shop_flags_standing",
        "shop_flags",
        ["shop_id", "flag", "cause"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "shop_staff",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rights", postgresql.ARRAY(sa.String(length=16)), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "cardinality(rights) > 0 AND rights <@ ARRAY['products', 'orders', 'funds', 'settings']::varchar[]",
            name=op.f("ck_shop_staff_rights"),
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_shop_staff_shop_id")),
        sa.PrimaryKeyConstraint("shop_id", "account_id", name=op.f("pk_shop_staff")),
    )
    op.create_index(op.f("ix_shop_staff_account_id"), "shop_staff", ["account_id"], unique=False)
    op.create_table(
        "staff_invitations",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_blind", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_masked", sa.String(length=64), nullable=False),
        sa.Column("rights", postgresql.ARRAY(sa.String(length=16)), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cardinality(rights) > 0 AND rights <@ ARRAY['products', 'orders', 'funds', 'settings']::varchar[]",
            name=op.f("ck_staff_invitations_rights"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_staff_invitations_shop_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitations")),
    )
    op.create_index(
        op.f("ix_staff_invitations_account_id"), "staff_invitations", ["account_id"], unique=False
    )
    op.create_index(
        "uq_staff_invitations_contact",
        "staff_invitations",
        ["shop_id", "contact_blind"],
        unique=True,
    )
    raw = op.get_bind().connection.driver_connection
    assert raw is not None, "a migration has its connection"
    for statement in _TRIGGERS:
        raw.execute(statement)
    # The job queue's own tables, as the locked version of its library makes them.
    raw.execute(App(connector=PsycopgConnector()).schema_manager.get_schema())
    raw.execute("INSERT INTO business_clock (id, offset_us) VALUES (1, 0)")
    # The last of the 1,024 slots is left to tests and to work by hand.
    raw.execute(
        "INSERT INTO id_slots SELECT s, '2000-01-01T00:00:00Z' FROM generate_series(0, 1022) AS s"
    )


def downgrade() -> None:
    raise NotImplementedError("a database goes forward; restore a backup to go back")
