package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.internal.usage.Recount;
import io.hvkit.engine.usage.Account;
import java.util.List;
import java.util.Optional;

/** What must hold of counters and events whatever has died, where every volume counts for one account. */
final class Counted {

    static final Account OWNER = Account.of("acme/dev");

    private Counted() {}

    static void check(Catalog catalog, String when) throws InterruptedException {
        assertThat(catalog.inTransaction(Recount::drift)).as(when).isEmpty();
        List<UsageRecord> events = catalog.inTransaction(t -> t.usage().page(Optional.empty(), Table.LONGEST_PAGE));
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).number()).as("numbers of events, %s", when).isEqualTo(i + 1L);
        }
        List<VolumeRecord> volumes = catalog.inTransaction(t -> t.volumes().page(Optional.empty(), Table.LONGEST_PAGE));
        long bytes = volumes.stream()
                .map(VolumeRecord::size)
                .mapToLong(ByteSize::bytes)
                .sum();
        for (Account account : OWNER.lineage()) {
            long held = catalog.inTransaction(t -> t.accounts()
                    .find(account.id())
                    .map(known -> known.held().of("primary_storage"))
                    .orElse(0L));
            assertThat(held).as("%s, %s", account, when).isEqualTo(bytes);
        }
        for (VolumeRecord volume : volumes) {
            String thing = "volume:" + volume.id();
            HoldingRecord holding = catalog.inTransaction(t -> t.holdings().require(HoldingRecord.idOf(thing)));
            assertThat(holding.standing()).as(when).isEqualTo(HoldingRecord.Standing.HELD);
            assertThat(events)
                    .as("%s began once, %s", thing, when)
                    .filteredOn(event -> event.thing().equals(thing) && event.kind() == UsageRecord.Kind.STARTED)
                    .hasSize(1);
        }
        assertThat(events.stream()
                        .filter(event -> event.kind() == UsageRecord.Kind.STARTED)
                        .count())
                .as("what began and did not end is there, %s", when)
                .isEqualTo(volumes.size()
                        + events.stream()
                                .filter(event -> event.kind() == UsageRecord.Kind.ENDED)
                                .count());
    }
}
