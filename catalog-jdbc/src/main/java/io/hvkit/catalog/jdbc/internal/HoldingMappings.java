package io.hvkit.catalog.jdbc.internal;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.UsageRecord;

/** How the records of what is offered, of who has what, and of how that changes lie in their tables. */
final class HoldingMappings {

    static final Mapping<OfferingRecord> OFFERINGS = Mapping.of(
                    "offerings",
                    "offering",
                    row -> new OfferingRecord(
                            row.id("id"),
                            row.number("version"),
                            row.text("name"),
                            row.one(OfferingRecord.Kind.class, "kind"),
                            row.one(OfferingRecord.Standing.class, "standing"),
                            row.facts("terms")))
            .found("name", OfferingRecord.NAME)
            .unique("name")
            .found("kind", OfferingRecord.KIND)
            .word("standing", OfferingRecord::standing)
            .facts("terms", OfferingRecord::terms);

    static final Mapping<AccountRecord> ACCOUNTS = Mapping.of(
                    "accounts",
                    "account",
                    row -> new AccountRecord(
                            row.id("id"),
                            row.number("version"),
                            row.text("path"),
                            row.amounts("held"),
                            new AccountRecord.Limits(row.facts("limits")),
                            row.number("events")))
            .found("path", AccountRecord.PATH)
            .unique("path")
            .amounts("held", AccountRecord::held)
            .facts("limits", account -> account.limits().most())
            .number("events", AccountRecord::events);

    static final Mapping<HoldingRecord> HOLDINGS = Mapping.of(
                    "holdings",
                    "holding",
                    row -> new HoldingRecord(
                            row.id("id"),
                            row.number("version"),
                            row.text("thing"),
                            row.id("account"),
                            row.optionalId("offering"),
                            row.one(HoldingRecord.Standing.class, "standing"),
                            row.amounts("counted")))
            .found("thing", HoldingRecord.THING)
            .unique("thing")
            .refers("account", HoldingRecord.ACCOUNT, "accounts")
            .refers("offering", HoldingRecord.OFFERING, "offerings")
            .word("standing", HoldingRecord::standing)
            .amounts("counted", HoldingRecord::counted);

    static final Mapping<UsageRecord> USAGE = Mapping.of(
                    "usage",
                    "usage",
                    row -> new UsageRecord(
                            row.id("id"),
                            row.number("version"),
                            row.number("number"),
                            row.text("account"),
                            row.text("thing"),
                            row.one(UsageRecord.Kind.class, "kind"),
                            row.amounts("change"),
                            row.amounts("counted"),
                            row.optional("offering"),
                            row.moment("happened_at")))
            .number("number", UsageRecord::number)
            .found("account", UsageRecord.ACCOUNT)
            .found("thing", UsageRecord.THING)
            .word("kind", UsageRecord::kind)
            .amounts("change", UsageRecord::change)
            .amounts("counted", UsageRecord::counted)
            .optionalText("offering", UsageRecord::offering)
            .moment("happened_at", UsageRecord::at);

    private HoldingMappings() {}
}
